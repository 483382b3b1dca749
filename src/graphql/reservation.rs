//! Event streams that are reserved before they are opened: the single connection mode of `graphql-sse`.
//!
//! A reservation lives in the memory of one process. It ends when it is not opened in time, and with the
//! stream that fulfils it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use service::{Account, Caller, Error, secret};
use tokio::time::Instant;

use super::{
    events::{Events, Shared, shared},
    operations::{Operations, Stepped, ends_at},
};
use crate::app::App;

/// How many streams may be reserved or open, of one account and of all.
const OF_ONE: usize = 1_000;
const OF_ALL: usize = 20_000;

/// The reservations of all accounts, by their tokens.
#[derive(Default)]
pub struct Reservations(Mutex<HashMap<String, Arc<Reservation>>>);

/// One stream, reserved or open.
pub(super) struct Reservation {
    owner: Account,
    /// Until when it has to be opened.
    open_until: Instant,
    /// When the token of its owner ends.
    ends_at: Option<Instant>,
    operations: Shared,
    /// What the stream will carry; none once it is open.
    stepped: Mutex<Option<Stepped>>,
}

/// Why a stream is not opened.
pub(super) enum Closed {
    /// Nobody reserved it, or its time is over.
    Unknown,
    /// It is open already.
    Open,
}

/// Keeps a stream open; the reservation ends with it.
pub(super) struct Opened {
    reservations: Arc<Reservations>,
    token: String,
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.reservations.lock().remove(&self.token);
    }
}

impl Reservation {
    /// Its operations, to begin and to end some.
    pub(super) fn operations(&self) -> MutexGuard<'_, Operations> {
        self.operations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stepped(&self) -> MutexGuard<'_, Option<Stepped>> {
        self.stepped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it still is, or may become, a stream.
    fn lives(&self, now: Instant) -> bool {
        self.open_until > now || self.stepped().is_none()
    }
}

impl Reservations {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Reservation>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reserves a stream for an account and answers its token.
    ///
    /// # Errors
    /// Unauthenticated for nobody, LimitExceeded when there are too many.
    pub(super) fn make(&self, app: &App, caller: &Caller) -> service::Result<String> {
        let owner = caller.account()?.clone();
        let mut token = [0; 32];
        secret::fill(&mut token)?;
        let token = BASE64_URL_SAFE_NO_PAD.encode(token);
        let mut kept = self.lock();
        let own = kept.values().filter(|one| is_same(&one.owner, &owner)).count();
        if own >= OF_ONE || kept.len() >= OF_ALL {
            return Err(Error::LimitExceeded("too many reserved streams".to_owned()));
        }
        let (operations, stepped) = Operations::new(app, shared);
        let reservation = Reservation {
            owner,
            open_until: Instant::now() + Duration::from_secs(app.config.limits.init_seconds),
            ends_at: ends_at(app, caller),
            operations: Arc::new(Mutex::new(operations)),
            stepped: Mutex::new(Some(stepped)),
        };
        kept.insert(token.clone(), Arc::new(reservation));
        Ok(token)
    }

    /// The stream that this account has reserved; another's does not exist.
    pub(super) fn of(&self, token: &str, account: &Account) -> Option<Arc<Reservation>> {
        let found = self.lock().get(token).cloned()?;
        (found.lives(Instant::now()) && is_same(&found.owner, account)).then_some(found)
    }

    /// Opens a reserved stream.
    ///
    /// # Errors
    /// When there is nothing to open.
    pub(super) fn open(self: &Arc<Self>, token: String) -> Result<Events, Closed> {
        let found = self.lock().get(&token).cloned().ok_or(Closed::Unknown)?;
        if !found.lives(Instant::now()) {
            return Err(Closed::Unknown);
        }
        let stepped = found.stepped().take().ok_or(Closed::Open)?;
        let opened = Some(Opened { reservations: self.clone(), token });
        Ok(Events { operations: found.operations.clone(), stepped, opened, ends_at: found.ends_at })
    }

    /// Forgets what was not opened in time, for as long as it is polled.
    pub async fn keep_tidy(&self) {
        let mut pause = tokio::time::interval(Duration::from_secs(1));
        loop {
            pause.tick().await;
            let now = Instant::now();
            self.lock().retain(|_, reservation| reservation.lives(now));
        }
    }
}

/// Whether two are one account, by whatever credentials.
fn is_same(one: &Account, other: &Account) -> bool {
    (one.id, one.tenant, &one.login) == (other.id, other.tenant, &other.login)
}
