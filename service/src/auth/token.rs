//! Tokens: log-ins that last, and the keys they are signed with.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    Id, session, tenant, user,
    value::{SessionType, Status},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, IntoActiveModel, Set};
use serde_json::Value as Json;

use crate::{
    Caller, Error, Grant, Result, Secret, Services, Tx, secret,
    token::{ACCESS_SECONDS, Claims},
};

/// How long a session lasts without being refreshed, in seconds: thirty days.
const SESSION_SECONDS: i64 = 30 * 24 * 3600;

/// What a log-in gives.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The access token, a JWT.
    pub access_token: String,
    /// What renews it, once; none for an API key.
    pub refresh_token: Option<String>,
    /// How long the access token lasts, in seconds.
    pub expires_in: i64,
}

impl Services {
    /// Logs in with a password: the grant `password` of `/oauth/token`.
    pub async fn log_in(
        &self,
        login: &str,
        password: &Secret,
        host: Option<&str>,
        address: Option<IpAddr>,
        user_agent: Option<&str>,
    ) -> Result<Tokens> {
        let account = self.verified(login, password, host, address).await?.account();
        let mut row = new_session(SessionType::Token, self.now() + TimeDelta::seconds(SESSION_SECONDS));
        row.tenant_id = Set(account.tenant);
        row.user_id = Set(account.id);
        row.address = Set(address.map(|address| address.to_string()));
        row.user_agent = Set(user_agent.map(shortened));
        let caller = Caller::known(account, "oauth", "-");
        let tx = self.begin(&caller).await?;
        let tokens = self.issue(&tx, Issue::New(Box::new(row)), Default::default()).await?;
        tx.note_log_in().await?;
        tx.commit().await?;
        Ok(tokens)
    }

    /// Renews an access token: the grant `refresh_token`. A refresh token works once; when any
    /// of the session's is used again, somebody has stolen it and the session ends.
    pub async fn refresh(&self, refresh_token: &str) -> Result<Tokens> {
        let hash = secret::token_hash(refresh_token);
        let caller = Caller::system("oauth");
        let tx = self.begin(&caller).await?;
        let family = secret::token_hash(family_of(refresh_token));
        let found = tx.rows::<session::Entity>(session::Column::RefreshFamily.eq(family)).await?;
        let row = found.into_iter().next().ok_or(Error::Unauthenticated)?;
        if row.refresh_hash.as_deref() != Some(&hash) {
            self.revoke(&tx, vec![row]).await?;
            tx.commit().await?;
            return Err(Error::Unauthenticated);
        }
        if !lives(&row, self.now()) {
            return Err(Error::Unauthenticated);
        }
        let tokens =
            self.issue(&tx, Issue::Renewed(Box::new(row), refresh_token), Default::default()).await?;
        tx.commit().await?;
        Ok(tokens)
    }

    /// Ends the session of a refresh token; an unknown one is no error (RFC 7009).
    pub async fn log_out(&self, refresh_token: &str) -> Result<()> {
        let caller = Caller::system("oauth");
        let tx = self.begin(&caller).await?;
        let hash = secret::token_hash(refresh_token);
        let found = tx.rows::<session::Entity>(session::Column::RefreshHash.eq(hash)).await?;
        self.revoke(&tx, found).await?;
        tx.commit().await
    }

    /// Logs a program in with an API key: the grant `client_credentials`.
    pub async fn client_log_in(&self, id: &str, key: &Secret, address: Option<IpAddr>) -> Result<Tokens> {
        let name = id.chars().take(12).collect::<String>().to_lowercase();
        self.logins.check(&name, address)?;
        let account = match self.account_of_key(key, address).await {
            Ok(account) if key.expose().get(..12) == Some(id) => account,
            Ok(_) | Err(Error::Unauthenticated) => {
                self.logins.failed(&name, address);
                return Err(Error::Unauthenticated);
            }
            Err(other) => return Err(other),
        };
        let mut row = new_session(SessionType::Token, self.now() + TimeDelta::seconds(ACCESS_SECONDS));
        row.tenant_id = Set(account.tenant);
        row.user_id = Set(account.id);
        row.address = Set(address.map(|address| address.to_string()));
        row.user_agent = Set(Some(format!("API key {name}")));
        let narrowed = (account.key_scopes.clone(), account.key.map(Id::number));
        let caller = Caller::known(account, "oauth", "-");
        let tx = self.begin(&caller).await?;
        let mut tokens = self.issue(&tx, Issue::New(Box::new(row)), narrowed).await?;
        tx.commit().await?;
        tokens.refresh_token = None;
        Ok(tokens)
    }

    /// The public keys of access tokens, as a JSON Web Key Set.
    pub fn public_keys(&self) -> Result<Json> {
        self.keys.public(self.now().timestamp())
    }

    pub(super) async fn revoke(&self, tx: &Tx<'_>, rows: Vec<session::Model>) -> Result<()> {
        for row in rows.into_iter().filter(|row| row.revoked_at.is_none()) {
            let mut changed = row.clone().into_active_model();
            changed.revoked_at = Set(Some(self.now()));
            tx.update(&Grant::<session::Entity>::beside(), row, changed).await?;
        }
        Ok(())
    }

    /// Writes a session with a new refresh token and signs an access token for it.
    pub(super) async fn issue(
        &self,
        tx: &Tx<'_>,
        issue: Issue<'_>,
        narrowed: (Vec<String>, Option<i64>),
    ) -> Result<Tokens> {
        let now = self.now();
        let grant = Grant::<session::Entity>::beside();
        let family = match &issue {
            Issue::New(_) => secret::random_token()?,
            Issue::Renewed(_, former) => family_of(former).to_owned(),
        };
        let refresh_token = format!("{family}.{}", secret::random_token()?);
        let hash = Some(secret::token_hash(&refresh_token));
        let row = match issue {
            Issue::New(mut row) => {
                row.refresh_family = Set(Some(secret::token_hash(&family)));
                row.refresh_hash = Set(hash);
                row.last_used_at = Set(Some(now));
                tx.insert(&grant, *row).await?
            }
            Issue::Renewed(old, _) => {
                let mut row = old.as_ref().clone().into_active_model();
                row.refresh_family = Set(Some(secret::token_hash(&family)));
                row.refresh_hash = Set(hash);
                row.last_used_at = Set(Some(now));
                row.expires_at = Set(now + TimeDelta::seconds(SESSION_SECONDS));
                tx.update(&grant, *old, row).await?
            }
        };
        may_still_log_in(tx, &row).await?;
        let sub = match (row.user_id, row.tenant_id) {
            (Some(user), _) => user.to_string(),
            (None, Some(tenant)) => tenant.to_string(),
            (None, None) => return Err(Error::Unauthenticated),
        };
        let iat = now.timestamp();
        let (scopes, key) = narrowed;
        let claims = Claims { sub, sid: row.id.number(), scopes, key, iat, exp: iat + ACCESS_SECONDS };
        let access_token = self.keys.sign(&claims)?;
        Ok(Tokens { access_token, refresh_token: Some(refresh_token), expires_in: ACCESS_SECONDS })
    }
}

/// Refuses a session whose user was blocked or whose tenant was frozen meanwhile.
async fn may_still_log_in(tx: &Tx<'_>, row: &session::Model) -> Result<()> {
    if let Some(id) = row.user_id {
        let users = tx.rows::<user::Entity>(user::Column::Id.eq(id)).await?;
        if !users.iter().any(|user| user.status == Status::Active) {
            return Err(Error::Unauthenticated);
        }
    }
    if let Some(id) = row.tenant_id {
        let tenants = tx.rows::<tenant::Entity>(tenant::Column::Id.eq(id)).await?;
        if !tenants.iter().any(|tenant| !tenant.frozen) {
            return Err(Error::Unauthenticated);
        }
    }
    Ok(())
}

/// What an access token is issued for.
pub(super) enum Issue<'t> {
    New(Box<session::ActiveModel>),
    /// A session that lasts, and its refresh token so far or a new name of the family.
    Renewed(Box<session::Model>, &'t str),
}

/// What all refresh tokens of a session begin with, known to nobody who never had one of them.
fn family_of(refresh_token: &str) -> &str {
    refresh_token.split_once('.').map_or(refresh_token, |(family, _)| family)
}

pub(super) fn new_session(session_type: SessionType, expires_at: DateTime<Utc>) -> session::ActiveModel {
    session::ActiveModel {
        session_type: Set(session_type),
        expires_at: Set(expires_at),
        ..<session::ActiveModel as ActiveModelTrait>::default()
    }
}

/// Whether a session has neither ended nor been ended.
pub(super) fn lives(row: &session::Model, now: DateTime<Utc>) -> bool {
    row.revoked_at.is_none() && row.expires_at > now
}

/// As much of a program's name as is kept.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(255).collect()
}
