//! A call by an operator: who it is, and the things that the path names.

use std::collections::HashMap;

use axum::{
    body::Body,
    extract::{FromRequestParts, MatchedPath},
    http::request::Parts,
};
use entity::{phone_number, tenant, user};
use percent_encoding::percent_decode_str;
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, sea_query::IntoCondition};
use service::{Action, Caller, Rules, Services};

use super::{
    DOOR,
    body::Sent,
    error::{DOMAIN_NOT_FOUND, Refusal, Result, TELNUM_NOT_FOUND, USER_NOT_FOUND},
};
use crate::{app::App, auth::Visit, compat::operator};

/// A call by an operator; nobody else gets this far.
pub struct Call {
    app: App,
    /// The operator.
    pub caller: Caller,
    names: HashMap<String, String>,
}

impl FromRequestParts<App> for Call {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let names = names(parts);
        let Ok(visit) = Visit::from_request_parts(parts, app).await;
        let caller = operator(&visit, app, DOOR).await?;
        Ok(Self { app: app.clone(), caller, names })
    }
}

impl Call {
    /// What every operation is asked of.
    pub fn services(&self) -> &Services {
        &self.app.services
    }

    /// One column of everything of a kind that a condition names, ascending: a list of this API.
    pub async fn texts<E: Rules>(
        &self,
        column: <E as EntityTrait>::Column,
        named: impl IntoCondition,
    ) -> Result<Vec<String>> {
        Ok(self.app.services.texts::<E>(&self.caller, column, named).await?)
    }

    /// What the path says in this place, such as `login`.
    pub fn name(&self, place: &str) -> &str {
        self.names.get(place).map_or("", String::as_str)
    }

    /// The tenant whose domain the path names.
    pub async fn tenant(&self) -> Result<tenant::Model> {
        self.tenant_named(self.name("domain")).await?.ok_or(DOMAIN_NOT_FOUND)
    }

    /// The tenant with a domain, in upper or lower case.
    pub async fn tenant_named(&self, domain: &str) -> Result<Option<tenant::Model>> {
        if !is_storable(domain) {
            return Ok(None);
        }
        let named = tenant::Column::Domain.eq(domain.to_ascii_lowercase());
        Ok(self.services().find_one::<tenant::Entity>(&self.caller, named).await?)
    }

    /// The user of the tenant whose login the path names.
    pub async fn user(&self, tenant: &tenant::Model) -> Result<user::Model> {
        self.find_user(tenant).await?.ok_or(USER_NOT_FOUND)
    }

    /// The same, if there is one.
    pub async fn find_user(&self, tenant: &tenant::Model) -> Result<Option<user::Model>> {
        let login = self.name("login");
        if !is_storable(login) {
            return Ok(None);
        }
        let named = user::Column::TenantId.eq(tenant.id).and(user::Column::Login.eq(login));
        Ok(self.services().find_one::<user::Entity>(&self.caller, named).await?)
    }

    /// The number that the path names.
    pub async fn telnum(&self) -> Result<phone_number::Model> {
        self.find_telnum(None).await?.ok_or(TELNUM_NOT_FOUND)
    }

    /// The number of the tenant that the path names; a number elsewhere is not found.
    pub async fn telnum_of(&self, tenant: &tenant::Model) -> Result<phone_number::Model> {
        self.find_telnum(Some(tenant)).await?.ok_or(TELNUM_NOT_FOUND)
    }

    /// The number that the path names, in one tenant or wherever it is, if there is one.
    pub async fn find_telnum(&self, tenant: Option<&tenant::Model>) -> Result<Option<phone_number::Model>> {
        let number = self.name("telnum");
        if !is_storable(number) {
            return Ok(None);
        }
        let mut named = Condition::all().add(phone_number::Column::Number.eq(number));
        if let Some(tenant) = tenant {
            named = named.add(phone_number::Column::TenantId.eq(tenant.id));
        }
        Ok(self.services().find_one::<phone_number::Entity>(&self.caller, named).await?)
    }

    /// Refuses a caller who may not do this to rows of `E`, before its body is looked at.
    pub fn may<E: Rules>(&self, action: Action) -> Result<()> {
        self.caller.grant::<E>(action)?;
        Ok(())
    }

    /// Reads the body, once the path has been found good.
    pub async fn read(&self, body: Body) -> Result<Sent> {
        read(&self.app, body).await
    }
}

/// Reads a body that is not too large.
pub async fn read(app: &App, body: Body) -> Result<Sent> {
    Sent::read(&crate::app::read_body(body, &app.config.limits).await?)
}

/// What the path says in the places of the route. Bytes that are no UTF-8 become U+FFFD, which no
/// name has, so that they are found nowhere and refused in a new name.
pub fn names(parts: &Parts) -> HashMap<String, String> {
    let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let place = |segment: &str| Some(segment.strip_prefix('{')?.strip_suffix('}')?.to_owned());
    let pairs = route.split('/').zip(parts.uri.path().split('/'));
    pairs
        .filter_map(|(of, is)| Some((place(of)?, percent_decode_str(is).decode_utf8_lossy().into_owned())))
        .collect()
}

/// Whether both databases can be asked for the text: PostgreSQL knows no U+0000.
pub fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}
