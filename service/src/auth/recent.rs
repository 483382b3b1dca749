//! Who was let in a moment ago: a script's next call costs neither a query nor a signature.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use entity::Kind;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Credential;
use crate::{Account, Error, Event, Result, secret};

/// How many are remembered.
const MOST: usize = 10_000;

/// For how many seconds they are; a change of what an account rests on forgets it at once.
const SECONDS: i64 = 10;

/// What a request shows of itself, as a fingerprint under a key of this process.
pub(super) type Print = [u8; 32];

/// The accounts behind the credentials that were good a moment ago.
pub(crate) struct Recent {
    key: [u8; 32],
    within: Mutex<Within>,
}

#[derive(Default)]
struct Within {
    /// Grows with each change of an account, so that what was read before it is not remembered after it.
    changes: u64,
    accounts: HashMap<Print, LetIn>,
}

struct LetIn {
    account: Arc<Account>,
    /// Whether a name led to it, which may lead elsewhere once there are other users or tenants.
    by_name: bool,
    until: DateTime<Utc>,
}

impl Recent {
    pub(crate) fn new() -> Result<Self> {
        let mut key = [0; 32];
        secret::fill(&mut key)?;
        Ok(Self { key, within: Mutex::default() })
    }

    /// The fingerprint of a credential and of all else that decides whom it lets in.
    pub(super) fn print(
        &self,
        credential: &Credential,
        host: Option<&str>,
        address: Option<IpAddr>,
    ) -> Result<Print> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).map_err(Error::internal)?;
        let mut add = |part: &[u8]| {
            mac.update(&part.len().to_be_bytes());
            mac.update(part);
        };
        match credential {
            Credential::Basic { login, password } => {
                add(login.as_bytes());
                add(password.expose().as_bytes());
                add(host.unwrap_or_default().as_bytes());
            }
            Credential::Bearer(token) => add(token.expose().as_bytes()),
            Credential::None | Credential::Malformed => {}
        }
        match address {
            Some(IpAddr::V4(address)) => add(&address.octets()),
            Some(IpAddr::V6(address)) => add(&address.octets()),
            None => {}
        }
        Ok(mac.finalize().into_bytes().into())
    }

    /// The account that was let in with this, and how many changes there were so far.
    pub(super) fn find(&self, print: &Print, now: DateTime<Utc>) -> (Option<Arc<Account>>, u64) {
        let within = self.within();
        let found = within.accounts.get(print).filter(|found| now < found.until);
        (found.map(|found| found.account.clone()), within.changes)
    }

    /// Remembers who was let in, unless an account has changed since `changes` was told.
    pub(super) fn keep(
        &self,
        print: Print,
        account: &Arc<Account>,
        by_name: bool,
        now: DateTime<Utc>,
        changes: u64,
    ) {
        let mut within = self.within();
        if within.changes != changes {
            return;
        }
        if within.accounts.len() >= MOST {
            within.accounts.retain(|_, found| now < found.until);
        }
        if within.accounts.len() >= MOST {
            within.accounts.clear();
        }
        let end = account.expires_at.and_then(|end| DateTime::from_timestamp(end, 0));
        let until = now + TimeDelta::seconds(SECONDS);
        let until = end.map_or(until, |end| std::cmp::min(end, until));
        within.accounts.insert(print, LetIn { account: account.clone(), by_name, until });
    }

    /// Forgets whomever a change may concern.
    pub(crate) fn forget(&self, kind: Kind, row: i64, event: Event) {
        let names = matches!(kind, Kind::User | Kind::Tenant);
        // A new key or session stands behind nobody yet.
        if !names && (!matches!(kind, Kind::ApiKey | Kind::Session) || event == Event::Created) {
            return;
        }
        let mut within = self.within();
        within.changes += 1;
        within.accounts.retain(|_, found| !(names && found.by_name || found.account.rests_on(kind, row)));
    }

    fn within(&self) -> MutexGuard<'_, Within> {
        self.within.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
