//! The feed of changes: one reader of the log, many subscribers, each with a cursor of its own.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use entity::{Id, Kind, change, tenant, user};
use futures_util::Stream;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::Expr,
};
use tokio::sync::{Notify, watch};

use crate::{Action, Caller, Cursor, Error, Reach, Result, Services, cursor::never_a_cursor};

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "ChangeEvent")]
pub enum Event {
    /// It was made.
    Created,
    /// It was changed.
    Updated,
    /// It was removed.
    Deleted,
    /// Changes are missing here: read again what you hold, then go on from this cursor.
    Resync,
}

impl Event {
    /// The word in the log.
    pub const fn word(self) -> &'static str {
        match self {
            Event::Created => "CREATED",
            Event::Updated => "UPDATED",
            Event::Deleted => "DELETED",
            Event::Resync => "RESYNC",
        }
    }

    fn of_word(word: &str) -> Self {
        match word {
            "CREATED" => Event::Created,
            "UPDATED" => Event::Updated,
            "DELETED" => Event::Deleted,
            _ => Event::Resync,
        }
    }
}

/// One accepted write, as a subscriber sees it.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its place in the log.
    pub cursor: Cursor,
    /// What happened.
    pub event: Event,
    /// To which kind of row; none on RESYNC.
    pub kind: Option<Kind>,
    /// To which row.
    pub row: i64,
    /// The row's version after it.
    pub version: i32,
    /// The tenant that the row belongs to.
    pub tenant: Option<Id<tenant::Entity>>,
    /// The tenant that the row left.
    pub former_tenant: Option<Id<tenant::Entity>>,
    /// The person that the row belongs to.
    pub owner: Option<Id<user::Entity>>,
    /// The person that the row left.
    pub former_owner: Option<Id<user::Entity>>,
}

impl Change {
    fn of(row: change::Model) -> Self {
        Self {
            cursor: Cursor::at(row.transaction, row.sequence),
            event: Event::of_word(&row.event),
            kind: Kind::of_word(&row.kind),
            row: row.row_id,
            version: row.version,
            tenant: row.tenant_id,
            former_tenant: row.former_tenant_id,
            owner: row.owner_id,
            former_owner: row.former_owner_id,
        }
    }

    fn resync(cursor: Cursor) -> Self {
        Self {
            cursor,
            event: Event::Resync,
            kind: None,
            row: 0,
            version: 0,
            tenant: None,
            former_tenant: None,
            owner: None,
            former_owner: None,
        }
    }

    /// Whether the caller may hear of it: it may read the row, or could until the row left.
    fn visible_to(&self, caller: &Caller) -> bool {
        let Some(kind) = self.kind else { return true };
        let (Ok(account), Ok(reach)) = (caller.account(), caller.reach(kind, Action::Read)) else {
            return false;
        };
        let own = |tenant: Option<Id<tenant::Entity>>| tenant.is_some() && tenant == account.tenant;
        let shared = kind.is_shared() && self.tenant.is_none() && self.former_tenant.is_none();
        match reach {
            None => false,
            Some(Reach::Platform) => true,
            Some(Reach::Tenant) => own(self.tenant) || own(self.former_tenant) || shared,
            Some(Reach::Own) => {
                let mine = account.id.is_some() && [self.owner, self.former_owner].contains(&account.id);
                own(self.tenant) && (!kind.is_owned() || mine)
            }
        }
    }
}

/// The moment at which a subscriber asked: what was read of the log by then, and what was written
/// through this process but not read yet.
#[derive(Clone, Debug)]
pub struct Moment {
    head: Cursor,
    unread: Arc<HashSet<Cursor>>,
}

/// How many changes are kept in memory; who is further behind reads the table.
const KEPT: usize = 1024;
/// How many changes one statement reads.
const BATCH: u64 = 500;

/// The newest changes, and the word that there are more.
pub(crate) struct Feed {
    newest: Mutex<VecDeque<Arc<Change>>>,
    /// What was committed here and comes after the head: it is in the past of whoever asks now.
    unread: Mutex<Arc<HashSet<Cursor>>>,
    head: watch::Sender<Cursor>,
    written: Notify,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            newest: Mutex::default(),
            unread: Mutex::default(),
            head: watch::Sender::new(Cursor::default()),
            written: Notify::new(),
        }
    }
}

impl Feed {
    /// Says that these changes were committed; the log says what they are.
    pub(crate) fn committed(&self, changes: Vec<Cursor>) {
        let mut unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        let head = *self.head.borrow();
        let changes = changes.into_iter().filter(|cursor| *cursor > head).collect::<Vec<_>>();
        if !changes.is_empty() {
            Arc::make_mut(&mut unread).extend(changes);
        }
        drop(unread);
        self.written.notify_one();
    }

    /// Takes what was read of the log.
    fn read(&self, news: Vec<Change>) {
        let Some(head) = news.last().map(|change| change.cursor) else { return };
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.extend(news.into_iter().map(Arc::new));
        let surplus = newest.len().saturating_sub(KEPT);
        newest.drain(..surplus);
        self.head.send_replace(head);
        drop(newest);
        // After the head has moved, so that what is committed meanwhile is either kept out or taken out.
        let mut unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        if !unread.is_empty() {
            Arc::make_mut(&mut unread).retain(|cursor| *cursor > head);
        }
    }

    /// The changes after a place: from memory, or from the table for who is further behind.
    async fn after(&self, db: &DatabaseConnection, cursor: Cursor) -> Result<Vec<Arc<Change>>> {
        {
            let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
            if newest.front().is_some_and(|oldest| oldest.cursor <= cursor) {
                let from = newest.partition_point(|change| change.cursor <= cursor);
                return Ok(newest.range(from..).cloned().collect());
            }
        }
        if cursor >= *self.head.borrow() {
            return Ok(Vec::new());
        }
        Ok(read_log(db, cursor).await?.into_iter().map(Arc::new).collect())
    }
}

/// What comes after a place, in the order of the log.
fn later(cursor: Cursor) -> Condition {
    use change::Column::{Sequence, Transaction};
    Condition::any()
        .add(Transaction.gt(cursor.transaction))
        .add(Condition::all().add(Transaction.eq(cursor.transaction)).add(Sequence.gt(cursor.sequence)))
}

/// What no transaction that is still open can come before.
fn certain(db: &DatabaseConnection) -> Condition {
    match db.get_database_backend() {
        DbBackend::Postgres => Condition::all()
            .add(Expr::cust("\"transaction\" < pg_snapshot_xmin(pg_current_snapshot())::text::bigint")),
        _ => Condition::all(), // one writes at a time
    }
}

/// The log after a place, in the order in which transactions became certain.
#[expect(clippy::disallowed_methods, reason = "the log is no resource and has no grant")]
async fn read_log(db: &DatabaseConnection, cursor: Cursor) -> Result<Vec<Change>> {
    use change::Column::{Sequence, Transaction};
    let query = change::Entity::find().filter(later(cursor)).filter(certain(db));
    let rows = query.order_by_asc(Transaction).order_by_asc(Sequence).limit(BATCH).all(db).await?;
    Ok(rows.into_iter().map(Change::of).collect())
}

impl Services {
    /// Where the log ends now.
    #[expect(clippy::disallowed_methods, reason = "the log is no resource and has no grant")]
    async fn log_end(&self) -> Result<Cursor> {
        use change::Column::{Sequence, Transaction};
        let query = change::Entity::find().filter(certain(&self.reader));
        let last = query.order_by_desc(Transaction).order_by_desc(Sequence).one(&self.reader).await?;
        Ok(last.map(|row| Change::of(row).cursor).unwrap_or_default())
    }

    /// Whether changes after this place have been thrown away.
    #[expect(clippy::disallowed_methods, reason = "the log is no resource and has no grant")]
    async fn is_forgotten(&self, cursor: Cursor) -> Result<bool> {
        let first = change::Entity::find().order_by_asc(change::Column::Sequence).one(&self.reader).await?;
        Ok(first.is_some_and(|row| row.sequence.saturating_sub(1) > cursor.sequence))
    }

    /// Reads the end of the log before the first subscriber comes.
    pub(crate) async fn open_feed(&self) -> Result<()> {
        if self.writer.get_database_backend() == DbBackend::Postgres {
            // A log that was restored into a new cluster has transactions that are still to come there.
            let sql = "UPDATE change SET \"transaction\" = 0 \
                       WHERE \"transaction\" >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
            self.writer.execute_unprepared(sql).await?;
        }
        self.feed.head.send_replace(self.log_end().await?);
        Ok(())
    }

    /// Reads the log for all subscribers, as long as the server lives.
    pub async fn run_feed(&self) {
        let postgres = self.reader.get_database_backend() == DbBackend::Postgres;
        loop {
            let head = *self.feed.head.borrow();
            match read_log(&self.reader, head).await {
                Ok(news) if !news.is_empty() => {
                    self.feed.read(news);
                    continue;
                }
                Ok(_) => {}
                Err(failure) => {
                    tracing::error!(%failure, "the change log cannot be read");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
            let written = self.feed.written.notified();
            // On PostgreSQL another process may have written, or an older transaction may have ended. Anywhere
            // a request may be dropped between its commit and its word that something was written.
            let patience = Duration::from_millis(if postgres { 50 } else { 1000 });
            let _ = tokio::time::timeout(patience, written).await;
        }
    }

    /// This moment, from which a stream may begin even when its first statement runs later.
    pub fn moment(&self) -> Moment {
        // In this order: what is read in between is then in both and not in neither.
        let unread = self.feed.unread.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Moment { head: *self.feed.head.borrow(), unread }
    }

    /// What the caller may see of the changes: those after `since`, or else after the moment it asked,
    /// then those to come.
    ///
    /// Ends with an error when the caller's token ends or its rights shrink.
    pub async fn changes(
        self: &Arc<Self>,
        caller: Caller,
        since: Option<&str>,
        asked: Moment,
    ) -> Result<impl Stream<Item = Result<Arc<Change>>> + use<>> {
        let account = caller.account()?.clone();
        let services = self.clone();
        let mut head = services.feed.head.subscribe();
        let start = asked.head;
        let mut past = Arc::default();
        let (mut cursor, forgotten) = match since {
            None => {
                past = asked.unread;
                (start, false)
            }
            Some(text) => {
                let since: Cursor = text.parse()?;
                let end = services.log_end().await?;
                if since > end && since > start {
                    return Err(never_a_cursor());
                }
                (since, services.is_forgotten(since).await?)
            }
        };
        Ok(asynk_strim::try_stream_fn(async move |mut subscriber| {
            if forgotten {
                cursor = *head.borrow();
                subscriber.yield_ok(Arc::new(Change::resync(cursor))).await;
            }
            loop {
                if account.expires_at.is_some_and(|end| end <= services.now().timestamp()) {
                    return Err(Error::Unauthenticated);
                }
                head.borrow_and_update(); // before reading, so that nothing slips in between
                let news = services.feed.after(&services.reader, cursor).await?;
                if news.is_empty() {
                    let ends_in = account.expires_at.map(|end| end - services.now().timestamp());
                    let ended = async {
                        match ends_in {
                            Some(seconds) => {
                                tokio::time::sleep(Duration::from_secs(seconds.max(0).unsigned_abs())).await;
                            }
                            None => std::future::pending().await,
                        }
                    };
                    tokio::select! {
                        changed = head.changed() => if changed.is_err() { return Ok(()) },
                        () = ended => return Err(Error::Unauthenticated),
                    }
                }
                for change in news {
                    cursor = change.cursor;
                    if touches(&change, &account) && !services.still_stands(&account).await? {
                        return Err(Error::Unauthenticated);
                    }
                    if !past.contains(&change.cursor) && change.visible_to(&caller) {
                        subscriber.yield_ok(change).await;
                    }
                }
            }
        }))
    }
}

/// Whether a change may have shrunk the rights of an account.
fn touches(change: &Change, account: &crate::Account) -> bool {
    match change.kind {
        Some(Kind::User) => account.id.is_some_and(|id| id.number() == change.row),
        Some(Kind::Tenant) => account.tenant.is_some_and(|id| id.number() == change.row),
        Some(Kind::ApiKey) => account.key.is_some_and(|id| id.number() == change.row),
        Some(Kind::Session) => account.session.is_some_and(|id| id.number() == change.row),
        _ => false,
    }
}
