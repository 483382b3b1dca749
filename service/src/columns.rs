//! Reading rows by the places of their columns: whole, or what somebody wants of them.

use std::sync::Arc;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, IdenStatic, Iterable, ModelTrait,
    QueryResult, QuerySelect, Select, Statement, Value,
    sea_query::ArrayType,
    sqlx::{self, Row},
};

use crate::{Error, Result, Rules};

/// Which columns of rows to read; the others stay blank.
#[derive(Clone, Debug)]
pub struct Columns<C>(Option<Arc<[C]>>);

impl<C> Default for Columns<C> {
    /// All of them.
    fn default() -> Self {
        Self(None)
    }
}

impl<C: ColumnTrait + Iterable> Columns<C> {
    /// These alone, and those that the walks need.
    pub fn some(wanted: impl IntoIterator<Item = C>) -> Self {
        Self(Some(wanted.into_iter().collect()))
    }

    /// The columns to read when these are needed as well, in the order of the table.
    pub(crate) fn with(&self, needed: impl IntoIterator<Item = C>) -> Vec<C> {
        let Some(wanted) = &self.0 else { return C::iter().collect() };
        let read: Vec<&str> = wanted.iter().copied().chain(needed).map(|column| column.as_str()).collect();
        C::iter().filter(|column| read.contains(&column.as_str())).collect()
    }
}

/// A query of these columns alone.
pub(crate) fn narrowed<E: EntityTrait>(query: Select<E>, columns: &[E::Column]) -> Select<E> {
    query.select_only().columns(columns.iter().copied())
}

/// Columns with the kinds of their values.
pub(crate) fn kinds<E: EntityTrait>(columns: &[E::Column]) -> Vec<(E::Column, ArrayType)> {
    columns.iter().map(|column| (*column, E::Model::get_value_type(*column))).collect()
}

/// The rows that a statement finds, whose columns are these.
pub(crate) async fn rows<E: Rules>(
    db: &DatabaseConnection,
    statement: Statement,
    columns: &[E::Column],
) -> Result<Vec<E::Model>> {
    let kinds = kinds::<E>(columns);
    let found = db.query_all_raw(statement).await?;
    let mut rows = Vec::with_capacity(found.len());
    for row in &found {
        add::<E>(&mut rows, row, &kinds)?;
    }
    Ok(rows)
}

/// Adds a row whose first columns are these. It is filled where it stays: a wide one is slow to move.
pub(crate) fn add<E: Rules>(
    rows: &mut Vec<E::Model>,
    found: &QueryResult,
    columns: &[(E::Column, ArrayType)],
) -> Result<()> {
    let at = rows.len();
    rows.push(E::Model::default());
    let row = &mut rows[at];
    for (at, (column, kind)) in columns.iter().enumerate() {
        let value = match (found.try_as_pg_row(), found.try_as_sqlite_row()) {
            (Some(found), _) => value(found, at, kind),
            (_, Some(found)) => value(found, at, kind),
            _ => return Err(Error::broken("a row of an unknown database")),
        };
        let value = value.map_err(|wrong| DbErr::Type(format!("{}: {wrong}", column.as_str())))?;
        row.try_set(*column, value)?;
    }
    Ok(())
}

/// What a row holds at a place; null where there is nothing.
fn value<'r, R>(row: &'r R, at: usize, kind: &ArrayType) -> std::result::Result<Value, sqlx::Error>
where
    R: Row,
    usize: sqlx::ColumnIndex<R>,
    bool: sqlx::Decode<'r, R::Database>,
    i32: sqlx::Decode<'r, R::Database>,
    i64: sqlx::Decode<'r, R::Database>,
    String: sqlx::Decode<'r, R::Database>,
    Vec<u8>: sqlx::Decode<'r, R::Database>,
    serde_json::Value: sqlx::Decode<'r, R::Database>,
    uuid::Uuid: sqlx::Decode<'r, R::Database>,
    chrono::DateTime<chrono::Utc>: sqlx::Decode<'r, R::Database>,
{
    // The types are those of the model and of the migrations, which tests compare.
    Ok(match kind {
        ArrayType::Bool => Value::Bool(row.try_get_unchecked(at)?),
        ArrayType::Int => Value::Int(row.try_get_unchecked(at)?),
        ArrayType::BigInt => Value::BigInt(row.try_get_unchecked(at)?),
        ArrayType::String => Value::String(row.try_get_unchecked(at)?),
        ArrayType::Bytes => Value::Bytes(row.try_get_unchecked(at)?),
        ArrayType::Json => {
            Value::Json(row.try_get_unchecked::<Option<serde_json::Value>, _>(at)?.map(Box::new))
        }
        ArrayType::Uuid => Value::Uuid(row.try_get_unchecked(at)?),
        ArrayType::ChronoDateTimeUtc => Value::ChronoDateTimeUtc(row.try_get_unchecked(at)?),
        other => {
            let message = format!("no column is of the type {other:?}");
            return Err(sqlx::Error::Decode(message.into()));
        }
    })
}
