//! Requests with a key of the client's choice, which run once: when the answer is lost on its way, the
//! client sends the request again and gets the first result.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use entity::keyed_request::{self, Column};
use sea_orm::{
    ActiveValue::NotSet,
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryTrait, Set,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::{Account, Caller, Code, Error, Result, Services};

/// For how long a key is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// How much longer than a request may take until it is taken for cut off.
const MARGIN: TimeDelta = TimeDelta::seconds(5);
/// The longest answer that is kept, in bytes.
const LONGEST: usize = 1 << 20;
/// How many old keys are thrown away at a time.
const SOME: u64 = 1000;

const FINGERPRINT: &str = "keyed_request.fingerprint";
const ANSWER: &str = "keyed_request.answer";

/// The right to run a request with a key.
#[derive(Debug)]
pub struct Claim {
    row: i64,
    turn: i64,
    tried: AtomicBool,
    written: AtomicBool,
}

impl Claim {
    /// Whether the request began to write.
    pub fn has_tried(&self) -> bool {
        self.tried.load(Ordering::SeqCst)
    }

    /// Whether the request wrote.
    pub fn has_written(&self) -> bool {
        self.written.load(Ordering::SeqCst)
    }

    /// Notes that it wrote, once the transaction is committed that says so in the table.
    pub(crate) fn committed(&self) {
        self.written.store(true, Ordering::SeqCst);
    }

    /// Notes in its first transaction that it writes. No later request can take its place from then on.
    ///
    /// # Errors
    /// CONFLICT when another one has already done so.
    #[expect(clippy::disallowed_methods, reason = "a keyed request is no resource and has no grant")]
    pub(crate) async fn mark(&self, transaction: &DatabaseTransaction) -> Result<()> {
        self.tried.store(true, Ordering::SeqCst);
        if self.has_written() {
            return Ok(());
        }
        let marked = keyed_request::Entity::update_many()
            .col_expr(Column::Written, Expr::value(true))
            .filter(self.own())
            .exec(transaction)
            .await?;
        match marked.rows_affected {
            0 => Err(Error::refused(Code::Conflict, None, "it took too long and was begun anew")),
            _ => Ok(()),
        }
    }

    /// Its row, as long as nobody has taken its place.
    fn own(&self) -> Condition {
        Condition::all().add(Column::Id.eq(self.row)).add(Column::Turn.eq(self.turn))
    }
}

/// What is to be done with a request that has a key.
#[derive(Debug)]
pub enum Turn {
    /// It is run, and then settled.
    Run(Arc<Claim>),
    /// It was run before, and this was answered.
    Answered(String),
}

/// Why a request with a key is neither run nor answered as the first was.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unrepeatable {
    /// The key is not of its form.
    #[error("an Idempotency-Key is one text of 1 to 255 printable ASCII characters")]
    Malformed,
    /// The key came with another request before.
    #[error("this Idempotency-Key came with another request before")]
    OtherRequest,
    /// The first request with the key is not answered yet.
    #[error("the first request with this Idempotency-Key is still under way, try again later")]
    UnderWay,
    /// The first request wrote, and nobody knows any more what it answered.
    #[error(
        "the request {0} with this Idempotency-Key wrote, but its answer is not kept: see what is there, and use another key"
    )]
    AnswerLost(String),
    /// It cannot be found out.
    #[error(transparent)]
    Failed(Error),
}

type Decided<T> = std::result::Result<T, Unrepeatable>;

impl<E: Into<Error>> From<E> for Unrepeatable {
    fn from(failure: E) -> Self {
        Self::Failed(failure.into())
    }
}

/// Whose key it is, in one word.
fn word(account: &Account) -> Option<String> {
    match (account.id, account.tenant) {
        (Some(user), _) => Some(user.to_string()),
        (None, Some(tenant)) => Some(tenant.to_string()),
        (None, None) => None,
    }
}

/// Whether a key is of its form.
fn is_key(key: &str) -> bool {
    (1..=255).contains(&key.len()) && key.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

/// What tells a request from every other, also from the same one by an API key that may do less.
fn fingerprint(door: &str, account: &Account, parts: &[&[u8]]) -> String {
    let key = account.key.map(|key| key.to_string()).unwrap_or_default();
    let scopes = account.key_scopes.join(" ");
    let mut digest = Sha256::new();
    for part in [door.as_bytes(), key.as_bytes(), scopes.as_bytes()].iter().chain(parts) {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A request that has a key, and who sent it.
struct Asked<'a> {
    account: &'a Account,
    word: &'a str,
    key: &'a str,
    fingerprint: &'a str,
    request_id: &'a str,
    /// How long a request may take.
    longest: TimeDelta,
}

impl Services {
    /// Decides whether a request with a key is run or was answered before; its parts tell it from others. One
    /// that comes while the first is under way waits for its answer, as long as a request may take.
    ///
    /// # Errors
    /// Unauthenticated for the anonymous; UnderWay when the first is not answered in time.
    pub async fn claim(
        &self,
        caller: &Caller,
        key: &str,
        parts: &[&[u8]],
        longest: Duration,
    ) -> Decided<Turn> {
        let account = caller.account()?;
        let word = word(account).ok_or(Error::Unauthenticated)?;
        if !is_key(key) {
            return Err(Unrepeatable::Malformed);
        }
        let until = Instant::now() + longest;
        let longest = TimeDelta::from_std(longest).unwrap_or(KEPT);
        let fingerprint = &fingerprint(caller.door, account, parts);
        let asked = Asked { account, word: &word, key, fingerprint, request_id: &caller.request_id, longest };
        let mut pause = Duration::from_millis(20);
        let mut looks = 0;
        loop {
            if let Some(claim) = self.first_claim(&asked).await? {
                return Ok(Turn::Run(claim));
            }
            while let Some(row) = self.keyed_request(&asked).await? {
                looks += 1;
                if let Some(turn) = self.later_claim(&asked, row, looks).await? {
                    return Ok(turn);
                }
                if Instant::now() >= until {
                    return Err(Unrepeatable::UnderWay);
                }
                tokio::time::sleep(pause).await;
                pause = std::cmp::min(2 * pause, Duration::from_millis(500));
            }
        }
    }

    /// The row of a key; none when it was released in between.
    #[expect(clippy::disallowed_methods, reason = "a keyed request is no resource and has no grant")]
    async fn keyed_request(&self, asked: &Asked<'_>) -> Result<Option<keyed_request::Model>> {
        let named = Column::Account.eq(asked.word).and(Column::IdempotencyKey.eq(asked.key));
        Ok(keyed_request::Entity::find().filter(named).one(&self.reader).await?)
    }

    /// Claims a key that nobody has used.
    #[expect(clippy::disallowed_methods, reason = "a keyed request is no resource and has no grant")]
    async fn first_claim(&self, asked: &Asked<'_>) -> Result<Option<Arc<Claim>>> {
        let row = keyed_request::ActiveModel {
            id: NotSet,
            account: Set(asked.word.to_owned()),
            user_id: Set(asked.account.id),
            tenant_id: Set(asked.account.tenant.filter(|_| asked.account.id.is_none())),
            idempotency_key: Set(asked.key.to_owned()),
            fingerprint: Set(self.vault.seal(FINGERPRINT, asked.fingerprint)?),
            turn: Set(1),
            request_id: Set(asked.request_id.to_owned()),
            begun_at: Set(self.now()),
            written: Set(false),
            ended: Set(false),
            answer: Set(None),
        };
        let taken = OnConflict::columns([Column::Account, Column::IdempotencyKey]).do_nothing().to_owned();
        let mut insert = keyed_request::Entity::insert(row).into_query();
        insert.on_conflict(taken).returning(Query::returning().column(Column::Id));
        let inserted = match self.writer.query_one(&insert).await.map_err(Error::from) {
            // The account was removed since it was let in.
            Err(error) if error.has(Code::InUse) => return Err(Error::Unauthenticated),
            inserted => inserted?,
        };
        inserted.map(|row| Ok(claim(row.try_get_by_index(0)?, 1))).transpose()
    }

    /// What follows from a key that was used before; nothing while its request is under way.
    async fn later_claim(
        &self,
        asked: &Asked<'_>,
        row: keyed_request::Model,
        looks: u32,
    ) -> Decided<Option<Turn>> {
        let now = self.now();
        if is_old(&row, now) {
            return self.take_over(asked, &row, Condition::all()).await;
        }
        if self.vault.open(FINGERPRINT, &row.fingerprint)? != asked.fingerprint {
            return Err(Unrepeatable::OtherRequest);
        }
        match (row.ended, &row.answer) {
            (true, Some(answer)) => Ok(Some(Turn::Answered(self.vault.open(ANSWER, answer)?))),
            (true, None) => Err(Unrepeatable::AnswerLost(row.request_id)),
            (false, _) if now - row.begun_at <= asked.longest + MARGIN => Ok(None),
            (false, _) if !row.written => {
                let idle = Condition::all().add(Column::Ended.eq(false)).add(Column::Written.eq(false));
                self.take_over(asked, &row, idle).await
            }
            // It may have written only now, and its answer follows.
            (false, _) if looks < 2 => Ok(None),
            (false, _) => Err(Unrepeatable::AnswerLost(row.request_id)),
        }
    }

    /// Runs a request anew in the place of one that is as if it had never been, unless that has moved on.
    #[expect(clippy::disallowed_methods, reason = "a keyed request is no resource and has no grant")]
    async fn take_over(
        &self,
        asked: &Asked<'_>,
        row: &keyed_request::Model,
        still: Condition,
    ) -> Decided<Option<Turn>> {
        let claim = claim(row.id, row.turn + 1);
        let taken = keyed_request::Entity::update_many()
            .set(keyed_request::ActiveModel {
                fingerprint: Set(self.vault.seal(FINGERPRINT, asked.fingerprint)?),
                turn: Set(claim.turn),
                request_id: Set(asked.request_id.to_owned()),
                begun_at: Set(self.now()),
                written: Set(false),
                ended: Set(false),
                answer: Set(None),
                ..Default::default()
            })
            .filter(Column::Id.eq(row.id).and(Column::Turn.eq(row.turn)))
            .filter(still)
            .exec(&self.writer)
            .await?;
        Ok((taken.rows_affected > 0).then_some(Turn::Run(claim)))
    }

    /// Keeps what a request with a key was answered. Without an answer the key is free again, unless the
    /// request wrote.
    #[expect(clippy::disallowed_methods, reason = "a keyed request is no resource and has no grant")]
    pub async fn settle(&self, claim: &Claim, answer: Option<&str>) -> Result<()> {
        let answer = match answer {
            None if !claim.has_written() => {
                // The table knows better: a commit may have been cut off.
                let released = claim.own().add(Column::Written.eq(false));
                keyed_request::Entity::delete_many().filter(released).exec(&self.writer).await?;
                return Ok(());
            }
            Some(answer) if answer.len() <= LONGEST => Some(self.vault.seal(ANSWER, answer)?),
            _ => None,
        };
        keyed_request::Entity::update_many()
            .set(keyed_request::ActiveModel { ended: Set(true), answer: Set(answer), ..Default::default() })
            .filter(claim.own())
            .exec(&self.writer)
            .await?;
        Ok(())
    }

    /// Throws away the keys that are kept no longer, and answers how many.
    #[expect(clippy::disallowed_methods, reason = "a keyed request is no resource and has no grant")]
    pub async fn forget_keys(&self) -> Result<u64> {
        let mut forgotten = 0;
        loop {
            let mut old = Query::select();
            old.column(Column::Id)
                .from(keyed_request::Entity)
                .cond_where(Column::BegunAt.lte(self.now() - KEPT))
                .limit(SOME);
            let delete = keyed_request::Entity::delete_many().filter(Column::Id.in_subquery(old));
            let some = delete.exec(&self.writer).await?.rows_affected;
            forgotten += some;
            if some < SOME {
                return Ok(forgotten);
            }
        }
    }
}

fn claim(row: i64, turn: i64) -> Arc<Claim> {
    Arc::new(Claim { row, turn, tried: AtomicBool::default(), written: AtomicBool::default() })
}

/// Whether a key is kept no longer.
fn is_old(row: &keyed_request::Model, now: DateTime<Utc>) -> bool {
    row.begun_at <= now - KEPT
}
