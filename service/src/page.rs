//! Lists: pages by key in both directions, and pages by number.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Utc};
use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, EntityTrait, IdenStatic, ModelTrait, Order, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Statement, Value,
    sea_query::{Condition, Expr, ExprTrait, Func, IntoCondition, NullOrdering, SelectStatement},
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
    /// By which columns, none of them nullable; the id comes last by itself.
    pub order: Vec<(C, Order)>,
    /// Which of their columns to read.
    pub columns: Columns<C>,
}

impl<C> Default for Listing<C> {
    fn default() -> Self {
        Self { filter: Condition::all(), order: Vec::new(), columns: Columns::default() }
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
    order: Arc<[(E::Column, Order)]>,
}

impl<E: Rules> Places<E> {
    /// The place of a row.
    pub fn of(&self, row: &E::Model) -> Place {
        let value = |(column, _): &(E::Column, Order)| match row.get(*column) {
            Value::ChronoDateTimeUtc(Some(time)) => Json::from(time.timestamp_micros()),
            value => sea_orm::sea_query::sea_value_to_json_value(&value),
        };
        let sorted_by = Json::from(sorted_by::<E>(&self.order));
        Place(std::iter::once(sorted_by).chain(self.order.iter().map(value)).collect())
    }
}

/// One sort of a page by number; nulls come last ascending and first descending.
#[derive(Clone, Debug)]
pub struct Sort<C> {
    /// By which column.
    pub column: C,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// Whether texts of digits are compared as numbers and come before other texts.
    pub numeric: bool,
}

/// How many conditions a filter may have; SQLite allows an expression to nest 1,000 deep.
const CONDITIONS: usize = 500;
/// How many values a filter may have; on a page by number, as many as a statement.
pub(crate) const VALUES: usize = 2_000;
/// How many values one statement may have; SQLite allows 32,766.
const STATEMENT_VALUES: usize = 30_000;

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

    /// One page of a list.
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

    /// A page by number, for APIs that know no cursors, and how many rows there are in all.
    pub async fn list_numbered<E: Rules>(
        &self,
        caller: &Caller,
        filter: Condition,
        sorts: &[Sort<E::Column>],
        offset: u64,
        size: u64,
    ) -> Result<(Vec<E::Model>, u64)> {
        let grant = caller.grant::<E>(Action::Read)?;
        let all = grant.select().filter(filter);
        let total = self.count_of(&all, STATEMENT_VALUES).await?;
        let mut query = all;
        for sort in sorts {
            let (order, nulls) = match sort.descending {
                false => (Order::Asc, NullOrdering::Last),
                true => (Order::Desc, NullOrdering::First),
            };
            if sort.numeric {
                // Of texts of digits without their leading zeros the shorter is the smaller.
                let column = || Expr::col((E::default(), sort.column));
                let significant = || Func::cust("ltrim").arg(column()).arg("0");
                let digits = || self.all_digits(column());
                let first: Expr = Expr::case(digits(), 0).finally(1).into();
                let length: Expr = Expr::case(digits(), Func::char_length(significant())).finally(0).into();
                let number: Expr = Expr::case(digits(), significant()).finally("").into();
                query = query.order_by(first, order.clone()).order_by(length, order.clone());
                query = query.order_by(number, order.clone());
            }
            query = match sort.column.def().get_column_type() {
                ColumnType::Json | ColumnType::JsonBinary => {
                    let text = self.json_text(Expr::col((E::default(), sort.column)));
                    query.order_by_with_nulls(text, order, nulls)
                }
                _ => query.order_by_with_nulls(sort.column, order, nulls),
            };
        }
        let rows = query.order_by_asc(E::ID).offset(offset).limit(size).all(&self.reader).await?;
        Ok((rows, total))
    }

    /// A list in JSON as a text that is the same in both databases; PostgreSQL compares lists by their
    /// lengths, and writes spaces.
    fn json_text(&self, list: Expr) -> Expr {
        match self.reader.get_database_backend() {
            sea_orm::DbBackend::Postgres => {
                Expr::cust_with_exprs("replace($1::text, ', ', ',') COLLATE \"C\"", [list])
            }
            _ => Expr::cust_with_exprs("replace(?, ', ', ',')", [list]),
        }
    }

    /// Whether a text is made of digits alone, in the database's own words.
    fn all_digits(&self, text: Expr) -> Expr {
        match self.reader.get_database_backend() {
            sea_orm::DbBackend::Postgres => Expr::cust_with_exprs("$1 ~ '^[0-9]+$'", [text]),
            _ => Expr::cust_with_exprs("? NOT GLOB '*[^0-9]*'", [text]),
        }
    }
}

/// The order of a list and the places between which to look.
pub(crate) struct Walk<E: EntityTrait> {
    order: Arc<[(E::Column, Order)]>,
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
        self.order.iter().map(|(column, _)| *column)
    }

    /// One row more than asked for, so that it shows whether there are more.
    pub(crate) fn page(&self, mut query: sea_orm::Select<E>) -> sea_orm::Select<E> {
        if let Some(keys) = &self.after {
            query = query.filter(self.beyond(keys, false));
        }
        if let Some(keys) = &self.before {
            query = query.filter(self.beyond(keys, true));
        }
        self.sorted(query).limit(self.size + 1)
    }

    /// In the order of the list, or from its end.
    pub(crate) fn sorted(&self, mut query: sea_orm::Select<E>) -> sea_orm::Select<E> {
        for (column, order) in self.order.iter() {
            query = query.order_by(*column, turned(order, self.from_end));
        }
        query
    }

    /// What comes behind these keys, or before them: `(a, b) > (x, y)`, which is one range of an index on (a, b).
    fn beyond(&self, keys: &[Value], back: bool) -> Condition {
        let falls = |(_, order): &(E::Column, Order)| matches!(turned(order, back), Order::Desc);
        let (columns, values) = (self.order.iter(), keys.iter().cloned().map(Expr::val));
        let columns = Expr::tuple(columns.map(|(column, _)| Expr::col((E::default(), *column))));
        if self.order.iter().all(falls) {
            return Condition::all().add(columns.lt(Expr::tuple(values)));
        }
        if !self.order.iter().any(falls) {
            return Condition::all().add(columns.gt(Expr::tuple(values)));
        }
        // Of mixed directions `a >= x AND (a > x OR (b <= y AND (b < y)))`, which an index still serves.
        let mut inner = Condition::any();
        for (by @ (column, _), key) in self.order.iter().zip(keys).rev() {
            let (strict, loose) = match falls(by) {
                true => (column.lt(key.clone()), column.lte(key.clone())),
                false => (column.gt(key.clone()), column.gte(key.clone())),
            };
            inner = Condition::any().add(Condition::all().add(loose).add(inner.add(strict)));
        }
        inner
    }
}

/// The order with the id at its end, so that no two rows are equal.
fn full_order<E: Rules>(order: &[(E::Column, Order)]) -> Arc<[(E::Column, Order)]> {
    let is_id = |(column, _): &(E::Column, Order)| column.as_str() == E::ID.as_str();
    let last = order.last().map_or(Order::Asc, |(_, order)| order.clone());
    let id = order.iter().find(|by| is_id(by)).map_or(last, |(_, order)| order.clone());
    // Behind the id nothing is left to sort.
    order.iter().take_while(|by| !is_id(by)).cloned().chain([(E::ID, id)]).collect()
}

fn turned(order: &Order, back: bool) -> Order {
    match (order, back) {
        (Order::Desc, true) => Order::Asc,
        (Order::Desc, false) | (_, true) => Order::Desc,
        _ => Order::Asc,
    }
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
fn values_of(statement: &Statement) -> usize {
    statement.values.as_ref().map_or(0, |values| values.0.len())
}

/// By which columns a list is sorted, so that a cursor of one order is none of another.
fn sorted_by<E: Rules>(order: &[(E::Column, Order)]) -> String {
    let names: Vec<_> = order.iter().map(|(column, _)| column.as_str()).collect();
    names.join(",")
}

/// The sort values of a place, as the columns' own types.
fn keys<E: Rules>(order: &[(E::Column, Order)], place: &Place) -> Result<Vec<Value>> {
    let wrong = || Error::BadRequest("not a cursor of this list".into());
    let Some((Json::String(of), values)) = place.0.split_first() else { return Err(wrong()) };
    if *of != sorted_by::<E>(order) || order.len() != values.len() {
        return Err(wrong());
    }
    let key = |((column, _), json): (&(E::Column, Order), &Json)| {
        let value: Option<Value> = match column.def().get_column_type() {
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
            _ => json.as_str().filter(|text| !text.contains('\0')).map(Value::from),
        };
        value.ok_or_else(wrong)
    };
    order.iter().zip(values).map(key).collect()
}
