//! Accounts: the users behind passwords, keys and tokens, and what their tenants say of them.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{Id, api_key, session, tenant, value::Role};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::{known::Known, token::lives};
use crate::{Account, Caller, Error, Result, Secret, Services, secret};

impl Services {
    /// The user behind a name and a password.
    ///
    /// On a tenant's host its user is asked before the operator of the same name, who is never locked
    /// out by it.
    pub(super) async fn verified(
        &self,
        login: &str,
        password: &Secret,
        host: Option<&str>,
        address: Option<IpAddr>,
    ) -> Result<Known> {
        let mut named = self.users_named(login, host).await?;
        for (at, known) in named.iter().enumerate() {
            if known.may_log_in() && self.is_remembered(known, password)? {
                return Ok(named.swap_remove(at));
            }
        }
        if named.is_empty() {
            // The name as it would be with its domain, so that the count tells nobody whether there is such a user.
            let name = match (login.contains('@'), host) {
                (false, Some(host)) => format!("{login}@{host}").to_lowercase(),
                _ => login.to_lowercase(),
            };
            self.is_password(None, &name, password, address).await?;
            self.logins.failed(&name, address);
            return Err(Error::Unauthenticated);
        }
        let mut slow = None;
        for (at, known) in named.iter().enumerate() {
            match self.is_password(Some(known), &known.name(), password, address).await {
                Ok(true) if known.may_log_in() => return Ok(named.swap_remove(at)),
                Ok(_) => {}
                Err(Error::SlowDown(seconds)) => slow = Some(Error::SlowDown(seconds)),
                Err(other) => return Err(other),
            }
        }
        for known in &named {
            self.logins.failed(&known.name(), address);
        }
        Err(slow.unwrap_or(Error::Unauthenticated))
    }

    /// Whether the password was verified a short time ago.
    fn is_remembered(&self, known: &Known, password: &Secret) -> Result<bool> {
        let Some(stored) = &known.password else { return Ok(false) };
        let print = self.logins.fingerprint(known.id, password, stored)?;
        Ok(self.logins.verified.contains_key(&print))
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
        // Whoever is refused anyway does not queue with those who are not.
        self.logins.check(name, address)?;
        let turn = secret::verifying_turn().await?;
        // Others of the same name may have been here while this one waited.
        if let Some(known) = known
            && self.is_remembered(known, password)?
        {
            return Ok(true);
        }
        self.logins.check(name, address)?;
        let hash = match stored {
            Some((_, stored)) => self.vault.open("user.password", stored)?,
            None => self.logins.nobody.clone(),
        };
        let good =
            secret::verify_password(turn, password.expose().to_owned(), hash).await? && stored.is_some();
        if let (true, Some((id, stored))) = (good, stored) {
            self.logins.verified.insert(self.logins.fingerprint(id, password, stored)?, ());
            // Only here: a remembered password would forgive a guesser at the same address.
            self.logins.succeeded(name, address);
        }
        Ok(good)
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
            // A log-in is as good without the note.
            if let Err(failure) = self.note_key_use(row.id, now).await {
                tracing::warn!(%failure, "the use of an API key is not noted");
            }
        }
        Ok(Account {
            key_scopes: row.scopes.0,
            key: Some(row.id),
            address,
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
    pub(super) async fn account_of_token(&self, token: &Secret, address: Option<IpAddr>) -> Result<Account> {
        let now = self.now();
        let claims = self.keys.verify(token.expose(), now.timestamp()).ok_or(Error::Unauthenticated)?;
        let mut account = self.account_of_session(Id::new(claims.sid)).await?;
        account.key_scopes = claims.scopes;
        account.key = claims.key.map(Id::new);
        account.address = address;
        let ends = [self.key_ends(&account).await?, account.expires_at, Some(claims.exp)];
        account.expires_at = ends.into_iter().flatten().min();
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
        account.expires_at = Some(row.expires_at.timestamp());
        Ok(account)
    }

    /// The administrator that a tenant's own links log in.
    pub(super) async fn system_user(&self, tenant: Option<Id<tenant::Entity>>) -> Result<Account> {
        let id = tenant.ok_or(Error::Unauthenticated)?;
        let tenant = self.get::<tenant::Entity>(&Caller::system("auth"), id).await?;
        let tenant = tenant.filter(|tenant| !tenant.frozen).ok_or(Error::Unauthenticated)?;
        Ok(Account::of_nobody(format!("system@{}", tenant.domain), Some(id), Role::TenantAdmin))
    }

    /// Whether a caller that was let in still may do what it may: nobody always may.
    pub async fn is_good(&self, caller: &Caller) -> Result<bool> {
        match caller.account() {
            Err(_) => Ok(true),
            Ok(account) if account.expires_at.is_some_and(|end| end <= self.now().timestamp()) => Ok(false),
            Ok(account) => self.still_stands(account).await,
        }
    }

    /// Until when the API key that an account came with is good for it, in seconds since 1970.
    ///
    /// # Errors
    /// Unauthenticated when it is gone, narrowed, or not good where it is used.
    async fn key_ends(&self, account: &Account) -> Result<Option<i64>> {
        let Some(key) = account.key else { return Ok(None) };
        let row = self.get::<api_key::Entity>(&Caller::system("auth"), key).await?;
        let stands = |row: &api_key::Model| {
            row.scopes.0 == account.key_scopes
                && row.expires_at.is_none_or(|end| end > self.now())
                && is_within(&row.networks, account.address)
        };
        let row = row.filter(stands).ok_or(Error::Unauthenticated)?;
        Ok(row.expires_at.map(|end| end.timestamp()))
    }

    /// Whether an account that was good at the beginning of a stream still is what it was.
    pub(crate) async fn still_stands(&self, account: &Account) -> Result<bool> {
        match self.key_ends(account).await {
            // A key that now ends before the stream would.
            Ok(Some(end)) if account.expires_at.is_none_or(|expected| end < expected) => return Ok(false),
            Err(Error::Unauthenticated) => return Ok(false),
            other => other?,
        };
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
