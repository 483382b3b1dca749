//! Telephone numbers of the platform: how they leave it, and to which domain they belong.

use axum::{body::Body, http::StatusCode};
use entity::{Id, List, gateway, phone_number, plain_number, tenant};
use sea_orm::Condition;
use serde::{Deserialize, Serialize};
use service::{
    Action, Code, Patch,
    numbering::{PhoneNumberCreateInput, PhoneNumberUpdateInput},
};
use utoipa::ToSchema;

use super::{
    body::Answer,
    call::Call,
    error::{BAD_REQUEST, DOMAIN_NOT_FOUND, Result, TELNUM_ALREADY_EXISTS, TELNUM_NOT_FOUND, gone, worded},
};

/// A number as it is shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Telnum {
    /// The ids of the gateways that its calls may leave by.
    #[schema(example = json!(["1", "3"]))]
    gateways: Vec<String>,
    /// The domain that it is allocated to; null is none.
    #[schema(example = "acme.example")]
    allocated_to: Option<String>,
}

/// What to write of a number. What is absent stays as it is; a new number is free.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TelnumBody {
    /// The ids of the gateways that its calls may leave by; a new number needs one.
    #[serde(default)]
    #[schema(value_type = Vec<String>, min_items = 1, example = json!(["1", "3"]))]
    gateways: Patch<Vec<String>>,
    /// The domain that it is allocated to; null frees it.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "acme.example")]
    allocated_to: Patch<Option<String>>,
}

/// Whom to allocate a number to.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AllocateBody {
    /// The domain.
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "acme.example")]
    allocated_to: Patch<String>,
}

/// `GET /telnums`
pub async fn list(call: Call) -> Result<Answer<Vec<String>>> {
    use phone_number::{Column, Entity};
    Ok(Answer(call.texts::<Entity>(Column::Number, Condition::all()).await?))
}

/// `HEAD /telnums/{telnum}`
pub async fn exists(call: Call) -> Result<StatusCode> {
    call.telnum().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /telnums/{telnum}`
pub async fn get(call: Call) -> Result<Answer<Telnum>> {
    let row = call.telnum().await?;
    let tenant = match row.tenant_id {
        Some(id) => call.services().get::<tenant::Entity>(&call.caller, id).await?,
        None => None,
    };
    Ok(Answer(Telnum {
        gateways: row.gateway_ids.iter().map(|id| id.number().to_string()).collect(),
        allocated_to: tenant.map(|tenant| tenant.domain),
    }))
}

/// `POST /telnums/{telnum}`
pub async fn create(call: Call, body: Body) -> Result<StatusCode> {
    if call.find_telnum(None).await?.is_some() {
        return Err(TELNUM_ALREADY_EXISTS);
    }
    call.may::<phone_number::Entity>(Action::Create)?;
    let body: TelnumBody = call.read(body).await?.take()?;
    // Other APIs know shorter numbers.
    if call.name("telnum").len() < 3 {
        return Err(BAD_REQUEST.because(None, "use 3 to 20 digits"));
    }
    if body.gateways == Patch::Keep {
        return Err(BAD_REQUEST.because(Some("gateways"), "must be there"));
    }
    let input = PhoneNumberCreateInput {
        gateway_ids: gateway_ids(body.gateways, None)?,
        tenant_id: tenant_id(&call, body.allocated_to).await?,
        ..PhoneNumberCreateInput::of(call.name("telnum").to_owned())
    };
    let created = call.services().create::<phone_number::Entity>(&call.caller, input).await;
    created.map_err(worded([(Code::Taken, "number", TELNUM_ALREADY_EXISTS)]))?;
    Ok(StatusCode::CREATED)
}

/// `PUT /telnums/{telnum}`
pub async fn update(call: Call, body: Body) -> Result<StatusCode> {
    let row = call.telnum().await?;
    call.may::<phone_number::Entity>(Action::Update)?;
    let body: TelnumBody = call.read(body).await?.take()?;
    let input = PhoneNumberUpdateInput {
        gateway_ids: gateway_ids(body.gateways, Some(&row))?,
        tenant_id: tenant_id(&call, body.allocated_to).await?,
        ..PhoneNumberUpdateInput::of(row.id)
    };
    let updated = call.services().update::<phone_number::Entity>(&call.caller, input).await;
    updated.map_err(gone(TELNUM_NOT_FOUND))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /telnums/{telnum}/allocate`
pub async fn allocate(call: Call, body: Body) -> Result<StatusCode> {
    let row = call.telnum().await?;
    call.may::<phone_number::Entity>(Action::Update)?;
    let body: AllocateBody = call.read(body).await?.take()?;
    let Patch::Set(domain) = body.allocated_to else {
        return Err(BAD_REQUEST.because(Some("allocatedTo"), "must be there"));
    };
    let tenant = call.tenant_named(&domain).await?.ok_or(DOMAIN_NOT_FOUND)?;
    let allocated = call.services().allocate_phone_number(&call.caller, row.id, tenant.id).await;
    allocated.map_err(worded([
        (Code::NotFound, "id", TELNUM_NOT_FOUND),
        (Code::NotFound, "tenant_id", DOMAIN_NOT_FOUND),
    ]))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /telnums/{telnum}/deallocate`
pub async fn deallocate(call: Call) -> Result<StatusCode> {
    let row = call.telnum().await?;
    let freed = call.services().deallocate_phone_number(&call.caller, row.id).await;
    freed.map_err(gone(TELNUM_NOT_FOUND))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /telnums/{telnum}`
pub async fn delete(call: Call) -> Result<StatusCode> {
    let row = call.telnum().await?;
    let deleted = call.services().delete::<phone_number::Entity>(&call.caller, row.id, None).await;
    deleted.map_err(gone(TELNUM_NOT_FOUND))?;
    Ok(StatusCode::NO_CONTENT)
}

/// The gateways that decimal ids name. Other APIs know numbers without one; this API shows such a
/// number, and lets it be sent back, but takes the gateways of none away.
fn gateway_ids(
    ids: Patch<Vec<String>>,
    old: Option<&phone_number::Model>,
) -> Result<Patch<List<Id<gateway::Entity>>>> {
    let Patch::Set(ids) = ids else { return Ok(Patch::Keep) };
    if ids.is_empty() {
        if old.is_some_and(|old| old.gateway_ids.is_empty()) {
            return Ok(Patch::Keep);
        }
        return Err(BAD_REQUEST.because(Some("gateways"), "name at least one"));
    }
    let found: Option<Vec<_>> = ids.iter().map(|id| plain_number(id).map(Id::new)).collect();
    found
        .map(|ids| Patch::Set(List(ids)))
        .ok_or_else(|| BAD_REQUEST.because(Some("gateways"), "there is no such thing"))
}

/// The tenant with a domain; an unknown one is a fault of the body here.
async fn tenant_id(call: &Call, domain: Patch<Option<String>>) -> Result<Patch<Option<Id<tenant::Entity>>>> {
    match domain {
        Patch::Keep => Ok(Patch::Keep),
        Patch::Set(None) => Ok(Patch::Set(None)),
        Patch::Set(Some(domain)) => match call.tenant_named(&domain).await? {
            Some(tenant) => Ok(Patch::Set(Some(tenant.id))),
            None => Err(BAD_REQUEST.because(Some("allocatedTo"), "there is no such domain")),
        },
    }
}
