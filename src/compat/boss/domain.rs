//! Domains: our tenants.

use axum::{body::Body, http::StatusCode};
use entity::{extension, external_account, phone_number, tenant, user, user_group};
use sea_orm::{ColumnTrait, Condition, ExprTrait};
use service::{
    Action, Code, Patch, Rules,
    platform::{TenantCreateInput, TenantUpdateInput},
};

use super::{
    body::Answer,
    call::Call,
    domain_shape::{Domain, DomainBody, Frozen, Stat, put, shown_limit},
    error::{
        BAD_REQUEST, DOMAIN_ALREADY_EXISTS, DOMAIN_ALREADY_FROZEN, DOMAIN_ALREADY_UNFROZEN, DOMAIN_NOT_FOUND,
        Result, gone, worded,
    },
};

/// The emergency numbers that a domain may have as extensions.
const EMERGENCY_NUMBERS: [&str; 2] = ["112", "911"];

/// `GET /domains`
pub async fn list(call: Call) -> Result<Answer<Vec<String>>> {
    Ok(Answer(call.texts::<tenant::Entity>(tenant::Column::Domain, Condition::all()).await?))
}

/// `HEAD /domains/{domain}`
pub async fn exists(call: Call) -> Result<StatusCode> {
    call.tenant().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /domains/{domain}`
pub async fn get(call: Call) -> Result<Answer<Domain>> {
    let row = call.tenant().await?;
    let emergency =
        extension::Column::TenantId.eq(row.id).and(extension::Column::Number.is_in(EMERGENCY_NUMBERS));
    let emergency_used = call.services().find_one::<extension::Entity>(&call.caller, emergency).await?;
    let accounts_count = count::<user::Entity>(&call, &row).await?;
    Ok(Answer(Domain::of(row, accounts_count, emergency_used.is_some())))
}

/// `GET /domains/{domain}/stat`
pub async fn stat(call: Call) -> Result<Answer<Stat>> {
    let row = call.tenant().await?;
    let stat = Stat {
        accounts_count: count::<user::Entity>(&call, &row).await?,
        groups_count: count::<user_group::Entity>(&call, &row).await?,
        telnums_count: count::<phone_number::Entity>(&call, &row).await?,
        rsip_count: count::<external_account::Entity>(&call, &row).await?,
        // Calls cannot be sent on to SIP addresses yet; count them here once they can.
        sip_transfer_count: 0,
        created: row.created_at.timestamp(),
        accounts_limit: shown_limit(row.accounts_limit),
        active_crm: row.active_crm.0,
        name: row.domain,
    };
    Ok(Answer(stat))
}

/// `GET /domains/{domain}/isfrozen`
pub async fn is_frozen(call: Call) -> Result<Answer<Frozen>> {
    let row = call.tenant().await?;
    Ok(Answer(Frozen { is_frozen: row.frozen }))
}

/// `POST /domains/{domain}`
pub async fn create(call: Call, body: Body) -> Result<StatusCode> {
    let domain = call.name("domain");
    if call.tenant_named(domain).await?.is_some() {
        return Err(DOMAIN_ALREADY_EXISTS);
    }
    call.may::<tenant::Entity>(Action::Create)?;
    let body: DomainBody = call.read(body).await?.take()?;
    // The document calls the lower bound of 3 a bug, but it is what clients see.
    if body.ext_digits == Patch::Set(2) {
        return Err(BAD_REQUEST.because(Some("extDigits"), "must be 3 to 5"));
    }
    let mut input = TenantCreateInput::of(domain.to_ascii_lowercase());
    put!(body.columns(None)? => input);
    let created = call.services().create::<tenant::Entity>(&call.caller, input).await;
    created.map_err(worded([(Code::Taken, "domain", DOMAIN_ALREADY_EXISTS)]))?;
    Ok(StatusCode::CREATED)
}

/// `PUT /domains/{domain}`
pub async fn update(call: Call, body: Body) -> Result<StatusCode> {
    let row = call.tenant().await?;
    call.may::<tenant::Entity>(Action::Update)?;
    let body: DomainBody = call.read(body).await?.take()?;
    let mut input = TenantUpdateInput::of(row.id);
    put!(body.columns(Some(&row))? => input);
    let updated = call.services().update::<tenant::Entity>(&call.caller, input).await;
    updated.map_err(gone(DOMAIN_NOT_FOUND))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /domains/{domain}/freeze`
pub async fn freeze(call: Call) -> Result<StatusCode> {
    let row = call.tenant().await?;
    let frozen = call.services().freeze_tenant(&call.caller, row.id).await;
    frozen.map_err(worded([
        (Code::NotFound, "id", DOMAIN_NOT_FOUND),
        (Code::Unchanged, "frozen", DOMAIN_ALREADY_FROZEN),
    ]))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /domains/{domain}/unfreeze`
pub async fn unfreeze(call: Call) -> Result<StatusCode> {
    let row = call.tenant().await?;
    let unfrozen = call.services().unfreeze_tenant(&call.caller, row.id).await;
    unfrozen.map_err(worded([
        (Code::NotFound, "id", DOMAIN_NOT_FOUND),
        (Code::Unchanged, "frozen", DOMAIN_ALREADY_UNFROZEN),
    ]))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /domains/{domain}`
pub async fn delete(call: Call) -> Result<StatusCode> {
    let row = call.tenant().await?;
    let deleted = call.services().delete::<tenant::Entity>(&call.caller, row.id, None).await;
    deleted.map_err(gone(DOMAIN_NOT_FOUND))?;
    Ok(StatusCode::NO_CONTENT)
}

/// How many rows of a kind the tenant has.
async fn count<E: Rules>(call: &Call, tenant: &tenant::Model) -> Result<u64> {
    Ok(call.services().count::<E>(&call.caller, E::TENANT.eq(tenant.id)).await?)
}
