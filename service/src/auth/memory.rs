//! What is remembered of log-ins.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use entity::{Id, Sealed, user};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{Error, Result, Secret, secret};

/// For how long a verified password is remembered, and failed log-ins are counted.
const WINDOW: Duration = Duration::from_secs(300);

/// What is remembered of log-ins: passwords that were good, and how often one was not.
pub struct Memory {
    pub(super) key: [u8; 32],
    pub(super) verified: moka::sync::Cache<[u8; 32], ()>,
    failed: moka::sync::Cache<(String, Option<IpAddr>), Arc<Failures>>,
    bound: u32,
    pub(super) nobody: String,
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
    pub(super) fn fingerprint(
        &self,
        user: Id<user::Entity>,
        password: &Secret,
        stored: &Sealed,
    ) -> Result<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).map_err(Error::internal)?;
        mac.update(&user.number().to_be_bytes());
        mac.update(stored.as_closed().unwrap_or_default());
        mac.update(password.expose().as_bytes());
        Ok(mac.finalize().into_bytes().into())
    }

    /// Refuses an account that has failed too often from this address.
    pub(super) fn check(&self, name: &str, address: Option<IpAddr>) -> Result<()> {
        let Some(failures) = self.failed.get(&(name.to_owned(), address)) else { return Ok(()) };
        if self.bound == 0 || failures.count.load(Ordering::Relaxed) < self.bound {
            return Ok(());
        }
        let left = WINDOW.saturating_sub(failures.since.elapsed());
        Err(Error::SlowDown(std::cmp::max(left.as_secs(), 1)))
    }

    /// Counts a failure.
    pub(super) fn failed(&self, name: &str, address: Option<IpAddr>) {
        let fresh = || Arc::new(Failures { since: Instant::now(), count: AtomicU32::new(0) });
        let failures = self.failed.get_with((name.to_owned(), address), fresh);
        failures.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Forgets the failures before a success.
    pub(super) fn succeeded(&self, name: &str, address: Option<IpAddr>) {
        self.failed.invalidate(&(name.to_owned(), address));
    }
}
