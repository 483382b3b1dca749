//! Log-in links: single use, redeemed at a door, exchanged by the user interface for a token.

use std::net::IpAddr;

use chrono::TimeDelta;
use entity::{Id, Kind, session, tenant, user, value::SessionType};
use sea_orm::{ColumnTrait, Condition, IntoActiveModel, Set};

use super::token::{Issue, Tokens, lives, new_session, shortened};
use crate::{Action, Caller, Code, Error, Grant, Result, Secret, Services, Tx, secret, token};

/// How long a log-in link may wait to be used, in seconds.
const LINK_SECONDS: i64 = 300;
/// How long the token that a used link leaves at the user interface lasts, in seconds.
const UI_SECONDS: i64 = 12 * 3600;

/// Whom a log-in link logs in.
pub struct LinkFor<'a> {
    /// The tenant.
    pub tenant: &'a tenant::Model,
    /// Its user; without one it is the tenant's system user.
    pub user: Option<&'a user::Model>,
    /// Which kind of link.
    pub session_type: SessionType,
}

fn refuse_frozen(tenant: &tenant::Model) -> Result<()> {
    match tenant.frozen {
        true => Err(Error::refused(Code::Frozen, Some("tenant_id"), "the tenant is frozen")),
        false => Ok(()),
    }
}

impl Services {
    /// Makes a log-in link's token.
    ///
    /// An unused customer link and its session end when a new one is made (phone_systems: sessions).
    ///
    /// # Errors
    /// Forbidden for who may not log others in, FROZEN for links to a frozen tenant's user interface; those
    /// of a frozen domain are made and not redeemed (boss: every operator call keeps working).
    pub async fn make_link(&self, caller: &Caller, link: LinkFor<'_>) -> Result<String> {
        let grant = caller.grant::<session::Entity>(Action::Create)?;
        if !caller.account()?.key_scopes.is_empty() {
            // The session would not be narrowed as the key is.
            return Err(Error::Forbidden(Kind::Session, Action::Create));
        }
        if matches!(link.session_type, SessionType::CustomerLink | SessionType::AdminLink) {
            refuse_frozen(link.tenant)?;
        }
        let now = self.now();
        let expires = now + TimeDelta::seconds(LINK_SECONDS);
        let token = match link.session_type {
            SessionType::CustomerLink => {
                let nonce = secret::random_token()?;
                token::sign_link(&self.logins.key, link.tenant.id.number(), expires.timestamp(), &nonce)?
            }
            _ => secret::random_token()?,
        };
        let tx = self.begin(caller).await?;
        if link.session_type == SessionType::CustomerLink {
            // Two at a time would not see each other, so they queue for the tenant.
            tx.rows::<tenant::Entity>(tenant::Column::Id.eq(link.tenant.id)).await?;
            let earlier = Condition::all()
                .add(session::Column::TenantId.eq(link.tenant.id))
                .add(session::Column::SessionType.eq(SessionType::CustomerLink))
                .add(session::Column::RevokedAt.is_null());
            let earlier = tx.rows::<session::Entity>(earlier).await?;
            self.revoke(&tx, earlier).await?;
        }
        let mut row = new_session(link.session_type, expires);
        row.tenant_id = Set(Some(link.tenant.id));
        row.user_id = Set(link.user.map(|user| user.id));
        row.issued_by = Set(caller.account()?.id);
        row.link_hash = Set(Some(secret::token_hash(&token)));
        if link.session_type == SessionType::AdminLink {
            // Its token is what the user interface holds, so it counts as used.
            row.redeemed_at = Set(Some(now));
            row.expires_at = Set(now + TimeDelta::seconds(UI_SECONDS));
        }
        tx.insert(&grant, row).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Makes a log-in link for a tenant's user, or without one for its system user.
    ///
    /// # Errors
    /// NOT_FOUND for a tenant or user that the caller cannot see, FROZEN for a frozen tenant.
    pub async fn make_link_for(
        &self,
        caller: &Caller,
        tenant: Id<tenant::Entity>,
        user: Option<Id<user::Entity>>,
    ) -> Result<String> {
        let tenant = self.get::<tenant::Entity>(caller, tenant).await?;
        let tenant = tenant.ok_or_else(|| Error::not_found("tenant_id"))?;
        refuse_frozen(&tenant)?;
        let user = match user {
            None => None,
            Some(id) => {
                let found = self.get::<user::Entity>(caller, id).await?;
                let found = found.filter(|user| user.tenant_id == Some(tenant.id));
                Some(found.ok_or_else(|| Error::not_found("user_id"))?)
            }
        };
        let session_type = if user.is_some() { SessionType::UserLink } else { SessionType::DomainLink };
        self.make_link(caller, LinkFor { tenant: &tenant, user: user.as_ref(), session_type }).await
    }

    /// Checks the password of a tenant's user and makes a link that logs it in (boss: Sessions).
    pub async fn log_in_link(
        &self,
        tenant: &tenant::Model,
        login: &str,
        password: &Secret,
        address: Option<IpAddr>,
        request_id: &str,
    ) -> Result<String> {
        let name = format!("{login}@{}", tenant.domain);
        let account = self.verified(&name, password, None, address).await?.account();
        // Whoever the name led to, the link is this tenant's.
        let id = account.id.filter(|_| account.tenant == Some(tenant.id)).ok_or(Error::Unauthenticated)?;
        let mut row = new_session(SessionType::UserLink, self.now() + TimeDelta::seconds(LINK_SECONDS));
        let token = secret::random_token()?;
        row.tenant_id = Set(Some(tenant.id));
        row.user_id = Set(Some(id));
        row.link_hash = Set(Some(secret::token_hash(&token)));
        let caller = Caller::known(account, "boss", request_id);
        let tx = self.begin(&caller).await?;
        tx.insert(&Grant::<session::Entity>::beside(), row).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Uses up a link and answers the token for the user interface, and the tenant.
    ///
    /// # Errors
    /// Unauthenticated for a link that is unknown, used, cancelled or too old.
    pub async fn redeem_link(&self, token: &str, allowed: &[SessionType]) -> Result<(String, tenant::Model)> {
        let caller = Caller::system("link");
        let tx = self.begin(&caller).await?;
        let row = self.session_of_link(&tx, token).await?;
        if row.redeemed_at.is_some() || !allowed.contains(&row.session_type) {
            return Err(Error::Unauthenticated);
        }
        let tenants = match row.tenant_id {
            Some(id) => tx.rows::<tenant::Entity>(tenant::Column::Id.eq(id)).await?,
            None => Vec::new(),
        };
        let tenant =
            tenants.into_iter().next().filter(|tenant| !tenant.frozen).ok_or(Error::Unauthenticated)?;
        let ui = secret::random_text(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", 40)?;
        let mut changed = row.clone().into_active_model();
        changed.link_hash = Set(Some(secret::token_hash(&ui)));
        changed.redeemed_at = Set(Some(self.now()));
        changed.expires_at = Set(self.now() + TimeDelta::seconds(UI_SECONDS));
        tx.update(&Grant::<session::Entity>::beside(), row, changed).await?;
        tx.commit().await?;
        Ok((ui, tenant))
    }

    /// Exchanges the user interface's token for an access token: the grant `login_link`.
    pub async fn exchange_link(
        &self,
        ui_token: &str,
        address: Option<IpAddr>,
        user_agent: Option<&str>,
    ) -> Result<Tokens> {
        let caller = Caller::system("oauth");
        let tx = self.begin(&caller).await?;
        let row = self.session_of_link(&tx, ui_token).await?;
        if row.redeemed_at.is_none() {
            return Err(Error::Unauthenticated);
        }
        let mut changed = row.clone().into_active_model();
        changed.link_hash = Set(None);
        changed.address = Set(address.map(|address| address.to_string()));
        changed.user_agent = Set(user_agent.map(shortened));
        let row = tx.update(&Grant::<session::Entity>::beside(), row, changed).await?;
        let family = secret::random_token()?;
        let tokens = self.issue(&tx, Issue::Renewed(Box::new(row), &family), Default::default()).await?;
        tx.commit().await?;
        Ok(tokens)
    }

    pub(super) async fn session_of_link(&self, tx: &Tx<'_>, token: &str) -> Result<session::Model> {
        let named = session::Column::LinkHash.eq(secret::token_hash(token));
        let found = tx.rows::<session::Entity>(named).await?.into_iter().next();
        found.filter(|row| lives(row, self.now())).ok_or(Error::Unauthenticated)
    }
}
