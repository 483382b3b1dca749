//! The unit of work: rows and the changes they announce, together or not at all.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use entity::{Id, Kind, Link, Resource, change, tenant, user};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ColumnType, ConnectionTrait, DatabaseTransaction, DbBackend,
    EntityTrait, IdenStatic, IntoActiveModel, Iterable, NotSet, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select, Set, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
    TryIntoModel, Value,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, Query},
};
use serde_json::{Map, json};
use tokio::sync::OnceCell;

use crate::{Action, Caller, Code, Cursor, Error, Event, Grant, Result, Rules, Services, unlocked::Watched};

/// A write in progress. Dropping it undoes the rows and announces nothing.
pub struct Tx<'s> {
    pub(crate) services: &'s Services,
    /// The transaction; begun when it is first needed.
    conn: OnceCell<DatabaseTransaction>,
    /// The row that is read already and locked when the transaction begins.
    pub(crate) watched: Option<Watched>,
    pub(crate) caller: &'s Caller,
    pub(crate) now: DateTime<Utc>,
    /// What it adds to the log.
    logged: Mutex<Vec<Cursor>>,
    /// Which rows it changes.
    changed: Mutex<Vec<(Kind, i64, Event)>>,
}

impl Services {
    /// Begins a write. On SQLite it queues for the one writer here and not in the middle.
    pub async fn begin<'s>(&'s self, caller: &'s Caller) -> Result<Tx<'s>> {
        let tx = Tx::of(self, caller, None);
        let conn = tx.conn().await?;
        if let Some(claim) = caller.claim() {
            claim.mark(conn).await?;
        }
        Ok(tx)
    }
}

/// How a transaction that writes begins: on SQLite with its turn.
pub(crate) fn options() -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    }
}

/// A column of a resource that may be compared and set.
type Column<E> = <E as EntityTrait>::Column;

#[expect(clippy::disallowed_methods, reason = "this is the one place where rows are written")]
impl<'s> Tx<'s> {
    /// A write of which nothing is in the database yet.
    pub(crate) fn of(services: &'s Services, caller: &'s Caller, watched: Option<Watched>) -> Self {
        Self {
            services,
            conn: OnceCell::new(),
            watched,
            caller,
            now: services.now(),
            logged: Mutex::default(),
            changed: Mutex::default(),
        }
    }

    /// The transaction.
    async fn conn(&self) -> Result<&DatabaseTransaction> {
        let begin = async || -> Result<_> {
            let conn = self.services.writer.begin_with_options(options()).await?;
            if let Some(watched) = &self.watched {
                watched.lock(&conn).await?;
            }
            Ok(conn)
        };
        self.conn.get_or_try_init(begin).await
    }

    /// Whether the database knows of it already.
    pub(crate) fn is_begun(&self) -> bool {
        self.conn.initialized()
    }

    /// Makes it all true and wakes those who wait for changes.
    pub async fn commit(self) -> Result<()> {
        if let Some(conn) = self.conn.into_inner() {
            conn.commit().await?;
        }
        if let Some(claim) = self.caller.claim() {
            claim.committed();
        }
        for (kind, row, event) in self.changed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            self.services.recent.forget(kind, row, event);
        }
        self.services.feed.committed(self.logged.into_inner().unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }

    /// Notes when the caller logged in; no change of the user, so it is not announced.
    pub(crate) async fn note_log_in(&self) -> Result<()> {
        let Some(id) = self.caller.account()?.id else { return Ok(()) };
        user::Entity::update_many()
            .col_expr(user::Column::LastLoginAt, Expr::value(self.now))
            .filter(user::Column::Id.eq(id))
            .exec(self.conn().await?)
            .await?;
        Ok(())
    }

    /// When this write happens.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Whose write this is.
    pub fn caller(&self) -> &Caller {
        self.caller
    }

    /// The row, locked until the end (PostgreSQL; SQLite has one writer anyway).
    ///
    /// # Errors
    /// NOT_FOUND when there is none in the caller's scope.
    pub async fn find<E: Rules>(&self, grant: &Grant<E>, id: Id<E>) -> Result<E::Model> {
        let row = grant.select().filter(E::ID.eq(id)).lock_exclusive().one(self.conn().await?).await?;
        row.ok_or_else(|| Error::not_found("id"))
    }

    /// The rows of any tenant that a condition names, for rules; locked until the end.
    pub(crate) async fn rows<E: Rules>(
        &self,
        condition: impl sea_orm::sea_query::IntoCondition,
    ) -> Result<Vec<E::Model>> {
        let rows = Grant::<E>::beside().select().filter(condition).order_by_asc(E::ID).lock_exclusive();
        Ok(rows.all(self.conn().await?).await?)
    }

    /// The first rows of any tenant that a condition names, in the order of a column; locked until the end.
    pub(crate) async fn some_rows<E: Rules>(
        &self,
        condition: impl sea_orm::sea_query::IntoCondition,
        by: Column<E>,
        most: u64,
    ) -> Result<Vec<E::Model>> {
        let rows = Grant::<E>::beside().select().filter(condition).lock_exclusive();
        let rows = rows.order_by_asc(by).order_by_asc(E::ID);
        Ok(rows.limit(most).all(self.conn().await?).await?)
    }

    /// The row with the smallest id of those of any tenant that a condition names, for rules.
    pub(crate) async fn first<E: Rules>(
        &self,
        condition: impl sea_orm::sea_query::IntoCondition,
    ) -> Result<Option<E::Model>> {
        let rows = Grant::<E>::beside().select().filter(condition).order_by_asc(E::ID).lock_exclusive();
        Ok(rows.one(self.conn().await?).await?)
    }

    /// The rows of which a column names one of these, however many there are; locked until the end.
    pub(crate) async fn rows_naming<E: Rules, P: Send + Sync>(
        &self,
        column: Column<E>,
        ids: &[Id<P>],
    ) -> Result<Vec<E::Model>> {
        let mut found = Vec::new();
        for some in ids.chunks(10_000) {
            found.extend(self.rows::<E>(column.is_in(some.iter().map(|id| id.number()))).await?);
        }
        Ok(found)
    }

    /// How many rows of any tenant a condition names, for rules.
    pub(crate) async fn count<E: Rules>(
        &self,
        condition: impl sea_orm::sea_query::IntoCondition,
    ) -> Result<u64> {
        let rows: Select<E> = Grant::beside().select().filter(condition);
        Ok(sea_orm::PaginatorTrait::count(rows, self.conn().await?).await?)
    }

    /// The row of any tenant that a condition names, for rules; nothing keeps it from changing meanwhile.
    pub(crate) async fn seen<E: Rules>(
        &self,
        condition: impl sea_orm::sea_query::IntoCondition,
    ) -> Result<Option<E::Model>> {
        let row = Grant::<E>::beside().select().filter(condition);
        Ok(row.one(self.conn().await?).await?)
    }

    /// The row that a column is about to name, as [`Tx::seen`].
    ///
    /// # Errors
    /// NOT_FOUND, blaming the column, when there is none.
    pub(crate) async fn named<E: Rules>(
        &self,
        column: impl IdenStatic,
        id: &ActiveValue<Option<Id<E>>>,
    ) -> Result<Option<E::Model>> {
        let ActiveValue::Set(Some(id)) = id else { return Ok(None) };
        let row = self.seen::<E>(E::ID.eq(*id)).await?;
        row.map(Some).ok_or_else(|| Error::not_found(column.as_str()))
    }

    /// A row that another refers to, locked until the end so that it cannot vanish in between.
    ///
    /// # Errors
    /// NOT_FOUND, blaming the referring column, when the caller cannot see it: a foreign key knows
    /// nothing of tenants.
    pub async fn referred<E: Rules>(&self, column: impl IdenStatic, id: Id<E>) -> Result<E::Model> {
        let account = self.caller.account()?;
        let grant = self.caller.grant::<E>(Action::Read).unwrap_or_else(|_| Grant::referred(account));
        let seen = grant.select().filter(E::ID.eq(id)).lock_exclusive().one(self.conn().await?).await?;
        seen.ok_or_else(|| Error::not_found(column.as_str()))
    }

    /// Refuses to refer to a row that the caller cannot see, or that belongs to another tenant than
    /// the referring row does.
    pub async fn refers<E: Rules>(
        &self,
        column: impl IdenStatic,
        id: &ActiveValue<Option<Id<E>>>,
        tenant: Option<Id<tenant::Entity>>,
    ) -> Result<()> {
        let ActiveValue::Set(Some(id)) = id else { return Ok(()) };
        let row = self.referred(column, *id).await?;
        match E::tenant(&row) {
            Some(of) if Some(of) != tenant => Err(Error::not_found(column.as_str())),
            None if !E::SHARED && tenant.is_some() => Err(Error::not_found(column.as_str())),
            _ => Ok(()),
        }
    }

    /// Refuses a column that only an operator may set, when anybody else sets it.
    pub fn operator_only<A: ActiveModelTrait>(
        &self,
        row: &A,
        columns: &[<A::Entity as EntityTrait>::Column],
    ) -> Result<()> {
        let set = columns.iter().find(|column| matches!(row.get(**column), ActiveValue::Set(_)));
        match set {
            Some(column) if !self.caller.is_operator() => {
                Err(Error::refused(Code::Forbidden, Some(column.as_str()), "only an operator may set this"))
            }
            _ => Ok(()),
        }
    }

    /// The number of a row that is about to be made, for what is derived from it.
    pub(crate) async fn next_id<E: Resource>(&self) -> Result<i64> {
        let table = E::default().table_name().to_owned();
        let statement = match self.services.writer.get_database_backend() {
            DbBackend::Postgres => Statement::from_string(
                DbBackend::Postgres,
                format!("SELECT nextval(pg_get_serial_sequence('{table}', 'id')) AS id"),
            ),
            backend => Statement::from_sql_and_values(
                backend,
                "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = ?), 0) + 1 AS id",
                [Value::from(table)],
            ),
        };
        let row = self.conn().await?.query_one_raw(statement).await?;
        let row = row.ok_or_else(|| Error::broken("no next id"))?;
        Ok(row.try_get("", "id")?)
    }

    /// The next row's number whose decimal text no other row has in a column yet.
    pub(crate) async fn next_free_id<E: Rules>(&self, column: Column<E>) -> Result<Id<E>> {
        let mut number = self.next_id::<E>().await?;
        while self.count::<E>(ColumnTrait::eq(&column, number.to_string())).await? > 0 {
            // PostgreSQL hands out another one; SQLite tells the same until a row has it.
            number = std::cmp::max(self.next_id::<E>().await?, number + 1);
        }
        Ok(Id::new(number))
    }

    /// Writes a new row and announces it.
    pub async fn insert<E: Rules>(&self, grant: &Grant<E>, mut row: E::ActiveModel) -> Result<E::Model> {
        grant.place(&mut row)?;
        row.set(E::CREATED_AT, self.now.into());
        row.set(E::UPDATED_AT, self.now.into());
        row.set(E::VERSION, 1.into());
        self.seal::<E>(&mut row, None)?;
        let written = written_columns::<E>(&row);
        let row = row.insert(self.conn().await?).await?;
        self.mirror::<E>(std::slice::from_ref(&row), E::LINKS).await?;
        self.log::<E>(Event::Created, None, &row, &written).await?;
        Ok(row)
    }

    /// Writes what differs from the old row and announces it; what does not differ is no write.
    pub async fn update<E: Rules>(
        &self,
        grant: &Grant<E>,
        old: E::Model,
        mut row: E::ActiveModel,
    ) -> Result<E::Model> {
        let Some(written) = self.ready(grant, &old, &mut row)? else { return Ok(old) };
        let row = row.update(self.conn().await?).await?;
        let links: Vec<_> = E::LINKS.iter().filter(|link| has(&written, link.column)).copied().collect();
        self.mirror::<E>(std::slice::from_ref(&row), &links).await?;
        self.log::<E>(Event::Updated, Some(&old), &row, &written).await?;
        Ok(row)
    }

    /// Makes a changed row ready to be written, and tells what of it differs; none when nothing does.
    pub(crate) fn ready<E: Rules>(
        &self,
        grant: &Grant<E>,
        old: &E::Model,
        row: &mut E::ActiveModel,
    ) -> Result<Option<Vec<Column<E>>>> {
        grant.place(row)?;
        self.seal::<E>(row, Some(old))?;
        take_back::<E>(row, old);
        if !row.is_changed() {
            return Ok(None);
        }
        let written = written_columns::<E>(row);
        row.set(E::VERSION, (E::version(old) + 1).into());
        row.set(E::UPDATED_AT, self.now.into());
        Ok(Some(written))
    }

    /// Removes a row and announces it.
    pub async fn delete<E: Rules>(&self, row: E::Model) -> Result<()> {
        self.delete_all::<E>(vec![row]).await
    }

    /// Removes rows and announces each, in a number of statements that does not depend on how many.
    pub(crate) async fn delete_all<E: Rules>(&self, rows: Vec<E::Model>) -> Result<()> {
        for some in rows.chunks(500) {
            E::delete_many().filter(E::ID.is_in(some.iter().map(E::id))).exec(self.conn().await?).await?;
            let changes = some.iter().map(|row| {
                let version = E::version(row) + 1;
                self.change::<E>(Event::Deleted, None, row, version, json!({}))
            });
            self.append(changes).await?;
        }
        Ok(())
    }

    /// Changes rows and announces each that differs, in a number of statements that does not depend
    /// on how many. What is written must be no secret.
    pub(crate) async fn update_all<E: Rules>(
        &self,
        rows: Vec<E::Model>,
        change: impl Fn(&mut E::ActiveModel),
    ) -> Result<()> {
        let change = |old: E::Model| {
            let mut row = old.clone().into_active_model();
            change(&mut row);
            (old, row)
        };
        let changed: Vec<_> = rows.into_iter().map(change).filter(|(_, row)| row.is_changed()).collect();
        for some in changed.chunks(200) {
            let columns: Vec<Column<E>> = E::Column::iter()
                .filter(|column| some.iter().any(|(_, row)| matches!(row.get(*column), ActiveValue::Set(_))))
                .collect();
            let mut update = E::update_many()
                .col_expr(E::VERSION, Expr::col(E::VERSION).add(1))
                .col_expr(E::UPDATED_AT, Expr::val(self.now))
                .filter(E::ID.is_in(some.iter().map(|(old, _)| E::id(old))));
            for column in &columns {
                update = update.col_expr(*column, one_for_each::<E>(*column, some)?);
            }
            update.exec(self.conn().await?).await?;

            let (mut now, mut changes) = (Vec::new(), Vec::new());
            for (old, row) in some {
                let written = written_columns::<E>(row);
                let row: E::Model = row.clone().try_into_model()?;
                let fields = noted::<E>(&row, &written);
                changes.push(self.change::<E>(Event::Updated, Some(old), &row, E::version(old) + 1, fields));
                now.push(row);
            }
            let links: Vec<_> = E::LINKS.iter().filter(|link| has(&columns, link.column)).copied().collect();
            self.mirror::<E>(&now, &links).await?;
            self.append(changes).await?;
        }
        Ok(())
    }

    /// Encrypts secrets that are still open, and takes back those that are what they were.
    fn seal<E: Rules>(&self, row: &mut E::ActiveModel, old: Option<&E::Model>) -> Result<()> {
        let old = old.map(|row| row.clone().into_active_model());
        for column in E::Column::iter().filter(|column| is_secret::<E>(*column)) {
            let ActiveValue::Set(Value::Bytes(Some(bytes))) = row.get(column) else { continue };
            let secret =
                <entity::Sealed as sea_orm::sea_query::ValueType>::try_from(Value::Bytes(Some(bytes)));
            let secret = secret.map_err(|_| Error::broken("a secret column holds no secret"))?;
            let Some(text) = secret.as_open() else { continue };
            let place = format!("{}.{}", E::KIND.word(), column.as_str());
            if let Some(ActiveValue::Unchanged(before @ Value::Bytes(Some(_)))) =
                old.as_ref().map(|old| old.get(column))
            {
                let sealed = <entity::Sealed as sea_orm::sea_query::ValueType>::try_from(before.clone());
                let sealed = sealed.map_err(|_| Error::broken("a secret column holds no secret"))?;
                // What cannot be opened any more differs: a new value repairs it.
                if self.services.vault.open(&place, &sealed).is_ok_and(|old| old == text) {
                    row.not_set(column);
                    continue;
                }
            }
            row.set(column, self.services.vault.seal(&place, text)?.into());
        }
        Ok(())
    }

    /// Writes the mirrors of the rows' lists of ids, which make the database keep them real.
    async fn mirror<E: Rules>(&self, rows: &[E::Model], links: &[Link<Column<E>>]) -> Result<()> {
        for link in links {
            let mut pairs: BTreeSet<(i64, i64)> = BTreeSet::new();
            for row in rows {
                if let ActiveValue::Unchanged(Value::Json(Some(ids))) =
                    row.clone().into_active_model().get(link.column)
                {
                    let ids = ids.as_array().into_iter().flatten().filter_map(|id| id.as_i64());
                    pairs.extend(ids.map(|id| (E::id(row).number(), id)));
                }
            }
            let (table, from, to) = (Alias::new(link.table), Alias::new(link.from), Alias::new(link.to));
            let own = rows.iter().map(|row| E::id(row).number());
            let clear = Query::delete()
                .from_table(table.clone())
                .and_where(Expr::col(from.clone()).is_in(own))
                .to_owned();
            self.conn().await?.execute(&clear).await?;
            for some in Vec::from_iter(pairs).chunks(1000) {
                let mut fill =
                    Query::insert().into_table(table.clone()).columns([from.clone(), to.clone()]).to_owned();
                for (own, id) in some {
                    fill.values_panic([(*own).into(), (*id).into()]);
                }
                self.conn().await?.execute(&fill).await?;
            }
        }
        Ok(())
    }

    /// Notes a write in the log.
    async fn log<E: Rules>(
        &self,
        event: Event,
        old: Option<&E::Model>,
        row: &E::Model,
        written: &[Column<E>],
    ) -> Result<()> {
        let fields = noted::<E>(row, written);
        let change = self.change::<E>(event, old, row, E::version(row), fields);
        self.append([change]).await
    }

    /// Adds to the log, and keeps in mind where.
    async fn append(&self, changes: impl IntoIterator<Item = change::ActiveModel>) -> Result<()> {
        let places = [change::Column::Transaction, change::Column::Sequence];
        let mut append = change::Entity::insert_many(changes).into_query();
        append.returning(Query::returning().columns(places));
        for row in self.conn().await?.query_all(&append).await? {
            self.has_logged(Cursor::at(row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        }
        Ok(())
    }

    /// Keeps in mind where the log has a line of this write.
    pub(crate) fn has_logged(&self, cursor: Cursor) {
        self.logged.lock().unwrap_or_else(PoisonError::into_inner).push(cursor);
    }

    /// A line of the log.
    pub(crate) fn change<E: Rules>(
        &self,
        event: Event,
        old: Option<&E::Model>,
        row: &E::Model,
        version: i32,
        fields: serde_json::Value,
    ) -> change::ActiveModel {
        let touched = (E::KIND, E::id(row).number(), event);
        self.changed.lock().unwrap_or_else(PoisonError::into_inner).push(touched);
        let account = self.caller.account().ok();
        let (tenant, owner): (Option<Id<tenant::Entity>>, Option<Id<user::Entity>>) =
            (E::tenant(row), E::owner(row));
        let former = old.map(E::tenant).filter(|former| *former != tenant).flatten();
        let former_owner = old.map(E::owner).filter(|former| *former != owner).flatten();
        change::ActiveModel {
            sequence: NotSet,
            transaction: NotSet,
            tenant_id: Set(tenant),
            former_tenant_id: Set(former),
            owner_id: Set(owner),
            former_owner_id: Set(former_owner),
            kind: Set(E::KIND.word().to_owned()),
            row_id: Set(E::id(row).number()),
            event: Set(event.word().to_owned()),
            version: Set(version),
            actor_id: Set(account.and_then(|account| account.id)),
            actor: Set(account.map(|account| account.login.clone()).unwrap_or_default()),
            door: Set(self.caller.door.to_owned()),
            request_id: Set(self.caller.request_id.clone()),
            at: Set(self.now),
            fields: Set(fields),
        }
    }

    /// Runs a statement that no resource stands for, such as reserving a trunk's domain.
    pub(crate) async fn execute(&self, statement: &impl sea_orm::StatementBuilder) -> Result<u64> {
        Ok(self.conn().await?.execute(statement).await?.rows_affected())
    }
}

/// Whether a column holds a secret: every binary one does.
fn is_secret<E: EntityTrait>(column: E::Column) -> bool {
    matches!(column.def().get_column_type(), ColumnType::VarBinary(_))
}

fn written_columns<E: Rules>(row: &E::ActiveModel) -> Vec<Column<E>> {
    E::Column::iter().filter(|column| matches!(row.get(*column), ActiveValue::Set(_))).collect()
}

/// Takes back what is no change once the rules have brought it into the form that is stored.
fn take_back<E: Rules>(row: &mut E::ActiveModel, old: &E::Model) {
    let old = old.clone().into_active_model();
    for column in E::Column::iter() {
        if let (ActiveValue::Set(now), ActiveValue::Unchanged(before)) = (row.get(column), old.get(column))
            && now == before
        {
            row.not_set(column);
        }
    }
}

/// What the log tells of a row's written columns, secrets masked.
pub(crate) fn noted<E: Rules>(row: &E::Model, written: &[Column<E>]) -> serde_json::Value {
    let row = row.clone().into_active_model();
    let mut fields = Map::new();
    for column in written {
        let value = match row.get(*column) {
            _ if is_secret::<E>(*column) || column.as_str().ends_with("_hash") => json!("…"),
            // As RFC 3339; sea-query would write it as an SQL literal.
            ActiveValue::Set(Value::ChronoDateTimeUtc(time))
            | ActiveValue::Unchanged(Value::ChronoDateTimeUtc(time)) => json!(time),
            ActiveValue::Set(value) | ActiveValue::Unchanged(value) => {
                sea_orm::sea_query::sea_value_to_json_value(&value)
            }
            ActiveValue::NotSet => continue,
        };
        fields.insert(column.as_str().to_owned(), value);
    }
    fields.into()
}

/// What a column becomes: the one value of all rows, or for each row its own.
fn one_for_each<E: Rules>(column: Column<E>, rows: &[(E::Model, E::ActiveModel)]) -> Result<Expr> {
    let values = rows.iter().map(|(_, row)| row.get(column).into_value());
    let values: Option<Vec<Value>> = values.collect();
    let values = values.ok_or_else(|| Error::broken("a stored row lacks a column"))?;
    match values.first() {
        Some(first) if values.iter().all(|value| value == first) => {
            Ok(column.save_as(Expr::val(first.clone())))
        }
        _ => {
            let mut each = CaseStatement::new();
            for ((old, _), value) in rows.iter().zip(values) {
                each = each.case(ColumnTrait::eq(&E::ID, E::id(old)), column.save_as(Expr::val(value)));
            }
            Ok(each.finally(Expr::col(column)).into())
        }
    }
}

fn has<C: IdenStatic>(columns: &[C], column: C) -> bool {
    columns.iter().any(|one| one.as_str() == column.as_str())
}
