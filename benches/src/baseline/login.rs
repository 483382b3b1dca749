//! Who is calling, as the server finds it out: from memory for ten seconds, else by one statement.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, header};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::Refusal;
use super::database::{Database, Given, Sql};
use crate::seed;

/// For how long a log-in is remembered.
const REMEMBERED: Duration = Duration::from_secs(10);

/// What lets a key in: it has not ended, its user is active, and its tenant is not frozen.
const KEY: Sql = Sql {
    postgres: "SELECT u.id, u.tenant_id, u.login, u.role, k.key_hash FROM api_key k JOIN \"user\" u ON u.id = k.user_id \
        LEFT JOIN tenant t ON t.id = u.tenant_id WHERE k.key_prefix = $1 AND (k.expires_at IS NULL OR k.expires_at > now()) \
        AND u.status = 'ACTIVE' AND NOT coalesce(t.frozen, false)",
    sqlite: "SELECT u.id, u.tenant_id, u.login, u.role, k.key_hash FROM api_key k JOIN \"user\" u ON u.id = k.user_id \
        LEFT JOIN tenant t ON t.id = u.tenant_id WHERE k.key_prefix = ?1 \
        AND (k.expires_at IS NULL OR k.expires_at > strftime('%Y-%m-%dT%H:%M:%S', 'now')) \
        AND u.status = 'ACTIVE' AND NOT coalesce(t.frozen, false)",
};

/// A user who is let in.
pub struct Account {
    /// The user.
    pub id: i64,
    /// The user's tenant; an operator has none.
    pub tenant: Option<i64>,
    /// The name it logs in with.
    pub login: String,
    /// What it may do.
    pub role: String,
}

/// An account, and until when it need not be asked for again.
type LetIn = (Arc<Account>, Instant);

/// Who was let in a moment ago.
pub struct Logins {
    key: [u8; 32],
    recent: Mutex<HashMap<[u8; 32], LetIn>>,
}

impl Default for Logins {
    fn default() -> Self {
        Self { key: [7; 32], recent: Mutex::default() }
    }
}

impl Logins {
    /// The account behind a request.
    pub(super) async fn account(
        &self,
        database: &Database,
        headers: &HeaderMap,
        address: IpAddr,
    ) -> Result<Arc<Account>, Refusal> {
        let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = token.and_then(|value| value.strip_prefix("Bearer ")).ok_or(Refusal::Unauthenticated)?;
        let print = self.print(token, address).ok_or(Refusal::Unauthenticated)?;
        let now = Instant::now();
        if let Some((account, until)) = self.recent.lock().unwrap_or_else(PoisonError::into_inner).get(&print)
            && now < *until
        {
            return Ok(account.clone());
        }
        let prefix = token.get(..12).ok_or(Refusal::Unauthenticated)?;
        let found: Option<(i64, Option<i64>, String, String, String)> =
            database.row(&KEY, &[Given::Text(Some(prefix))]).await?;
        let (id, tenant, login, role, hash) = found.ok_or(Refusal::Unauthenticated)?;
        if hash != seed::hash(token) {
            return Err(Refusal::Unauthenticated);
        }
        let account = Arc::new(Account { id, tenant, login, role });
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.insert(print, (account.clone(), now + REMEMBERED));
        Ok(account)
    }

    fn print(&self, token: &str, address: IpAddr) -> Option<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(token.as_bytes());
        match address {
            IpAddr::V4(address) => mac.update(&address.octets()),
            IpAddr::V6(address) => mac.update(&address.octets()),
        }
        Some(mac.finalize().into_bytes().into())
    }
}
