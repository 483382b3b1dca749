//! Accounts: the users behind passwords, keys and tokens, and what their tenants say of them.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    Id, Sealed, api_key, session, tenant, user,
    value::{Access, Role, Status, UserScope},
};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter,
    sea_query::{Expr, ExprTrait, JoinType, Order, Query, SelectStatement},
};

use super::token::lives;
use crate::{Account, Caller, Error, Result, Secret, Services, secret};

/// How many characters a log-in name may have, with `@` and the domain.
const LONGEST_NAME: usize = 320;

/// A user with what its tenant and session say of it, in one row.
#[derive(FromQueryResult)]
pub(super) struct Known {
    id: Id<user::Entity>,
    login: String,
    tenant_id: Option<Id<tenant::Entity>>,
    role: Role,
    access: Access,
    status: Status,
    scope: UserScope,
    password: Option<Sealed>,
    password_changed_at: Option<DateTime<Utc>>,
    frozen: Option<bool>,
    domain: Option<String>,
    access_url: Option<String>,
}

impl Known {
    /// Users and their tenants, before anybody is known to be calling.
    fn query() -> SelectStatement {
        use user::Column as U;
        let own = [
            U::Id,
            U::Login,
            U::TenantId,
            U::Role,
            U::Access,
            U::Status,
            U::Scope,
            U::Password,
            U::PasswordChangedAt,
        ];
        let mut query = Query::select();
        query
            .columns(own.map(|column| (user::Entity, column)))
            .column((tenant::Entity, tenant::Column::Frozen))
            .column((tenant::Entity, tenant::Column::Domain))
            .column((tenant::Entity, tenant::Column::AccessUrl))
            .from(user::Entity)
            .join(
                JoinType::LeftJoin,
                tenant::Entity,
                Expr::col((tenant::Entity, tenant::Column::Id)).equals((user::Entity, U::TenantId)),
            );
        query
    }

    fn may_log_in(&self) -> bool {
        self.status == Status::Active && !self.frozen.unwrap_or(false)
    }

    pub(super) fn account(self) -> Account {
        Account {
            id: Some(self.id),
            login: self.login,
            tenant: self.tenant_id,
            role: self.role,
            access: self.access,
            scope: self.scope,
            key_scopes: Vec::new(),
            session: None,
            key: None,
            password_changed_at: self.password_changed_at,
            expires_at: None,
        }
    }

    /// Whether the tenant's domain is this host name.
    fn has_domain(&self, host: &str) -> bool {
        self.domain.as_deref() == Some(host)
    }

    /// Whether the tenant's access URL has this host name.
    fn has_access_host(&self, host: &str) -> bool {
        host_of(self.access_url.as_deref()).as_deref() == Some(host)
    }
}

/// The host name in a URL.
fn host_of(url: Option<&str>) -> Option<String> {
    url::Url::parse(url?).ok()?.host_str().map(str::to_owned)
}

impl Services {
    /// The user behind a name and a password.
    pub(super) async fn verified(
        &self,
        login: &str,
        password: &Secret,
        host: Option<&str>,
        address: Option<IpAddr>,
    ) -> Result<Known> {
        let known = self.user_named(login, host).await?;
        // One account is one, however its name is spelt.
        let name = known.as_ref().map_or_else(|| login.to_lowercase(), |known| known.id.to_string());
        let good = self.is_password(known.as_ref(), &name, password, address).await?;
        match known.filter(|known| good && known.may_log_in()) {
            Some(known) => Ok(known),
            None => {
                self.logins.failed(&name, address);
                Err(Error::Unauthenticated)
            }
        }
    }

    /// Whether the password is the user's; for nobody it takes as long and is not.
    async fn is_password(
        &self,
        known: Option<&Known>,
        name: &str,
        password: &Secret,
        address: Option<IpAddr>,
    ) -> Result<bool> {
        let stored = known.and_then(|known| Some((known.id, known.password.as_ref()?)));
        let fingerprint = match stored {
            Some((id, stored)) => Some(self.logins.fingerprint(id, password, stored)?),
            None => None,
        };
        let is_remembered = || fingerprint.is_some_and(|print| self.logins.verified.contains_key(&print));
        if is_remembered() {
            return Ok(true);
        }
        let turn = secret::verifying_turn().await?;
        // Others of the same name may have been here while this one waited.
        if is_remembered() {
            return Ok(true);
        }
        self.logins.check(name, address)?;
        let hash = match stored {
            Some((_, stored)) => self.vault.open("user.password", stored)?,
            None => self.logins.nobody.clone(),
        };
        let good =
            secret::verify_password(turn, password.expose().to_owned(), hash).await? && stored.is_some();
        if let (true, Some(print)) = (good, fingerprint) {
            self.logins.verified.insert(print, ());
            // Only here: a remembered password would forgive a guesser at the same address.
            self.logins.succeeded(name, address);
        }
        Ok(good)
    }

    /// The user with this name: `login@domain`, else the one of the host's tenant, else the only
    /// one on the platform, of several the operator.
    pub(super) async fn user_named(&self, name: &str, host: Option<&str>) -> Result<Option<Known>> {
        if name.chars().count() > LONGEST_NAME || name.contains('\0') {
            return Ok(None);
        }
        let login = Expr::col((user::Entity, user::Column::Login));
        if let Some((login_name, domain)) = name.rsplit_once('@') {
            let there = Expr::col((tenant::Entity, tenant::Column::Domain)).eq(domain.to_lowercase());
            let query = Known::query().and_where(login.eq(login_name).and(there)).to_owned();
            return Ok(self.known(query).await?.pop());
        }
        // The few that matter come first: the host's by domain, by access URL, an operator, any other.
        let host = host.filter(|host| !host.contains('\0'));
        let is_host = Expr::col((tenant::Entity, tenant::Column::Domain)).eq(host.unwrap_or_default());
        // A client writes an international name in ASCII, an operator perhaps as people do.
        let (national, _) = idna::domain_to_unicode(host.unwrap_or_default());
        let near = |host: &str| {
            let pattern = format!("%://{}%", host.replace(['%', '_', '\\'], "_"));
            Expr::col((tenant::Entity, tenant::Column::AccessUrl)).like(pattern)
        };
        let near_host = near(host.unwrap_or_default()).or(near(&national));
        let operator = Expr::col((user::Entity, user::Column::TenantId)).is_null();
        let rank = Expr::case(is_host, 0).case(near_host, 1).case(operator, 2).finally(3);
        let mut query = Known::query().and_where(login.eq(name)).to_owned();
        query.order_by_expr(rank.into(), Order::Asc).order_by((user::Entity, user::Column::Id), Order::Asc);
        let mut found = self.known(query.limit(20).to_owned()).await?;
        let at_host = |by: fn(&Known, &str) -> bool| {
            found.iter().position(|known| host.is_some_and(|host| by(known, host)))
        };
        let at = at_host(Known::has_domain).or_else(|| at_host(Known::has_access_host));
        let at = at.or_else(|| found.iter().position(|known| known.role == Role::Operator));
        let at = at.or(if found.len() == 1 { Some(0) } else { None });
        Ok(at.map(|at| found.swap_remove(at)))
    }

    pub(super) async fn known(&self, query: SelectStatement) -> Result<Vec<Known>> {
        let statement = self.reader.get_database_backend().build(&query);
        Ok(Known::find_by_statement(statement).all(&self.reader).await?)
    }

    pub(super) async fn known_by_id(&self, id: Id<user::Entity>) -> Result<Option<Known>> {
        let query = Known::query().and_where(Expr::col((user::Entity, user::Column::Id)).eq(id)).to_owned();
        Ok(self.known(query).await?.pop().filter(Known::may_log_in))
    }

    /// The account behind an API key, which must be used from where it may be.
    pub(super) async fn account_of_key(&self, key: &Secret, address: Option<IpAddr>) -> Result<Account> {
        let hash = secret::token_hash(key.expose());
        // `sbk_` and eight characters name the key, the rest proves it.
        let prefix = key.expose().get(..12).filter(|prefix| !prefix.contains('\0')).unwrap_or_default();
        let system = Caller::system("auth");
        let row = self.find_one::<api_key::Entity>(&system, api_key::Column::KeyPrefix.eq(prefix)).await?;
        let same = |row: &api_key::Model| {
            bool::from(subtle::ConstantTimeEq::ct_eq(row.key_hash.as_bytes(), hash.as_bytes()))
        };
        let row = row.filter(same).ok_or(Error::Unauthenticated)?;
        let now = self.now();
        let ended = row.expires_at.is_some_and(|end| end <= now);
        if ended || !is_within(&row.networks, address) {
            return Err(Error::Unauthenticated);
        }
        let known = self.known_by_id(row.user_id).await?.ok_or(Error::Unauthenticated)?;
        if row.last_used_at.is_none_or(|last| now - last > TimeDelta::minutes(1)) {
            self.note_key_use(row.id, now).await?;
        }
        Ok(Account {
            key_scopes: row.scopes.0,
            key: Some(row.id),
            expires_at: row.expires_at.map(|end| end.timestamp()),
            ..known.account()
        })
    }

    /// Notes when a key was last used; no change of the key, so it is not announced.
    #[expect(clippy::disallowed_methods, reason = "bookkeeping beside the log of changes")]
    pub(super) async fn note_key_use(&self, id: Id<api_key::Entity>, now: DateTime<Utc>) -> Result<()> {
        api_key::Entity::update_many()
            .col_expr(api_key::Column::LastUsedAt, Expr::value(now))
            .filter(api_key::Column::Id.eq(id))
            .exec(&self.writer)
            .await?;
        Ok(())
    }

    /// The account behind an access token whose session still lives.
    pub(super) async fn account_of_token(&self, token: &Secret) -> Result<Account> {
        let now = self.now();
        let claims = self.keys.verify(token.expose(), now.timestamp()).ok_or(Error::Unauthenticated)?;
        let mut account = self.account_of_session(Id::new(claims.sid)).await?;
        account.key_scopes = claims.scopes;
        account.key = claims.key.map(Id::new);
        if !self.key_stands(&account).await? {
            return Err(Error::Unauthenticated);
        }
        account.expires_at = Some(claims.exp);
        Ok(account)
    }

    pub(super) async fn account_of_session(&self, id: Id<session::Entity>) -> Result<Account> {
        let row = self.get::<session::Entity>(&Caller::system("auth"), id).await?;
        let row = row.filter(|row| lives(row, self.now())).ok_or(Error::Unauthenticated)?;
        let mut account = match row.user_id {
            Some(user) => self.known_by_id(user).await?.ok_or(Error::Unauthenticated)?.account(),
            None => self.system_user(row.tenant_id).await?,
        };
        account.session = Some(id);
        Ok(account)
    }

    /// The administrator that a tenant's own links log in.
    pub(super) async fn system_user(&self, tenant: Option<Id<tenant::Entity>>) -> Result<Account> {
        let id = tenant.ok_or(Error::Unauthenticated)?;
        let tenant = self.get::<tenant::Entity>(&Caller::system("auth"), id).await?;
        let tenant = tenant.filter(|tenant| !tenant.frozen).ok_or(Error::Unauthenticated)?;
        Ok(Account {
            id: None,
            login: format!("system@{}", tenant.domain),
            tenant: Some(id),
            role: Role::TenantAdmin,
            access: Access::Full,
            scope: UserScope::Tenant,
            key_scopes: Vec::new(),
            session: None,
            key: None,
            password_changed_at: None,
            expires_at: None,
        })
    }

    /// Whether a caller that was let in still may do what it may: nobody always may.
    pub async fn is_good(&self, caller: &Caller) -> Result<bool> {
        match caller.account() {
            Err(_) => Ok(true),
            Ok(account) if account.expires_at.is_some_and(|end| end <= self.now().timestamp()) => Ok(false),
            Ok(account) => self.still_stands(account).await,
        }
    }

    /// Whether the API key that an account came with, if any, is still there and as wide as it was.
    async fn key_stands(&self, account: &Account) -> Result<bool> {
        let Some(key) = account.key else { return Ok(true) };
        let row = self.get::<api_key::Entity>(&Caller::system("auth"), key).await?;
        Ok(row.is_some_and(|row| {
            row.scopes.0 == account.key_scopes && row.expires_at.is_none_or(|end| end > self.now())
        }))
    }

    /// Whether an account that was good at the beginning of a stream still is what it was.
    pub(crate) async fn still_stands(&self, account: &Account) -> Result<bool> {
        if !self.key_stands(account).await? {
            return Ok(false);
        }
        let now = match (account.session, account.id) {
            (Some(session), _) => self.account_of_session(session).await,
            (None, Some(id)) => self.known_by_id(id).await?.map(Known::account).ok_or(Error::Unauthenticated),
            (None, None) => return Ok(true),
        };
        match now {
            Ok(now) => {
                let same = (now.role, now.access, now.scope) == (account.role, account.access, account.scope);
                // A new password ends what the old one began.
                let same_password = now.password_changed_at == account.password_changed_at;
                Ok(same && same_password && now.tenant == account.tenant)
            }
            Err(Error::Unauthenticated) => Ok(false),
            Err(other) => Err(other),
        }
    }
}

/// Whether an address is in one of the networks; an empty list is everywhere.
fn is_within(networks: &[String], address: Option<IpAddr>) -> bool {
    networks.is_empty()
        || address.is_some_and(|address| {
            let within = |text: &String| match text.parse::<ipnet::IpNet>() {
                Ok(network) => network.contains(&address),
                Err(_) => text.parse::<IpAddr>().is_ok_and(|one| one == address),
            };
            networks.iter().any(within)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_key_keeps_to_its_networks() {
        let networks = ["192.0.2.0/24".to_owned(), "2001:db8::1".to_owned()];
        assert!(is_within(&networks, "192.0.2.9".parse().ok()));
        assert!(is_within(&networks, "2001:db8::1".parse().ok()));
        assert!(!is_within(&networks, "198.51.100.1".parse().ok()));
        assert!(!is_within(&networks, None));
        assert!(is_within(&[], None));
    }
}
