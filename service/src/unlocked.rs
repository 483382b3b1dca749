//! Updates that find nobody in their way: two turns to the database instead of five (decision record 0013).

use std::sync::atomic::{AtomicBool, Ordering};

use entity::change;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, Iterable,
    ModelTrait, QueryFilter, QuerySelect, QueryTrait, Statement,
    sea_query::{Alias, CommonTableExpression, Expr, LockBehavior, LockType, Query, WithClause},
};

use crate::{
    Caller, Code, Cursor, Error, Event, Grant, Result, Rules, Services, Tx, Update,
    columns::{add, kinds},
    tx::noted,
};

/// A row that was read without a lock.
pub(crate) struct Watched {
    lock: Statement,
    version: i32,
    /// Whether somebody else wrote it before it was locked.
    is_stale: AtomicBool,
}

impl Watched {
    /// This row, as it was read.
    fn of<E: Rules>(row: &E::Model, backend: DbBackend) -> Self {
        let mut lock = Grant::<E>::beside().select().filter(E::ID.eq(E::id(row))).lock_exclusive();
        QuerySelect::query(&mut lock).clear_selects().column((E::default(), E::VERSION));
        Self { lock: lock.build(backend), version: E::version(row), is_stale: AtomicBool::new(false) }
    }

    /// Locks it, and refuses when it is no longer what was read.
    pub(crate) async fn lock(&self, conn: &DatabaseTransaction) -> Result<()> {
        let found = conn.query_one_raw(self.lock.clone()).await?;
        let version = found.map(|row| row.try_get_by_index::<i32>(0)).transpose()?;
        if version == Some(self.version) {
            return Ok(());
        }
        self.is_stale.store(true, Ordering::Relaxed);
        Err(Error::refused(Code::Conflict, None, "somebody else wrote at the same time, try again"))
    }
}

impl Services {
    /// Changes a row that is read without a lock and written if it still has the version that was read.
    ///
    /// None, and nothing is written, when somebody else wrote in between or the database cannot do this:
    /// then it takes the row's lock.
    pub(crate) async fn update_unlocked<E: Rules>(
        &self,
        grant: &Grant<E>,
        caller: &Caller,
        input: &E::Update,
    ) -> Result<Option<E::Model>> {
        // The mark of an Idempotency-Key needs a transaction, and SQLite has one writer.
        if self.writer.get_database_backend() != DbBackend::Postgres || caller.claim().is_some() {
            return Ok(None);
        }
        let old = self.find_in(grant, E::ID.eq(input.id()), &Default::default()).await?;
        let old = old.ok_or_else(|| Error::not_found("id"))?;
        let tx = Tx::of(self, caller, Some(Watched::of::<E>(&old, self.writer.get_database_backend())));
        let written = tx.change_watched(grant, old, input.clone()).await;
        match &written {
            Ok(Some(_)) => tx.commit().await?,
            Err(_) if tx.is_stale() => return Ok(None),
            _ => {}
        }
        written
    }
}

impl Tx<'_> {
    fn is_stale(&self) -> bool {
        self.watched.as_ref().is_some_and(|row| row.is_stale.load(Ordering::Relaxed))
    }

    /// Changes the row that is watched: in a transaction if one has begun or must begin, else at once.
    async fn change_watched<E: Rules>(
        &self,
        grant: &Grant<E>,
        old: E::Model,
        input: E::Update,
    ) -> Result<Option<E::Model>> {
        let row = self.changed::<E>(&old, input).await?;
        match self.is_begun() || !E::LINKS.is_empty() {
            true => self.update(grant, old, row).await.map(Some),
            false => self.write_at_once(grant, old, row).await,
        }
    }

    /// Writes a row and its line in the log by one statement; none when somebody else has written it or holds it.
    async fn write_at_once<E: Rules>(
        &self,
        grant: &Grant<E>,
        old: E::Model,
        mut row: E::ActiveModel,
    ) -> Result<Option<E::Model>> {
        let Some(written) = self.ready(grant, &old, &mut row)? else { return Ok(Some(old)) };
        let (updated, logged) = (Alias::new("updated"), Alias::new("logged"));
        let columns: Vec<E::Column> = E::Column::iter().collect();
        // Whoever waits for a lock must be able to give up, so what is locked is left to the other way.
        let mut mine = Query::select();
        mine.column(E::ID).from(E::default()).and_where(E::ID.eq(E::id(&old)));
        mine.and_where(E::VERSION.eq(E::version(&old)));
        mine.lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked);
        let mut update = Query::update();
        update.table(E::default()).and_where(E::ID.in_subquery(mine));
        let mut now = old.clone();
        for column in &columns {
            if let ActiveValue::Set(value) = row.get(*column) {
                now.try_set(*column, value.clone())?;
                update.value(*column, column.save_as(Expr::val(value)));
            }
        }
        update.returning(Query::returning().columns(columns.iter().copied()));

        let fields = noted::<E>(&now, &written);
        let line = self.change::<E>(Event::Updated, Some(&old), &now, E::version(&now), fields);
        let (mut of_line, mut values) = (Vec::new(), Query::select());
        for column in change::Column::iter() {
            if let ActiveValue::Set(value) = line.get(column) {
                of_line.push(column);
                values.expr(Expr::val(value));
            }
        }
        let places = [change::Column::Transaction, change::Column::Sequence];
        let mut append = Query::insert();
        append.into_table(change::Entity).columns(of_line).returning(Query::returning().columns(places));
        append.select_from(values.from(updated.clone()).take()).map_err(Error::internal)?;

        let mut both = Query::select();
        both.columns(columns.iter().map(|column| (updated.clone(), *column)));
        both.columns(places.map(|place| (logged.clone(), place))).from(updated.clone()).from(logged.clone());
        let with = |name, query: CommonTableExpression| query.clone().table_name(name).to_owned();
        let updated = with(updated, CommonTableExpression::new().query(update).to_owned());
        let logged = with(logged, CommonTableExpression::new().query(append).to_owned());
        let both = both.with(WithClause::new().cte(updated).cte(logged).to_owned());
        let db = &self.services.writer;
        let Some(found) = db.query_one_raw(db.get_database_backend().build(&both)).await? else {
            return Ok(None);
        };
        let place = |at: usize| found.try_get_by_index(columns.len() + at);
        self.has_logged(Cursor::at(place(0)?, place(1)?));
        let mut rows = Vec::new();
        add::<E>(&mut rows, &found, &kinds::<E>(&columns))?;
        Ok(rows.pop())
    }
}
