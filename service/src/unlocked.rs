//! Updates that find nobody in their way: two turns to the database instead of five (decision record 0013).

use entity::change;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbBackend, Iterable, TryIntoModel,
    sea_query::{Alias, CommonTableExpression, Expr, Query, WithClause},
};

use crate::{
    Caller, Cursor, Error, Event, Grant, Result, Rules, Services, Tx, Update,
    columns::{add, kinds},
    tx::noted,
};

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
        let tx = Tx::of(self, caller);
        let old = self.find_in(grant, E::ID.eq(input.id()), &Default::default()).await?;
        let old = old.ok_or_else(|| Error::not_found("id"))?;
        let row = tx.changed::<E>(&old, input.clone()).await?;
        let row = match tx.is_begun() || !E::LINKS.is_empty() {
            false => tx.write_at_once(grant, old, row).await?,
            // A rule has asked the database, and what it found must stay true.
            true => match tx.find(grant, input.id()).await? {
                now if E::version(&now) == E::version(&old) => Some(tx.update(grant, old, row).await?),
                _ => None,
            },
        };
        if row.is_some() {
            tx.commit().await?;
        }
        Ok(row)
    }
}

impl Tx<'_> {
    /// Writes a row and its line in the log by one statement; none when the row has another version by now.
    async fn write_at_once<E: Rules>(
        &self,
        grant: &Grant<E>,
        old: E::Model,
        mut row: E::ActiveModel,
    ) -> Result<Option<E::Model>> {
        let Some(written) = self.ready(grant, &old, &mut row)? else { return Ok(Some(old)) };
        let (updated, logged) = (Alias::new("updated"), Alias::new("logged"));
        let columns: Vec<E::Column> = E::Column::iter().collect();
        let mut update = Query::update();
        update
            .table(E::default())
            .and_where(E::ID.eq(E::id(&old)))
            .and_where(E::VERSION.eq(E::version(&old)));
        for column in &columns {
            if let ActiveValue::Set(value) = row.get(*column) {
                update.value(*column, column.save_as(Expr::val(value)));
            }
        }
        update.returning(Query::returning().columns(columns.iter().copied()));

        let row: E::Model = row.try_into_model()?;
        let line =
            self.change::<E>(Event::Updated, Some(&old), &row, E::version(&row), noted::<E>(&row, &written));
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
