//! Links that log somebody in to a domain's user interface.

use std::collections::HashSet;

use axum::{
    body::Body,
    extract::{FromRequestParts, State},
    http::{HeaderName, HeaderValue, header, request::Parts},
};
use entity::{tenant, user, value::SessionType};
use sea_orm::{
    ColumnTrait,
    sea_query::{ExprTrait, IntoCondition},
};
use serde::Serialize;
use service::{
    Caller, Code, Error, Listing, Sort,
    auth::{LinkFor, host_of, near_host},
};
use utoipa::ToSchema;

use super::{
    DOOR,
    body::Answer,
    call::{self, Call},
    domain_shape::access_url,
    error::{DOMAIN_FROZEN, DOMAIN_NOT_FOUND, Refusal, Result, USER_NOT_FOUND},
    user_shape::PasswordBody,
};
use crate::{
    app::App,
    auth::{Visit, with_token},
};

/// How many domains with the same access URL are looked at.
const SAME_HOST: u64 = 1000;

/// A link that works once, within five minutes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Link {
    /// The link.
    #[schema(example = "https://acme.pbx.example/login?t=Zx81")]
    link: String,
}

/// An answer that nobody may keep.
type NotStored = ([(HeaderName, HeaderValue); 1], Answer<Link>);

/// `GET /domains/{domain}/session`
pub async fn of_domain(call: Call) -> Result<NotStored> {
    let tenant = call.tenant().await?;
    let link = LinkFor { tenant: &tenant, user: None, session_type: SessionType::DomainLink };
    Ok(answer(&tenant, &call.services().make_link(&call.caller, link).await?))
}

/// `GET /domains/{domain}/users/{login}/session`
pub async fn of_user(call: Call) -> Result<NotStored> {
    let tenant = call.tenant().await?;
    let user = call.user(&tenant).await?;
    let link = LinkFor { tenant: &tenant, user: Some(&user), session_type: SessionType::UserLink };
    Ok(answer(&tenant, &call.services().make_link(&call.caller, link).await?))
}

/// A call by a person, who proves with its own password who it is.
pub struct Login {
    visit: Visit,
    login: String,
}

impl FromRequestParts<App> for Login {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let login = call::names(parts).remove("login").unwrap_or_default();
        let Ok(visit) = Visit::from_request_parts(parts, app).await;
        Ok(Self { visit, login })
    }
}

/// `POST /boss/v1/users/{login}/auth`, on the host of the domain.
///
/// A missing password is told before a missing user, so that nobody learns which logins there are.
pub async fn auth(State(app): State<App>, Login { visit, login }: Login, body: Body) -> Result<NotStored> {
    let tenant = tenant_at(&app, &visit, &login).await?.ok_or(DOMAIN_NOT_FOUND)?;
    if tenant.frozen {
        return Err(DOMAIN_FROZEN);
    }
    let password = call::read(&app, body).await?.take::<PasswordBody>()?.password()?;
    if !call::is_storable(&login) {
        return Err(USER_NOT_FOUND);
    }
    let made = app.services.log_in_link(&tenant, &login, &password, visit.address, &visit.request_id).await;
    let token = made.map_err(|error| match error {
        Error::Unauthenticated => USER_NOT_FOUND,
        error if error.has(Code::Frozen) => DOMAIN_FROZEN,
        error => error.into(),
    })?;
    Ok(answer(&tenant, &token))
}

/// The tenant that a request was sent to: the one whose domain is the host, else, of those whose
/// access URL has the host, the first by name that has the login.
async fn tenant_at(app: &App, visit: &Visit, login: &str) -> Result<Option<tenant::Model>> {
    // Nobody is known to be calling yet.
    let nobody = Caller::system(DOOR);
    let Some(host) = visit.host.as_deref().filter(|host| call::is_storable(host)) else { return Ok(None) };
    let named = tenant::Column::Domain.eq(host);
    if let Some(tenant) = app.services.find_one::<tenant::Entity>(&nobody, named).await? {
        return Ok(Some(tenant));
    }
    let near = near_host(host);
    let by_name = vec![Sort::by(tenant::Column::Domain)];
    let near = Listing { filter: near.into_condition(), order: by_name, ..Listing::default() };
    let listed = app.services.list_numbered::<tenant::Entity>(&nobody, &near, 0, SAME_HOST);
    let mut found = listed.await?.0;
    found.retain(|tenant| is_at(tenant, host));
    if found.len() < 2 || !call::is_storable(login) {
        return Ok(found.into_iter().next());
    }
    let there =
        user::Column::TenantId.is_in(found.iter().map(|tenant| tenant.id)).and(user::Column::Login.eq(login));
    let there = Listing { filter: there.into_condition(), ..Listing::default() };
    let users = app.services.list_numbered::<user::Entity>(&nobody, &there, 0, SAME_HOST);
    let with_login: HashSet<_> = users.await?.0.into_iter().filter_map(|user| user.tenant_id).collect();
    let at = found.iter().position(|tenant| with_login.contains(&tenant.id)).unwrap_or(0);
    Ok(Some(found.swap_remove(at)))
}

/// Whether the tenant's access URL has this host.
fn is_at(tenant: &tenant::Model, host: &str) -> bool {
    tenant.access_url.as_deref().and_then(host_of).as_deref() == Some(host)
}

/// A link with this token, at the tenant's access URL.
fn answer(tenant: &tenant::Model, token: &str) -> NotStored {
    let url = access_url(tenant);
    let (address, rest) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
    let link = with_token(&format!("{}/login{rest}", address.trim_end_matches('/')), "t", token);
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Answer(Link { link }))
}
