//! What one subscriber hears: what it has missed, from memory or from the table, and then what comes.

use std::{cmp::Ordering, collections::HashSet, ops::Deref, sync::Arc, time::Duration};

use entity::{Id, Kind, change, tenant};
use futures_util::Stream;
use sea_orm::{ColumnTrait, Condition};
use tokio::sync::broadcast::error::RecvError;

use super::{
    Change, Moment,
    feed::Topic,
    log::{self, BATCH},
    rows::Rows,
};
use crate::{Account, Caller, Cursor, Error, Result, Services, cursor::never_a_cursor};

/// Which changes a subscriber asks for; all that it may see when nothing is said.
#[derive(Clone, Debug, Default)]
pub struct Interest {
    /// Only those of rows that are, or were until then, this tenant's.
    pub tenant: Option<Id<tenant::Entity>>,
    /// Only those of these kinds.
    pub kinds: Option<Vec<Kind>>,
    /// Only those of the row with this number.
    pub row: Option<i64>,
}

impl Interest {
    /// Whose changes have to be looked at; whoever has a tenant hears of no other.
    fn topic(&self, account: &Account) -> Topic {
        account.tenant.or(self.tenant)
    }

    fn wants(&self, change: &Change, account: &Account) -> bool {
        let Some(kind) = change.kind else { return true };
        let of_tenant = self.tenant.is_none_or(|tenant| {
            // Not even that a row has come from there.
            account.tenant.is_none_or(|own| own == tenant)
                && [change.tenant, change.former_tenant].contains(&Some(tenant))
        });
        of_tenant
            && self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind))
            && self.row.is_none_or(|row| row == change.row)
    }

    /// At least what is wanted, for a statement.
    fn condition(&self, topic: Topic) -> Condition {
        use change::Column::{FormerTenantId, RowId, TenantId};
        let mut all = Condition::all();
        if let Some(tenant) = topic {
            let of = Condition::any().add(TenantId.eq(tenant)).add(FormerTenantId.eq(tenant));
            all = all.add(of.add(TenantId.is_null()));
        }
        if let Some(kinds) = &self.kinds {
            all = all.add(change::Column::Kind.is_in(kinds.iter().map(|kind| kind.word())));
        }
        if let Some(row) = self.row {
            all = all.add(RowId.eq(row));
        }
        all
    }
}

/// A change that is told, and the rows that it and its neighbours are about.
#[derive(Clone, Debug)]
pub struct Heard {
    pub(super) change: Arc<Change>,
    pub(super) rows: Arc<Rows>,
}

impl Deref for Heard {
    type Target = Change;

    fn deref(&self) -> &Change {
        &self.change
    }
}

impl Heard {
    /// Changes that one subscriber has missed, with rows as they are now.
    fn all(missed: Vec<Arc<Change>>) -> Vec<Self> {
        let rows = Arc::new(Rows::of(missed.iter().map(Arc::as_ref)));
        missed.into_iter().map(|change| Self { change, rows: rows.clone() }).collect()
    }

    fn resync(cursor: Cursor) -> Self {
        Self { change: Arc::new(Change::resync(cursor)), rows: Arc::new(Rows::of([])) }
    }
}

/// Who listens to what.
struct Subscriber {
    services: Arc<Services>,
    caller: Caller,
    topic: Topic,
    interest: Interest,
    /// What was in the past when it asked, though nobody had read it of the log.
    past: Arc<HashSet<Cursor>>,
}

impl Subscriber {
    /// Whether to tell of a change.
    ///
    /// # Errors
    /// Unauthenticated when the token has ended, or the account is no longer what it was.
    async fn hears(&self, change: &Change) -> Result<bool> {
        let account = self.caller.account()?;
        let ended = |end| end <= self.services.now().timestamp();
        // In a box, as is what was missed, because a subscriber keeps room for what it only sometimes does.
        if account.expires_at.is_some_and(ended)
            || change.touches(account) && !Box::pin(self.services.still_stands(account)).await?
        {
            return Err(Error::Unauthenticated);
        }
        Ok(self.wants(change, account) && !self.past.contains(&change.cursor))
    }

    fn wants(&self, change: &Change, account: &Account) -> bool {
        self.interest.wants(change, account) && change.visible_to(&self.caller)
    }

    /// A batch of what came after one place and up to another, and how far it reaches; none when some of it has
    /// been thrown away.
    async fn missed(&self, from: Cursor, to: Cursor) -> Result<Option<(Vec<Heard>, Cursor)>> {
        let (services, account) = (&self.services, self.caller.account()?);
        let wanted = |change: &Change| change.touches(account) || self.wants(change, account);
        if let Some((changes, reached)) = services.feed.between(from, to, BATCH, wanted) {
            return Ok(Some((Heard::all(changes), reached)));
        }
        let condition = self.interest.condition(self.topic);
        let read = log::between(&services.reader, from, to, condition).await?;
        let reached = read.last().filter(|_| read.len() == BATCH).map_or(to, |last| last.cursor);
        // Asked last: what has been thrown away since is known to be.
        if log::state(&services.reader, from).await?.forgotten() > from {
            return Ok(None);
        }
        // The condition leaves out what the account rests on.
        if !services.still_stands(account).await? {
            return Err(Error::Unauthenticated);
        }
        let changes = read.into_iter().filter(|change| self.wants(change, account)).map(Arc::new).collect();
        Ok(Some((Heard::all(changes), reached)))
    }
}

impl Services {
    /// This moment, from which a stream may begin even when its first statement runs later.
    pub fn moment(&self) -> Moment {
        self.feed.moment()
    }

    /// Whether what comes after a place in the log has been thrown away.
    ///
    /// # Errors
    /// BadRequest when there never was such a place.
    async fn is_forgotten(&self, cursor: Cursor) -> Result<bool> {
        // In this order, because it may be thrown away in between.
        if log::has(&self.reader, cursor).await? {
            return Ok(false);
        }
        match log::state(&self.reader, cursor).await?.forgotten().cmp(&cursor) {
            Ordering::Greater => Ok(true),
            Ordering::Equal => Ok(false),
            Ordering::Less => Err(never_a_cursor()),
        }
    }

    /// What the caller may see of the changes that interest it: those after `since`, or else after the moment
    /// it asked, then those to come.
    ///
    /// Ends with an error when the caller's token ends or its rights shrink.
    ///
    /// # Errors
    /// BadRequest when `since` was never a cursor.
    pub async fn changes(
        self: &Arc<Self>,
        caller: Caller,
        interest: Interest,
        since: Option<&str>,
        asked: Moment,
    ) -> Result<impl Stream<Item = Result<Heard>> + use<>> {
        let account = caller.account()?;
        let ends_in = account.expires_at.map(|end| end - self.now().timestamp());
        let topic = interest.topic(account);
        let (mut cursor, past, mut forgotten) = match since {
            None => (asked.head, asked.unread, false),
            Some(text) => {
                let since = text.parse()?;
                (since, Arc::default(), self.is_forgotten(since).await?)
            }
        };
        let subscriber = Subscriber { services: self.clone(), caller, topic, interest, past };
        Ok(asynk_strim::try_stream_fn(async move |mut told| {
            let mut ended = std::pin::pin!(async {
                match ends_in {
                    Some(seconds) => {
                        tokio::time::sleep(Duration::from_secs(seconds.max(0).unsigned_abs())).await;
                    }
                    None => std::future::pending().await,
                }
            });
            loop {
                // First listen, then catch up, so that nothing slips in between.
                let (mut live, head) = subscriber.services.feed.listen(subscriber.topic);
                while forgotten || cursor < head {
                    if std::mem::take(&mut forgotten) {
                        cursor = head;
                        told.yield_ok(Heard::resync(cursor)).await;
                        continue;
                    }
                    let Some((missed, reached)) = Box::pin(subscriber.missed(cursor, head)).await? else {
                        forgotten = true;
                        continue;
                    };
                    for heard in missed {
                        if subscriber.hears(&heard).await? {
                            told.yield_ok(heard).await;
                        }
                    }
                    cursor = reached;
                }
                loop {
                    let heard = tokio::select! {
                        heard = live.recv() => match heard {
                            Ok(heard) => heard,
                            // Too slow, or there is something to catch up with.
                            Err(RecvError::Lagged(_) | RecvError::Closed) => break,
                        },
                        () = &mut ended => return Err(Error::Unauthenticated),
                    };
                    if heard.cursor <= cursor {
                        continue;
                    }
                    cursor = heard.cursor;
                    if subscriber.hears(&heard).await? {
                        told.yield_ok(heard).await;
                    }
                }
            }
        }))
    }
}
