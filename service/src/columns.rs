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

/// The rows that a statement finds, whose columns are these.
pub(crate) async fn rows<E: Rules>(
    db: &DatabaseConnection,
    statement: Statement,
    columns: &[E::Column],
) -> Result<Vec<E::Model>> {
    let kinds: Vec<_> = columns.iter().map(|column| (*column, E::Model::get_value_type(*column))).collect();
    let found = db.query_all_raw(statement).await?;
    found.iter().map(|row| filled::<E>(row, &kinds)).collect()
}

/// A row with these columns filled in.
fn filled<E: Rules>(row: &QueryResult, columns: &[(E::Column, ArrayType)]) -> Result<E::Model> {
    let mut model = E::Model::default();
    for (at, (column, kind)) in columns.iter().enumerate() {
        let found = match (row.try_as_pg_row(), row.try_as_sqlite_row()) {
            (Some(row), _) => value(row, at, kind),
            (_, Some(row)) => value(row, at, kind),
            _ => return Err(Error::broken("a row of an unknown database")),
        };
        let found = found.map_err(|wrong| DbErr::Type(format!("{}: {wrong}", column.as_str())))?;
        model.try_set(*column, found)?;
    }
    Ok(model)
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
