//! The table of changes, read in the order in which transactions became certain.

use entity::{Id, Kind, change, tenant, user};
use sea_orm::{
    Condition, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, Select, Statement,
    sea_query::{Expr, ExprTrait},
};

use super::{Change, Event};
use crate::{Cursor, Error, Result};

/// How many changes one statement reads.
pub(super) const BATCH: usize = 500;

/// What a subscriber needs of a line of the log.
#[derive(FromQueryResult)]
struct Line {
    transaction: i64,
    sequence: i64,
    kind: String,
    row_id: i64,
    event: String,
    version: i32,
    tenant_id: Option<Id<tenant::Entity>>,
    former_tenant_id: Option<Id<tenant::Entity>>,
    owner_id: Option<Id<user::Entity>>,
    former_owner_id: Option<Id<user::Entity>>,
}

impl From<Line> for Change {
    fn from(line: Line) -> Self {
        Self {
            cursor: Cursor::at(line.transaction, line.sequence),
            event: Event::of_word(&line.event),
            kind: Kind::of_word(&line.kind),
            row: line.row_id,
            version: line.version,
            tenant: line.tenant_id,
            former_tenant: line.former_tenant_id,
            owner: line.owner_id,
            former_owner: line.former_owner_id,
        }
    }
}

/// The place of a line, as a pair that the index on both columns serves.
pub(crate) fn place() -> Expr {
    Expr::tuple([Expr::col(change::Column::Transaction), Expr::col(change::Column::Sequence)])
}

/// A cursor as such a pair.
pub(crate) fn pair(cursor: Cursor) -> Expr {
    Expr::tuple([Expr::value(cursor.transaction), Expr::value(cursor.sequence)])
}

/// What no transaction that is still open can come before.
pub(crate) fn certain(db: &impl ConnectionTrait) -> Condition {
    match db.get_database_backend() {
        DbBackend::Postgres => Condition::all()
            .add(Expr::cust("\"transaction\" < pg_snapshot_xmin(pg_current_snapshot())::text::bigint")),
        _ => Condition::all(), // one writes at a time
    }
}

/// The lines of the log, without what only an auditor asks for.
#[expect(clippy::disallowed_methods, reason = "the log is no resource and has no grant")]
fn lines() -> Select<change::Entity> {
    use change::Column::{
        Event, FormerOwnerId, FormerTenantId, Kind, OwnerId, RowId, Sequence, TenantId, Transaction, Version,
    };
    let columns = [
        Transaction,
        Sequence,
        Kind,
        RowId,
        Event,
        Version,
        TenantId,
        FormerTenantId,
        OwnerId,
        FormerOwnerId,
    ];
    change::Entity::find().select_only().columns(columns)
}

fn changes(lines: Vec<Line>) -> Vec<Change> {
    lines.into_iter().map(Change::from).collect()
}

/// What is certain after a place.
pub(super) async fn after(db: &DatabaseConnection, cursor: Cursor) -> Result<Vec<Change>> {
    let lines = lines().filter(place().gt(pair(cursor))).filter(certain(db));
    changes_in_order(lines, db).await
}

/// What comes after a place and up to another one, which is certain, and fulfils a condition.
pub(super) async fn between(
    db: &DatabaseConnection,
    from: Cursor,
    to: Cursor,
    wanted: Condition,
) -> Result<Vec<Change>> {
    let lines = lines().filter(place().gt(pair(from))).filter(place().lte(pair(to))).filter(wanted);
    changes_in_order(lines, db).await
}

async fn changes_in_order(lines: Select<change::Entity>, db: &DatabaseConnection) -> Result<Vec<Change>> {
    use change::Column::{Sequence, Transaction};
    let lines = lines.order_by_asc(Transaction).order_by_asc(Sequence).limit(BATCH as u64);
    Ok(changes(lines.into_model().all(db).await?))
}

/// The last of what is certain, the oldest first.
pub(super) async fn last(db: &DatabaseConnection, most: usize) -> Result<Vec<Change>> {
    use change::Column::{Sequence, Transaction};
    let lines = lines().filter(certain(db)).order_by_desc(Transaction).order_by_desc(Sequence);
    let mut last = changes(lines.limit(most as u64).into_model().all(db).await?);
    last.reverse();
    Ok(last)
}

/// Whether the log has a line at this place.
pub(super) async fn has(db: &DatabaseConnection, cursor: Cursor) -> Result<bool> {
    let line = lines().filter(place().eq(pair(cursor))).into_model::<Line>().one(db).await?;
    Ok(line.is_some())
}

/// Where the log begins and whether it goes on.
#[derive(FromQueryResult)]
pub(super) struct State {
    transaction: i64,
    sequence: i64,
    /// Whether there is anything after a place, certain or not.
    pub(super) more: bool,
}

impl State {
    /// The place up to which changes have been thrown away.
    pub(super) fn forgotten(&self) -> Cursor {
        Cursor::at(self.transaction, self.sequence)
    }
}

/// Up to where the log has been thrown away, and whether it goes on after a place.
pub(super) async fn state(db: &DatabaseConnection, cursor: Cursor) -> Result<State> {
    let sql = "SELECT \"transaction\", sequence, EXISTS (SELECT 1 FROM change \
               WHERE (\"transaction\", sequence) > ($1, $2)) AS more FROM forgotten_change";
    let values = [cursor.transaction.into(), cursor.sequence.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let state = State::find_by_statement(statement).one(db).await?;
    state.ok_or_else(|| Error::broken("the beginning of the log is not known"))
}

/// Brings a log that was restored from another cluster into this one, where its transactions are still to come:
/// what is in it becomes the past, in the order of writing, and cursors of that time are none any more.
pub(super) async fn adopt(db: &DatabaseConnection) -> Result<()> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let to_come = "\"transaction\" >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
    let restored = format!("EXISTS (SELECT 1 FROM change WHERE {to_come})");
    let begin = format!("UPDATE forgotten_change SET \"transaction\" = 0 WHERE {to_come} OR {restored}");
    db.execute_unprepared(&begin).await?;
    let rest = format!("UPDATE change SET \"transaction\" = 0 WHERE \"transaction\" <> 0 AND {restored}");
    db.execute_unprepared(&rest).await?;
    Ok(())
}
