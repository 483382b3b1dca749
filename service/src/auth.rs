//! Who is calling: passwords, tokens, API keys and log-in links.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    Id, Sealed, api_key, session, tenant, user,
    value::{Access, Role, SessionType, Status, UserScope},
};
use hmac::{Hmac, KeyInit, Mac};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter,
    Set,
    sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement},
};
use serde_json::Value as Json;
use sha2::Sha256;

use crate::{
    Account, Action, Caller, Code, Error, Grant, Result, Secret, Services, Tx,
    people::UserCreateInput,
    secret,
    token::{self, ACCESS_SECONDS, Claims},
};

/// How long a session lasts without being refreshed, in seconds: thirty days.
const SESSION_SECONDS: i64 = 30 * 24 * 3600;
/// How long a log-in link may wait to be used, in seconds.
const LINK_SECONDS: i64 = 300;
/// How long the token that a used link leaves at the user interface lasts, in seconds.
const UI_SECONDS: i64 = 12 * 3600;
/// For how long a verified password is remembered, and failed log-ins are counted.
const WINDOW: Duration = Duration::from_secs(300);

/// What a request says of who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Nothing.
    None,
    /// A log-in name and its password.
    Basic {
        /// The name, with or without `@` and the tenant's domain.
        login: String,
        /// The password.
        password: Secret,
    },
    /// An access token or an API key.
    Bearer(Secret),
    /// Something that cannot be read.
    Malformed,
}

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

/// Whom a log-in link logs in.
pub struct LinkFor<'a> {
    /// The tenant.
    pub tenant: &'a tenant::Model,
    /// Its user; without one it is the tenant's system user.
    pub user: Option<&'a user::Model>,
    /// Which kind of link.
    pub session_type: SessionType,
}

/// What is remembered of log-ins: passwords that were good, and how often one was not.
pub struct Memory {
    key: [u8; 32],
    verified: moka::sync::Cache<[u8; 32], ()>,
    failed: moka::sync::Cache<(String, Option<IpAddr>), Arc<Failures>>,
    bound: u32,
    nobody: String,
}

struct Failures {
    since: Instant,
    count: AtomicU32,
}

impl Memory {
    pub(crate) fn new(master_key: &[u8; 32], bound: u32) -> Result<Self> {
        let mut key = *master_key;
        let mut salt = [0; 32];
        secret::fill(&mut salt)?;
        key.iter_mut().zip(salt).for_each(|(byte, salt)| *byte ^= salt);
        Ok(Self {
            key,
            verified: moka::sync::Cache::builder().max_capacity(10_000).time_to_live(WINDOW).build(),
            failed: moka::sync::Cache::builder().max_capacity(100_000).time_to_live(WINDOW).build(),
            bound,
            // A hash of nobody's password, so that an unknown name costs what a known one does.
            nobody: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$\
                     jBzmAqlvNPnUJGpEFRqDoZTVvLvVDKyL9SXNVbmLhMU"
                .into(),
        })
    }

    /// A fingerprint of a password together with the hash it was compared with: once the hash
    /// changes, nothing is remembered.
    fn fingerprint(&self, user: Id<user::Entity>, password: &Secret, stored: &Sealed) -> Result<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).map_err(Error::internal)?;
        mac.update(&user.number().to_be_bytes());
        mac.update(stored.as_closed().unwrap_or_default());
        mac.update(password.expose().as_bytes());
        Ok(mac.finalize().into_bytes().into())
    }

    fn check(&self, login: &str, address: Option<IpAddr>) -> Result<()> {
        let Some(failures) = self.failed.get(&(login.to_owned(), address)) else { return Ok(()) };
        if self.bound == 0 || failures.count.load(Ordering::Relaxed) < self.bound {
            return Ok(());
        }
        let left = WINDOW.saturating_sub(failures.since.elapsed());
        Err(Error::SlowDown(std::cmp::max(left.as_secs(), 1)))
    }

    fn failed(&self, login: &str, address: Option<IpAddr>) {
        let fresh = || Arc::new(Failures { since: Instant::now(), count: AtomicU32::new(0) });
        let failures = self.failed.get_with((login.to_owned(), address), fresh);
        failures.count.fetch_add(1, Ordering::Relaxed);
    }

    fn succeeded(&self, login: &str, address: Option<IpAddr>) {
        self.failed.invalidate(&(login.to_owned(), address));
    }
}

/// A user with what its tenant and session say of it, in one row.
#[derive(FromQueryResult)]
struct Known {
    id: Id<user::Entity>,
    login: String,
    tenant_id: Option<Id<tenant::Entity>>,
    role: Role,
    access: Access,
    status: Status,
    scope: UserScope,
    password: Option<Sealed>,
    frozen: Option<bool>,
    domain: Option<String>,
    access_url: Option<String>,
}

impl Known {
    /// Users and their tenants, before anybody is known to be calling.
    fn query() -> SelectStatement {
        use user::Column as U;
        let own = [U::Id, U::Login, U::TenantId, U::Role, U::Access, U::Status, U::Scope, U::Password];
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

    fn account(self) -> Account {
        Account {
            id: Some(self.id),
            login: self.login,
            tenant: self.tenant_id,
            role: self.role,
            access: self.access,
            scope: self.scope,
            key_scopes: Vec::new(),
            session: None,
            expires_at: None,
        }
    }

    /// Whether the tenant is reached under this host name.
    fn is_host(&self, host: &str) -> bool {
        self.domain.as_deref() == Some(host) || host_of(self.access_url.as_deref()).as_deref() == Some(host)
    }
}

/// The host name in a URL.
fn host_of(url: Option<&str>) -> Option<String> {
    url::Url::parse(url?).ok()?.host_str().map(str::to_owned)
}

impl Services {
    /// Who is calling; nobody when nothing says so.
    ///
    /// # Errors
    /// Unauthenticated for wrong credentials, SlowDown after too many of them.
    pub async fn authenticate(
        &self,
        credential: &Credential,
        host: Option<&str>,
        address: Option<IpAddr>,
        door: &'static str,
        request_id: &str,
    ) -> Result<Caller> {
        let account = match credential {
            Credential::None => return Ok(Caller::anonymous(door, request_id)),
            Credential::Malformed => return Err(Error::Unauthenticated),
            Credential::Basic { login, password } => {
                self.verified(login, password, host, address).await?.account()
            }
            Credential::Bearer(token) if token.expose().starts_with("sbk_") => {
                self.account_of_key(token, address).await?
            }
            Credential::Bearer(token) => self.account_of_token(token).await?,
        };
        Ok(Caller::known(account, door, request_id))
    }

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
        let tokens = self.issue(&tx, Issue::New(Box::new(row)), Vec::new()).await?;
        tx.commit().await?;
        Ok(tokens)
    }

    /// Renews an access token: the grant `refresh_token`. A refresh token works once; when one is
    /// used again, somebody has stolen it and the session ends.
    pub async fn refresh(&self, refresh_token: &str) -> Result<Tokens> {
        let hash = secret::token_hash(refresh_token);
        let caller = Caller::system("oauth");
        let tx = self.begin(&caller).await?;
        let either = Condition::any()
            .add(session::Column::RefreshHash.eq(hash.as_str()))
            .add(session::Column::FormerRefreshHash.eq(hash.as_str()));
        let found = tx.rows::<session::Entity>(either).await?;
        let row = found.into_iter().next().ok_or(Error::Unauthenticated)?;
        if row.refresh_hash.as_deref() != Some(&hash) {
            self.revoke(&tx, vec![row]).await?;
            tx.commit().await?;
            return Err(Error::Unauthenticated);
        }
        if !lives(&row, self.now()) {
            return Err(Error::Unauthenticated);
        }
        let scopes = Vec::new();
        let tokens = self.issue(&tx, Issue::Renewed(Box::new(row)), scopes).await?;
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
        self.logins.check(id, address)?;
        let account = match self.account_of_key(key, address).await {
            Ok(account) if key.expose().starts_with(id) && !id.is_empty() => account,
            Ok(_) | Err(Error::Unauthenticated) => {
                self.logins.failed(id, address);
                return Err(Error::Unauthenticated);
            }
            Err(other) => return Err(other),
        };
        let mut row = new_session(SessionType::Token, self.now() + TimeDelta::seconds(ACCESS_SECONDS));
        row.tenant_id = Set(account.tenant);
        row.user_id = Set(account.id);
        row.address = Set(address.map(|address| address.to_string()));
        row.user_agent = Set(Some(format!("API key {id}")));
        let scopes = account.key_scopes.clone();
        let caller = Caller::known(account, "oauth", "-");
        let tx = self.begin(&caller).await?;
        let mut tokens = self.issue(&tx, Issue::New(Box::new(row)), scopes).await?;
        tx.commit().await?;
        tokens.refresh_token = None;
        Ok(tokens)
    }

    /// Makes a log-in link's token.
    ///
    /// An unused customer link and its session end when a new one is made (phone_systems: sessions).
    ///
    /// # Errors
    /// Forbidden for who may not log others in.
    pub async fn make_link(&self, caller: &Caller, link: LinkFor<'_>) -> Result<String> {
        let grant = caller.grant::<session::Entity>(Action::Create)?;
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
        if tenant.frozen {
            return Err(Error::refused(Code::Frozen, Some("tenant_id"), "the tenant is frozen"));
        }
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
        let id = account.id.ok_or(Error::Unauthenticated)?;
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
        let tokens = self.issue(&tx, Issue::Renewed(Box::new(row)), Vec::new()).await?;
        tx.commit().await?;
        Ok(tokens)
    }

    /// Makes the first operator when there is none; answers the password if it was made up.
    pub async fn ensure_operator(&self, login: &str, password: Option<Secret>) -> Result<Option<String>> {
        let caller = Caller::system("setup");
        if self.count::<user::Entity>(&caller, user::Column::Role.eq(Role::Operator)).await? > 0 {
            return Ok(None);
        }
        self.make_operator(login, password).await
    }

    /// Makes an operator; answers the password if it was made up.
    pub async fn make_operator(&self, login: &str, password: Option<Secret>) -> Result<Option<String>> {
        let (password, made_up) = given_or_made_up(password)?;
        let input = UserCreateInput {
            role: Role::Operator.into(),
            password: password.into(),
            ..UserCreateInput::of(login.to_owned())
        };
        self.create::<user::Entity>(&Caller::system("setup"), input).await?;
        Ok(made_up)
    }

    /// Sets an operator's password; answers it if it was made up.
    pub async fn set_operator_password(
        &self,
        login: &str,
        password: Option<Secret>,
    ) -> Result<Option<String>> {
        let caller = Caller::system("setup");
        let named = Condition::all().add(user::Column::Login.eq(login)).add(user::Column::TenantId.is_null());
        let row = self.find_one::<user::Entity>(&caller, named).await?;
        let row = row.ok_or_else(|| Error::not_found("login"))?;
        let (password, made_up) = given_or_made_up(password)?;
        let input = crate::people::UserUpdateInput {
            password: password.into(),
            ..crate::people::UserUpdateInput::of(row.id)
        };
        self.update::<user::Entity>(&caller, input).await?;
        Ok(made_up)
    }

    /// The public keys of access tokens, as a JSON Web Key Set.
    pub fn public_keys(&self) -> Result<Json> {
        self.keys.public(self.now().timestamp())
    }

    /// The user behind a name and a password.
    async fn verified(
        &self,
        login: &str,
        password: &Secret,
        host: Option<&str>,
        address: Option<IpAddr>,
    ) -> Result<Known> {
        self.logins.check(login, address)?;
        let known = self.user_named(login, host).await?;
        let stored = known.as_ref().and_then(|known| known.password.clone());
        let good = match (&known, &stored) {
            (Some(known), Some(stored)) => {
                let fingerprint = self.logins.fingerprint(known.id, password, stored)?;
                let remembered = self.logins.verified.contains_key(&fingerprint);
                let good = remembered || {
                    let hash = self.vault.open("user.password", stored)?;
                    secret::verify_password(password.expose().to_owned(), hash).await?
                };
                if good && !remembered {
                    self.logins.verified.insert(fingerprint, ());
                }
                good
            }
            _ => {
                secret::verify_password(password.expose().to_owned(), self.logins.nobody.clone()).await?;
                false
            }
        };
        match known.filter(|known| good && known.may_log_in()) {
            Some(known) => {
                self.logins.succeeded(login, address);
                Ok(known)
            }
            None => {
                self.logins.failed(login, address);
                Err(Error::Unauthenticated)
            }
        }
    }

    /// The user with this name: `login@domain`, else the one of the host's tenant, else the only
    /// one on the platform, of several the operator.
    async fn user_named(&self, name: &str, host: Option<&str>) -> Result<Option<Known>> {
        let mut named = Expr::col((user::Entity, user::Column::Login)).eq(name);
        if let Some((login, domain)) = name.rsplit_once('@') {
            let there = Expr::col((tenant::Entity, tenant::Column::Domain)).eq(domain.to_lowercase());
            named = named.or(Expr::col((user::Entity, user::Column::Login)).eq(login).and(there));
        }
        let query = Known::query().and_where(named).limit(1000).to_owned();
        let mut found = self.known(query).await?;
        if let Some((login, _)) = name.rsplit_once('@')
            && let Some(at) = found.iter().position(|known| known.login == login)
        {
            return Ok(Some(found.swap_remove(at)));
        }
        if let Some(host) = host
            && let Some(at) = found.iter().position(|known| known.is_host(host))
        {
            return Ok(Some(found.swap_remove(at)));
        }
        if let Some(at) = found.iter().position(|known| known.role == Role::Operator) {
            return Ok(Some(found.swap_remove(at)));
        }
        Ok(if found.len() == 1 { found.pop() } else { None })
    }

    async fn known(&self, query: SelectStatement) -> Result<Vec<Known>> {
        let statement = self.reader.get_database_backend().build(&query);
        Ok(Known::find_by_statement(statement).all(&self.reader).await?)
    }

    async fn known_by_id(&self, id: Id<user::Entity>) -> Result<Option<Known>> {
        let query = Known::query().and_where(Expr::col((user::Entity, user::Column::Id)).eq(id)).to_owned();
        Ok(self.known(query).await?.pop().filter(Known::may_log_in))
    }

    /// The account behind an API key, which must be used from where it may be.
    async fn account_of_key(&self, key: &Secret, address: Option<IpAddr>) -> Result<Account> {
        let hash = secret::token_hash(key.expose());
        // `sbk_` and eight characters name the key, the rest proves it.
        let prefix = key.expose().get(..12).unwrap_or_default();
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
            expires_at: row.expires_at.map(|end| end.timestamp()),
            ..known.account()
        })
    }

    /// Notes when a key was last used; no change of the key, so it is not announced.
    #[expect(clippy::disallowed_methods, reason = "bookkeeping beside the log of changes")]
    async fn note_key_use(&self, id: Id<api_key::Entity>, now: DateTime<Utc>) -> Result<()> {
        api_key::Entity::update_many()
            .col_expr(api_key::Column::LastUsedAt, Expr::value(now))
            .filter(api_key::Column::Id.eq(id))
            .exec(&self.writer)
            .await?;
        Ok(())
    }

    /// The account behind an access token whose session still lives.
    async fn account_of_token(&self, token: &Secret) -> Result<Account> {
        let now = self.now();
        let claims = self.keys.verify(token.expose(), now.timestamp()).ok_or(Error::Unauthenticated)?;
        let mut account = self.account_of_session(Id::new(claims.sid)).await?;
        account.key_scopes = claims.scopes;
        account.expires_at = Some(claims.exp);
        Ok(account)
    }

    async fn account_of_session(&self, id: Id<session::Entity>) -> Result<Account> {
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
    async fn system_user(&self, tenant: Option<Id<tenant::Entity>>) -> Result<Account> {
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
            expires_at: None,
        })
    }

    /// Whether an account that was good at the beginning of a stream still is what it was.
    pub(crate) async fn still_stands(&self, account: &Account) -> Result<bool> {
        let now = match (account.session, account.id) {
            (Some(session), _) => self.account_of_session(session).await,
            (None, Some(id)) => self.known_by_id(id).await?.map(Known::account).ok_or(Error::Unauthenticated),
            (None, None) => return Ok(true),
        };
        match now {
            Ok(now) => {
                let same = (now.role, now.access, now.scope) == (account.role, account.access, account.scope);
                Ok(same && now.tenant == account.tenant)
            }
            Err(Error::Unauthenticated) => Ok(false),
            Err(other) => Err(other),
        }
    }

    async fn session_of_link(&self, tx: &Tx<'_>, token: &str) -> Result<session::Model> {
        let named = session::Column::LinkHash.eq(secret::token_hash(token));
        let found = tx.rows::<session::Entity>(named).await?.into_iter().next();
        found.filter(|row| lives(row, self.now())).ok_or(Error::Unauthenticated)
    }

    async fn revoke(&self, tx: &Tx<'_>, rows: Vec<session::Model>) -> Result<()> {
        for row in rows.into_iter().filter(|row| row.revoked_at.is_none()) {
            let mut changed = row.clone().into_active_model();
            changed.revoked_at = Set(Some(self.now()));
            tx.update(&Grant::<session::Entity>::beside(), row, changed).await?;
        }
        Ok(())
    }

    /// Writes a session with a new refresh token and signs an access token for it.
    async fn issue(&self, tx: &Tx<'_>, issue: Issue, scopes: Vec<String>) -> Result<Tokens> {
        let now = self.now();
        let refresh_token = secret::random_token()?;
        let hash = Some(secret::token_hash(&refresh_token));
        let grant = Grant::<session::Entity>::beside();
        let row = match issue {
            Issue::New(mut row) => {
                row.refresh_hash = Set(hash);
                row.last_used_at = Set(Some(now));
                tx.insert(&grant, *row).await?
            }
            Issue::Renewed(old) => {
                let mut row = old.as_ref().clone().into_active_model();
                row.former_refresh_hash = Set(old.refresh_hash.clone());
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
        let claims = Claims { sub, sid: row.id.number(), scopes, iat, exp: iat + ACCESS_SECONDS };
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
enum Issue {
    New(Box<session::ActiveModel>),
    Renewed(Box<session::Model>),
}

fn new_session(session_type: SessionType, expires_at: DateTime<Utc>) -> session::ActiveModel {
    session::ActiveModel {
        session_type: Set(session_type),
        expires_at: Set(expires_at),
        ..<session::ActiveModel as ActiveModelTrait>::default()
    }
}

fn lives(row: &session::Model, now: DateTime<Utc>) -> bool {
    row.revoked_at.is_none() && row.expires_at > now
}

fn shortened(text: &str) -> String {
    text.chars().take(255).collect()
}

fn given_or_made_up(password: Option<Secret>) -> Result<(Secret, Option<String>)> {
    match password {
        Some(password) => Ok((password, None)),
        None => {
            let text = crate::people::generate_password()?;
            Ok((Secret::new(text.clone()), Some(text)))
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
