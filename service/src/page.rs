//! Lists: which rows, in which order, and their pages by key in both directions. Pages by number are in
//! `numbered`.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Utc};
use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, EntityTrait, IdenStatic, ModelTrait, Order, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Statement, Value,
    sea_query::{Condition, Expr, ExprTrait, IntoCondition, SelectStatement},
};
use serde_json::Value as Json;

use crate::{
    Action, Caller, Columns, Error, Place, Result, Rules, Services,
    columns::{narrowed, rows},
};

/// Which rows to list, and in which order.
#[derive(Clone, Debug)]
pub struct Listing<C> {
    /// Which of the rows in the caller's scope.
    pub filter: Condition,
    /// By what to sort; the id comes last by itself.
    pub order: Vec<Sort<C>>,
    /// Which of their columns to read.
    pub columns: Columns<C>,
}

impl<C> Default for Listing<C> {
    fn default() -> Self {
        Self { filter: Condition::all(), order: Vec::new(), columns: Columns::default() }
    }
}

/// By what to sort; nulls come last ascending and first descending.
#[derive(Clone, Copy, Debug)]
pub struct Sort<C> {
    /// By which column.
    pub column: C,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// How its values compare.
    pub compared: Compared,
}

/// How the values of a column compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// As the database keeps them; texts by their code points.
    Plainly,
    /// Texts of digits as numbers, and before all other texts.
    AsNumbers,
    /// Those that are this word after all others.
    ByWord(&'static str),
}

impl<C> Sort<C> {
    /// By a column, the smallest first.
    pub const fn by(column: C) -> Self {
        Self { column, descending: false, compared: Compared::Plainly }
    }

    /// The direction, or the opposite one.
    pub(crate) fn direction(&self, back: bool) -> Order {
        if self.descending == back { Order::Asc } else { Order::Desc }
    }
}

/// Which part of a list.
#[derive(Clone, Debug, Default)]
pub struct Slice {
    /// How many rows at most.
    pub size: u64,
    /// Whether to count from the end.
    pub from_end: bool,
    /// Only what comes after this place.
    pub after: Option<Place>,
    /// Only what comes before this place.
    pub before: Option<Place>,
}

/// A part of a list.
pub struct Page<E: EntityTrait> {
    /// The rows.
    pub rows: Vec<E::Model>,
    /// What tells the place of each.
    pub places: Places<E>,
    /// Whether there are rows before them.
    pub has_previous: bool,
    /// Whether there are rows after them.
    pub has_next: bool,
}

/// What tells the places of rows in a list, by what it is sorted.
pub struct Places<E: EntityTrait> {
    pub(crate) order: Arc<[Sort<E::Column>]>,
}

impl<E: Rules> Places<E> {
    /// The place of a row.
    pub fn of(&self, row: &E::Model) -> Place {
        let value = |sort: &Sort<E::Column>| match row.get(sort.column) {
            Value::ChronoDateTimeUtc(Some(time)) => Json::from(time.timestamp_micros()),
            value => sea_orm::sea_query::sea_value_to_json_value(&value),
        };
        let sorted_by = Json::from(sorted_by::<E>(&self.order));
        Place(std::iter::once(sorted_by).chain(self.order.iter().map(value)).collect())
    }
}

/// How many conditions a filter may have; SQLite allows an expression to nest 1,000 deep.
const CONDITIONS: usize = 500;
/// How many values a filter may have; on a page by number, as many as a statement.
pub(crate) const VALUES: usize = 2_000;

impl Services {
    /// A query as it is sent, and a refusal when its filter has more values than these, or too many conditions.
    pub(crate) fn bounded(&self, query: &SelectStatement, most: usize) -> Result<Statement> {
        let built = self.reader.get_database_backend().build(query);
        if values_of(&built) > most {
            return Err(Error::BadRequest(format!("a filter may have {most} values")));
        }
        // Values are bound, so these words are the statement's own.
        let conditions = [" AND ", " OR "].map(|word| built.sql.matches(word).count());
        if conditions.iter().sum::<usize>() > CONDITIONS {
            return Err(Error::BadRequest(format!("a filter may have {CONDITIONS} conditions")));
        }
        Ok(built)
    }

    /// One page of a list that is sorted plainly by columns that are never null.
    pub async fn list<E: Rules>(
        &self,
        caller: &Caller,
        listing: &Listing<E::Column>,
        slice: &Slice,
    ) -> Result<Page<E>> {
        let grant = caller.grant::<E>(Action::Read)?;
        let walk = Walk::<E>::of(listing, slice)?;
        let columns = listing.columns.with(walk.columns());
        let query = narrowed(walk.page(grant.select().filter(listing.filter.clone())), &columns).into_query();
        let statement = self.bounded(&query, VALUES)?;
        let rows = rows::<E>(&self.reader, statement, &columns).await?;
        Ok(cut(&walk, slice, rows))
    }

    /// One text column of all rows that a condition names, ascending by code point, for APIs whose lists
    /// are bare names and know no pages.
    pub async fn texts<E: Rules>(
        &self,
        caller: &Caller,
        column: E::Column,
        named: impl IntoCondition,
    ) -> Result<Vec<String>> {
        let grant = caller.grant::<E>(Action::Read)?;
        let texts = grant.select().filter(named).select_only().column(column).order_by_asc(column);
        Ok(texts.into_tuple::<String>().all(&self.reader).await?)
    }

    /// How many rows the list has.
    pub async fn count<E: Rules>(&self, caller: &Caller, filter: impl IntoCondition) -> Result<u64> {
        let grant = caller.grant::<E>(Action::Read)?;
        self.count_of(&grant.select().filter(filter), VALUES).await
    }

    /// How many rows a query has; without naming columns, which a database would read for each of them.
    async fn count_of<E: Rules>(&self, query: &sea_orm::Select<E>, most: usize) -> Result<u64> {
        let rows = Expr::col((E::default(), E::ID)).count();
        let query = QuerySelect::query(&mut query.clone()).clear_selects().expr_as(rows, "rows").to_owned();
        let row = self.reader.query_one_raw(self.bounded(&query, most)?).await?;
        let rows: i64 = row.ok_or_else(|| Error::broken("a count of no row"))?.try_get("", "rows")?;
        Ok(rows.try_into().unwrap_or_default())
    }
}

/// The order of a list and the places between which to look.
pub(crate) struct Walk<E: EntityTrait> {
    order: Arc<[Sort<E::Column>]>,
    after: Option<Vec<Value>>,
    before: Option<Vec<Value>>,
    from_end: bool,
    size: u64,
}

impl<E: Rules> Walk<E> {
    pub(crate) fn of(listing: &Listing<E::Column>, slice: &Slice) -> Result<Self> {
        let order = full_order::<E>(&listing.order);
        let keys = |place: &Option<Place>| place.as_ref().map(|place| keys::<E>(&order, place)).transpose();
        let (after, before) = (keys(&slice.after)?, keys(&slice.before)?);
        Ok(Self { order, after, before, from_end: slice.from_end, size: slice.size })
    }

    /// By which columns it goes.
    pub(crate) fn columns(&self) -> impl Iterator<Item = E::Column> {
        self.order.iter().map(|sort| sort.column)
    }

    /// One row more than asked for, so that it shows whether there are more.
    pub(crate) fn page(&self, mut query: sea_orm::Select<E>) -> sea_orm::Select<E> {
        if let Some(keys) = &self.after {
            query = query.filter(beyond::<E>(&self.order, keys, false));
        }
        if let Some(keys) = &self.before {
            query = query.filter(beyond::<E>(&self.order, keys, true));
        }
        self.sorted(query).limit(self.size + 1)
    }

    /// In the order of the list, or from its end.
    pub(crate) fn sorted(&self, mut query: sea_orm::Select<E>) -> sea_orm::Select<E> {
        for sort in self.order.iter() {
            query = query.order_by(sort.column, sort.direction(self.from_end));
        }
        query
    }
}

/// What comes behind these keys, or before them: `(a, b) > (x, y)`, which is one range of an index on (a, b).
pub(crate) fn beyond<E: Rules>(order: &[Sort<E::Column>], keys: &[Value], back: bool) -> Condition {
    let falls = |sort: &Sort<E::Column>| matches!(sort.direction(back), Order::Desc);
    let values = keys.iter().cloned().map(Expr::val);
    let columns = Expr::tuple(order.iter().map(|sort| Expr::col((E::default(), sort.column))));
    if order.iter().all(falls) {
        return Condition::all().add(columns.lt(Expr::tuple(values)));
    }
    if !order.iter().any(falls) {
        return Condition::all().add(columns.gt(Expr::tuple(values)));
    }
    // Of mixed directions `a >= x AND (a > x OR (b <= y AND (b < y)))`, which an index still serves.
    let mut inner = Condition::any();
    for (sort, key) in order.iter().zip(keys).rev() {
        let column = sort.column;
        let (strict, loose) = match falls(sort) {
            true => (column.lt(key.clone()), column.lte(key.clone())),
            false => (column.gt(key.clone()), column.gte(key.clone())),
        };
        inner = Condition::any().add(Condition::all().add(loose).add(inner.add(strict)));
    }
    inner
}

/// The order with the id at its end, so that no two rows are equal.
pub(crate) fn full_order<E: Rules>(order: &[Sort<E::Column>]) -> Arc<[Sort<E::Column>]> {
    let is_id = |sort: &Sort<E::Column>| sort.column.as_str() == E::ID.as_str();
    let descending =
        order.iter().find(|sort| is_id(sort)).or(order.last()).is_some_and(|sort| sort.descending);
    let id = Sort { descending, ..Sort::by(E::ID) };
    // Behind the id nothing is left to sort.
    order.iter().take_while(|sort| !is_id(sort)).copied().chain([id]).collect()
}

/// Cuts the row too many off, and puts rows that were read from the end into their order.
pub(crate) fn cut<E: Rules>(walk: &Walk<E>, slice: &Slice, mut rows: Vec<E::Model>) -> Page<E> {
    let more = rows.len() as u64 > slice.size;
    rows.truncate(usize::try_from(slice.size).unwrap_or(usize::MAX));
    if slice.from_end {
        rows.reverse();
    }
    let (has_previous, has_next) = match slice.from_end {
        false => (slice.after.is_some(), more),
        true => (more, slice.before.is_some()),
    };
    Page { rows, places: Places { order: walk.order.clone() }, has_previous, has_next }
}

/// How many values a statement has.
pub(crate) fn values_of(statement: &Statement) -> usize {
    statement.values.as_ref().map_or(0, |values| values.0.len())
}

/// By which columns a list is sorted, so that a cursor of one order is none of another.
fn sorted_by<E: Rules>(order: &[Sort<E::Column>]) -> String {
    let names: Vec<_> = order.iter().map(|sort| sort.column.as_str()).collect();
    names.join(",")
}

/// The sort values of a place, as the columns' own types.
///
/// # Errors
/// BAD_REQUEST when it is no place of this list.
pub(crate) fn keys<E: Rules>(order: &[Sort<E::Column>], place: &Place) -> Result<Vec<Value>> {
    let wrong = || Error::BadRequest("not a cursor of this list".into());
    let Some((Json::String(of), values)) = place.0.split_first() else { return Err(wrong()) };
    if *of != sorted_by::<E>(order) || order.len() != values.len() {
        return Err(wrong());
    }
    let key = |(sort, json): (&Sort<E::Column>, &Json)| {
        let value: Option<Value> = match sort.column.def().get_column_type() {
            ColumnType::BigInteger => json.as_i64().map(Value::from),
            ColumnType::Integer => {
                json.as_i64().and_then(|number| i32::try_from(number).ok()).map(Value::from)
            }
            ColumnType::Boolean => json.as_bool().map(Value::from),
            ColumnType::TimestampWithTimeZone => {
                let four_digits = |time: &DateTime<Utc>| (1..=9999).contains(&time.year());
                let time = json.as_i64().and_then(DateTime::<Utc>::from_timestamp_micros);
                time.filter(four_digits).map(Value::from)
            }
            ColumnType::Uuid => {
                json.as_str().and_then(|uuid| uuid.parse::<uuid::Uuid>().ok()).map(Value::from)
            }
            _ => json.as_str().filter(|text| !text.contains('\0')).map(Value::from),
        };
        value.ok_or_else(wrong)
    };
    order.iter().zip(values).map(key).collect()
}
