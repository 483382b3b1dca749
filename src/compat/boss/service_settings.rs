//! The services of a domain and their settings.

use axum::{body::Body, http::StatusCode};
use entity::{List, tenant, value};
use serde::{Deserialize, Serialize};
use service::{Action, Patch, platform::TenantUpdateInput};
use utoipa::ToSchema;

use super::{
    body::{Answer, Object, Word},
    call::Call,
    error::{DOMAIN_NOT_FOUND, Result, gone},
};

/// Who may see call analytics besides the operator.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AnalyticsAccess {
    /// The domain's administrators.
    Admin,
}

/// The services of a domain as they are shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceSettings {
    /// The names of the enabled services.
    services: Vec<String>,
    /// How calls are recorded.
    record: Record,
    /// The local gateways.
    local_gw: LocalGateway,
    /// The call analytics.
    analytics: Analytics,
}

/// How calls are recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Record {
    /// How many days recordings are kept; 7300 is unlimited.
    expiration_days: i32,
    /// Whether callers are told that the call is recorded.
    #[serde(rename = "announceRecording")]
    announce_recording: bool,
    /// Whether outside calls are recorded.
    #[serde(rename = "externalRecordActive")]
    external_record_active: bool,
    /// Whether inside calls are recorded.
    #[serde(rename = "internalRecordActive")]
    internal_record_active: bool,
    /// The e-mail address that is sent a link to each recording; empty is none.
    #[serde(rename = "sendLinkTo")]
    send_link_to: String,
}

/// The local gateways.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocalGateway {
    /// How many the domain may have.
    limit: i32,
}

/// The call analytics.
#[derive(Debug, Serialize, ToSchema)]
pub struct Analytics {
    /// Who may see them besides the operator.
    analytics_acl: Option<AnalyticsAccess>,
}

/// What to write of the services of a domain. What is absent stays as it is, in the blocks too.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct ServiceSettingsBody {
    /// The names of the enabled services; unknown ones are stored as given.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    services: Patch<Vec<String>>,
    /// How calls are recorded.
    #[serde(default)]
    #[schema(value_type = RecordBody)]
    record: Patch<Object<RecordBody>>,
    /// The local gateways.
    #[serde(default)]
    #[schema(value_type = LocalGatewayBody)]
    local_gw: Patch<Object<LocalGatewayBody>>,
    /// The call analytics.
    #[serde(default)]
    #[schema(value_type = AnalyticsBody)]
    analytics: Patch<Object<AnalyticsBody>>,
}

/// What to write of how calls are recorded.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct RecordBody {
    /// How many days recordings are kept; 7300 is unlimited.
    #[serde(default)]
    #[schema(value_type = i32, minimum = 1, maximum = 7300)]
    expiration_days: Patch<i32>,
    /// Whether callers are told that the call is recorded.
    #[serde(default, rename = "announceRecording")]
    #[schema(value_type = bool)]
    announce_recording: Patch<bool>,
    /// Whether outside calls are recorded.
    #[serde(default, rename = "externalRecordActive")]
    #[schema(value_type = bool)]
    external_record_active: Patch<bool>,
    /// Whether inside calls are recorded.
    #[serde(default, rename = "internalRecordActive")]
    #[schema(value_type = bool)]
    internal_record_active: Patch<bool>,
    /// The e-mail address that is sent a link to each recording; empty is none.
    #[serde(default, rename = "sendLinkTo")]
    #[schema(value_type = String, example = "ops@acme.example")]
    send_link_to: Patch<String>,
}

/// What to write of the local gateways.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct LocalGatewayBody {
    /// How many the domain may have.
    #[serde(default)]
    #[schema(value_type = i32, minimum = 1)]
    limit: Patch<i32>,
}

/// What to write of the call analytics.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct AnalyticsBody {
    /// Who may see them besides the operator; null is nobody.
    #[serde(default)]
    #[schema(value_type = Option<AnalyticsAccess>)]
    analytics_acl: Patch<Option<Word<AnalyticsAccess>>>,
}

impl From<tenant::Model> for ServiceSettings {
    fn from(row: tenant::Model) -> Self {
        Self {
            services: row.services.0,
            record: Record {
                expiration_days: row.record_expiration_days,
                announce_recording: row.record_announce,
                external_record_active: row.record_external,
                internal_record_active: row.record_internal,
                send_link_to: row.record_send_link_to,
            },
            local_gw: LocalGateway { limit: row.local_gateway_limit },
            analytics: Analytics {
                analytics_acl: row
                    .analytics_access
                    .map(|value::AnalyticsAccess::Admin| AnalyticsAccess::Admin),
            },
        }
    }
}

/// `GET /domains/{domain}/services`
pub async fn get(call: Call) -> Result<Answer<ServiceSettings>> {
    Ok(Answer(call.tenant().await?.into()))
}

/// `PUT /domains/{domain}/services`
pub async fn update(call: Call, body: Body) -> Result<StatusCode> {
    let row = call.tenant().await?;
    call.may::<tenant::Entity>(Action::Update)?;
    let body: ServiceSettingsBody = call.read(body).await?.take()?;
    let Object(record) = body.record.into_set().unwrap_or_default();
    let Object(local_gw) = body.local_gw.into_set().unwrap_or_default();
    let Object(analytics) = body.analytics.into_set().unwrap_or_default();
    let admin = |Word(AnalyticsAccess::Admin)| value::AnalyticsAccess::Admin;
    let input = TenantUpdateInput {
        services: body.services.map(List),
        record_expiration_days: record.expiration_days,
        record_announce: record.announce_recording,
        record_external: record.external_record_active,
        record_internal: record.internal_record_active,
        record_send_link_to: record.send_link_to,
        local_gateway_limit: local_gw.limit,
        analytics_access: analytics.analytics_acl.map(|access| access.map(admin)),
        ..TenantUpdateInput::of(row.id)
    };
    let updated = call.services().update::<tenant::Entity>(&call.caller, input).await;
    updated.map_err(gone(DOMAIN_NOT_FOUND))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /domains/{domain}/fmc-ipcompany`
pub async fn fmc(call: Call) -> Result<Answer<bool>> {
    Ok(Answer(call.tenant().await?.fmc_enabled))
}

/// `PUT /domains/{domain}/fmc-ipcompany/enable`
pub async fn enable_fmc(call: Call) -> Result<StatusCode> {
    switch_fmc(&call, true).await
}

/// `PUT /domains/{domain}/fmc-ipcompany/disable`
pub async fn disable_fmc(call: Call) -> Result<StatusCode> {
    switch_fmc(&call, false).await
}

async fn switch_fmc(call: &Call, on: bool) -> Result<StatusCode> {
    let row = call.tenant().await?;
    let input = TenantUpdateInput { fmc_enabled: on.into(), ..TenantUpdateInput::of(row.id) };
    let updated = call.services().update::<tenant::Entity>(&call.caller, input).await;
    updated.map_err(gone(DOMAIN_NOT_FOUND))?;
    Ok(StatusCode::NO_CONTENT)
}
