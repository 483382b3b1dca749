//! Throwing away what the log has kept long enough.

use chrono::{DateTime, TimeDelta, Utc};
use entity::change;
use sea_orm::{
    ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement, TransactionTrait,
    sea_query::ExprTrait,
};

use super::log::{certain, pair, place};
use crate::{Cursor, Result, Services, tx};

/// How many changes one transaction throws away.
const PORTION: usize = 500;

impl Services {
    /// Throws away the changes that are older than they are kept.
    pub(crate) async fn forget_changes(&self) -> Result<()> {
        let days = self.settings.keep_changes_days;
        let age = TimeDelta::days(days.into());
        let Some(end) = self.now().checked_sub_signed(age).filter(|_| days > 0) else { return Ok(()) };
        while self.forget_some_changes(end).await? {}
        Ok(())
    }

    /// Throws away a portion from the beginning of the log, and keeps in mind how far it went; whether there may
    /// be more.
    #[expect(clippy::disallowed_methods, reason = "the log is no resource and announces nothing of itself")]
    async fn forget_some_changes(&self, end: DateTime<Utc>) -> Result<bool> {
        use change::Column::{At, Sequence, Transaction};
        let conn = self.writer.begin_with_options(tx::options()).await?;
        // One process at a time, until the end of this transaction.
        conn.execute_unprepared("UPDATE forgotten_change SET id = id").await?;
        let oldest = change::Entity::find().select_only().columns([Transaction, Sequence, At]);
        let oldest = oldest.filter(certain(&conn)).order_by_asc(Transaction).order_by_asc(Sequence);
        let oldest: Vec<(i64, i64, DateTime<Utc>)> =
            oldest.limit(PORTION as u64).into_tuple().all(&conn).await?;
        let old: Vec<_> = oldest.iter().take_while(|(_, _, at)| *at < end).collect();
        let Some((transaction, sequence, _)) = old.last() else { return Ok(false) };
        let last = Cursor::at(*transaction, *sequence);
        change::Entity::delete_many().filter(place().lte(pair(last))).exec(&conn).await?;
        let sql = "UPDATE forgotten_change SET \"transaction\" = $1, sequence = $2";
        let values = [last.transaction.into(), last.sequence.into()];
        let backend = conn.get_database_backend();
        conn.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        conn.commit().await?;
        Ok(old.len() == PORTION)
    }
}
