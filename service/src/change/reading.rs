//! The one reader of the log: what wakes it, and how it looks again for what is not certain yet.
//!
//! On PostgreSQL other processes write as well. Each tells the others after its commits by one notification,
//! which only wakes: the table is the truth, and who hears nothing looks once a second all the same.

use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DbBackend,
    sqlx::{
        self,
        postgres::{PgListener, PgPool, PgPoolOptions},
    },
};

use super::{
    feed::KEPT,
    log::{self, BATCH},
};
use crate::{Result, Services};

/// The channel of the notifications.
const CHANNEL: &str = "switchboard_change";
/// How long the reader waits when nothing wakes it: a process may die, and a request be dropped, between a commit
/// and the word that something was written.
const PATIENCE: Duration = Duration::from_secs(1);
/// How soon it looks again for what waits for an older transaction, and how late at most.
const SOON: Duration = Duration::from_millis(2);
const LATER: Duration = Duration::from_millis(50);
/// How long the next notification waits, so that many writes are one.
const TOGETHER: Duration = Duration::from_millis(5);

impl Services {
    /// Reads the end of the log before the first subscriber comes.
    pub(crate) async fn open_feed(&self) -> Result<()> {
        log::adopt(&self.writer).await?;
        let mut newest = log::last(&self.reader, KEPT + 1).await?;
        let floor = if newest.len() > KEPT {
            newest.remove(0).cursor
        } else {
            // Asked last: what has been thrown away in between is known to be.
            log::state(&self.reader, crate::Cursor::default()).await?.forgotten()
        };
        self.feed.begin(floor, newest);
        Ok(())
    }

    /// Reads the log for all subscribers, as long as the server lives.
    pub async fn run_feed(&self) {
        if self.writer.get_database_backend() == DbBackend::Postgres {
            let pool = self.writer.get_postgres_connection_pool();
            tokio::join!(self.read_on(), self.tell_others(), self.hear_others(pool));
        } else {
            self.read_on().await;
        }
    }

    async fn read_on(&self) {
        let mut soon = SOON;
        loop {
            let wait = match self.read_news().await {
                Ok(false) => {
                    soon = SOON;
                    PATIENCE
                }
                Ok(true) => {
                    soon = std::cmp::min(2 * soon, LATER);
                    soon
                }
                Err(failure) => {
                    tracing::error!(%failure, "the change log cannot be read");
                    tokio::time::sleep(LATER).await;
                    PATIENCE
                }
            };
            let _ = tokio::time::timeout(wait, self.feed.written.notified()).await;
        }
    }

    /// Reads what has become certain; whether there is more that is not.
    async fn read_news(&self) -> Result<bool> {
        loop {
            let head = self.feed.head();
            let news = log::after(&self.reader, head).await?;
            let (read, last) = (news.len(), news.last().map_or(head, |change| change.cursor));
            let state = log::state(&self.reader, last).await?;
            for change in &news {
                // Another process may have written it.
                change.kind.inspect(|kind| self.recent.forget(*kind, change.row, change.event));
            }
            if state.forgotten() > head {
                // This process has slept while the others threw away what it never read.
                self.feed.jump(std::cmp::max(last, state.forgotten()));
            } else {
                self.feed.publish(news);
            }
            if read < BATCH {
                return Ok(state.more);
            }
        }
    }

    /// Tells other processes that this one has written.
    ///
    /// Not in the transactions themselves: PostgreSQL would commit those one after the other.
    async fn tell_others(&self) {
        let word = format!("NOTIFY {CHANNEL}, '{}'", self.feed.name);
        loop {
            self.feed.untold.notified().await;
            if let Err(failure) = self.writer.execute_unprepared(&word).await {
                tracing::debug!(%failure, "other processes are not told of a write, and look by themselves");
            }
            tokio::time::sleep(TOGETHER).await;
        }
    }

    /// Wakes the reader when another process has written.
    async fn hear_others(&self, pool: &PgPool) {
        // A connection beside the others, which the busiest hour does not take away.
        let own = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let own = own.connect_lazy_with(pool.connect_options().as_ref().clone());
        loop {
            if let Err(failure) = self.hear(&own, pool).await {
                tracing::debug!(%failure, "other processes are not heard");
            }
            // The server behind it has gone, most likely with all the others.
            let_go_of_broken(pool);
            tokio::time::sleep(LATER).await;
        }
    }

    /// Hears other processes until the connection ends.
    async fn hear(&self, own: &PgPool, pool: &PgPool) -> sqlx::Result<()> {
        let mut listener = PgListener::connect_with(own).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        let_go_of_broken(pool);
        // Nobody has heard what was said meanwhile.
        self.feed.written.notify_one();
        while let Some(heard) = listener.try_recv().await? {
            if heard.payload() != self.feed.name {
                self.feed.written.notify_one();
            }
        }
        Ok(())
    }
}

/// Takes all connections that nobody uses and gives them back, which tests each: so no request gets a broken one
/// after the database was restarted, and none has to be tested at any other time.
fn let_go_of_broken(pool: &PgPool) {
    let idle: Vec<_> = std::iter::from_fn(|| pool.try_acquire()).collect();
    drop(idle);
}
