//! Pages by number, for APIs that know no cursors.
//!
//! A database finds the millionth row by counting a million rows. Where the order allows it, the place at which
//! a page ended is remembered, so that the next page begins there. Such a place may have moved since, so beside the
//! whole list, which is counted anyway, the smaller of its parts before and behind the place is counted. So a page
//! is always the one that its number names.

use std::{collections::hash_map::RandomState, hash::BuildHasher, sync::Arc};

use moka::sync::Cache;
use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select, Statement, Value,
    sea_query::{Expr, ExprTrait, Func, NullOrdering, Query, SelectStatement},
};

use crate::{
    Action, Caller, Columns, Compared, Error, Listing, Place, Places, Result, Rules, Services, Sort,
    columns::{narrowed, rows},
    page::{beyond, full_order, keys, values_of},
};

/// How many values one statement may have; SQLite allows 32,766.
const STATEMENT_VALUES: usize = 30_000;
/// How many places are remembered.
const PLACES: u64 = 20_000;

/// The places at which pages ended.
pub(crate) struct Remembered {
    lists: RandomState,
    /// By the list and how many of its rows came up to there; with how many it had.
    places: Cache<(u64, u64), (Place, u64)>,
}

impl Remembered {
    pub(crate) fn new() -> Self {
        Self { lists: RandomState::new(), places: Cache::new(PLACES) }
    }
}

impl Services {
    /// A page by number, and how many rows there are in all.
    pub async fn list_numbered<E: Rules>(
        &self,
        caller: &Caller,
        listing: &Listing<E::Column>,
        offset: u64,
        size: u64,
    ) -> Result<(Vec<E::Model>, u64)> {
        let grant = caller.grant::<E>(Action::Read)?;
        let all = grant.select().filter(listing.filter.clone());
        self.bounded(QueryTrait::query(&mut all.clone()), STATEMENT_VALUES)?;
        let list = List::<E>::of(self, all, &listing.order);
        let (begun, total) = list.begun(offset).await?;
        let rows = list.rows(begun.limit(size), &listing.columns).await?;
        if let Some(last) = rows.last().filter(|_| rows.len() as u64 == size) {
            list.remember(offset.saturating_add(size), total, last);
        }
        Ok((rows, total))
    }
}

/// A list that is read by number.
struct List<'s, E: EntityTrait> {
    services: &'s Services,
    all: Select<E>,
    order: Arc<[Sort<E::Column>]>,
    /// What tells this list from all others; none when no page can begin at a place.
    print: Option<u64>,
}

impl<'s, E: Rules> List<'s, E> {
    fn of(services: &'s Services, all: Select<E>, order: &[Sort<E::Column>]) -> Self {
        let mut list = Self { services, all, order: full_order::<E>(order), print: None };
        let statement = list.statement(&list.sorted(list.all.clone(), false).into_query());
        // A statement that counts has the values of the filter three times.
        if list.has_places() && values_of(&statement) <= STATEMENT_VALUES / 4 {
            list.print = Some(services.remembered.lists.hash_one(statement.to_string()));
        }
        list
    }

    /// The rows from an offset on, and how many there are in all.
    async fn begun(&self, offset: u64) -> Result<(Select<E>, u64)> {
        let Some((keys, of)) = self.recall(offset) else {
            let [total] = self.counts([&self.all]).await?;
            return Ok((self.sorted(self.all.clone(), false).offset(offset), total));
        };
        let beyond = |keys: &[Value], back| self.all.clone().filter(beyond::<E>(&self.order, keys, back));
        let (ahead, behind) = (beyond(&keys, true), beyond(&keys, false));
        // Of the two parts the smaller one is counted, and the row at the place, if it is still there.
        let near_end = offset > of / 2;
        let [total, part, here] =
            self.counts([&self.all, if near_end { &behind } else { &ahead }, &self.at(&keys)]).await?;
        let before = if near_end { total.saturating_sub(part) } else { part + here };
        if before <= offset {
            return Ok((self.sorted(behind, false).offset(offset - before), total));
        }
        // Rows have come in before the place: as many back from it is the place now.
        let back = self.sorted(ahead, true).offset((before - offset).saturating_sub(here)).limit(1);
        let found = self.rows(back, &Columns::some([E::ID])).await?;
        let keys = found.first().and_then(|row| self.keys(&self.places().of(row)));
        let begun = match keys {
            Some(keys) => self.sorted(beyond(&keys, false), false),
            None => self.sorted(self.all.clone(), false).offset(offset),
        };
        Ok((begun, total))
    }

    /// How many rows each query has, all at one moment.
    async fn counts<const N: usize>(&self, queries: [&Select<E>; N]) -> Result<[u64; N]> {
        let mut counts = Query::select();
        for query in queries {
            let rows = Expr::col((E::default(), E::ID)).count();
            counts.expr(Expr::from(
                QueryTrait::query(&mut query.clone()).clear_selects().expr(rows).to_owned(),
            ));
        }
        let row = self.services.reader.query_one_raw(self.statement(&counts)).await?;
        let row = row.ok_or_else(|| Error::broken("a count of no row"))?;
        let mut found = [0; N];
        for (at, count) in found.iter_mut().enumerate() {
            *count = row.try_get_by_index::<i64>(at)?.try_into().unwrap_or_default();
        }
        Ok(found)
    }

    /// The rows of a query, as far as these columns and those that it is sorted by.
    async fn rows(&self, query: Select<E>, columns: &Columns<E::Column>) -> Result<Vec<E::Model>> {
        let columns = columns.with(self.order.iter().map(|sort| sort.column));
        let statement = self.statement(&narrowed(query, &columns).into_query());
        rows::<E>(&self.services.reader, statement, &columns).await
    }

    fn statement(&self, query: &SelectStatement) -> Statement {
        self.services.reader.get_database_backend().build(query)
    }

    /// The row that has just these keys.
    fn at(&self, keys: &[Value]) -> Select<E> {
        let pairs = self.order.iter().zip(keys);
        pairs.fold(self.all.clone(), |query, (sort, key)| query.filter(sort.column.eq(key.clone())))
    }

    fn places(&self) -> Places<E> {
        Places { order: self.order.clone() }
    }

    /// Whether a page can begin at a place: no value that it is sorted by is null or compared in another way.
    fn has_places(&self) -> bool {
        let plain = |sort: &Sort<E::Column>| {
            let column = sort.column.def();
            let is_list = matches!(column.get_column_type(), ColumnType::Json | ColumnType::JsonBinary);
            let is_secret = matches!(column.get_column_type(), ColumnType::VarBinary(_));
            sort.compared == Compared::Plainly && !column.is_null() && !is_list && !is_secret
        };
        self.order.iter().all(plain)
    }

    /// The sort values of the row before an offset, as far as they are remembered, and how many rows there were then.
    fn recall(&self, offset: u64) -> Option<(Vec<Value>, u64)> {
        let (place, total) = self.services.remembered.places.get(&(self.print?, offset))?;
        Some((self.keys(&place)?, total))
    }

    /// The sort values of a place; none when it is one of another list.
    fn keys(&self, place: &Place) -> Option<Vec<Value>> {
        keys::<E>(&self.order, place).ok()
    }

    /// Keeps in mind that so many rows of all come up to this one.
    fn remember(&self, rows: u64, total: u64, last: &E::Model) {
        if let Some(print) = self.print {
            self.services.remembered.places.insert((print, rows), (self.places().of(last), total));
        }
    }

    fn sorted(&self, mut query: Select<E>, back: bool) -> Select<E> {
        for sort in self.order.iter() {
            let order = sort.direction(back);
            let nulls = match order {
                Order::Asc => NullOrdering::Last,
                _ => NullOrdering::First,
            };
            let column = || Expr::col((E::default(), sort.column));
            query = match (sort.compared, sort.column.def().get_column_type()) {
                (Compared::AsNumbers, _) => {
                    let parts = self.as_numbers(column);
                    let query =
                        parts.into_iter().fold(query, |query, part| query.order_by(part, order.clone()));
                    query.order_by(sort.column, order)
                }
                (Compared::ByWord(word), _) => query.order_by(column().eq(word), order),
                (_, ColumnType::Json | ColumnType::JsonBinary) => {
                    query.order_by_with_nulls(self.json_text(column()), order, nulls)
                }
                (_, _) if sort.column.def().is_null() => query.order_by_with_nulls(sort.column, order, nulls),
                _ => query.order_by(sort.column, order),
            };
        }
        query
    }

    /// What texts of digits are sorted by: of two without their leading zeros the shorter is the smaller.
    fn as_numbers(&self, column: impl Fn() -> Expr) -> [Expr; 3] {
        let significant = || Func::cust("ltrim").arg(column()).arg("0");
        let digits = || self.all_digits(column());
        [
            Expr::case(digits(), 0).finally(1).into(),
            Expr::case(digits(), Func::char_length(significant())).finally(0).into(),
            Expr::case(digits(), significant()).finally("").into(),
        ]
    }

    /// A list in JSON as a text that is the same in both databases; PostgreSQL compares lists by their
    /// lengths, and writes spaces.
    fn json_text(&self, list: Expr) -> Expr {
        match self.services.reader.get_database_backend() {
            sea_orm::DbBackend::Postgres => {
                Expr::cust_with_exprs("replace($1::text, ', ', ',') COLLATE \"C\"", [list])
            }
            _ => Expr::cust_with_exprs("replace(?, ', ', ',')", [list]),
        }
    }

    /// Whether a text is made of digits alone, in the database's own words.
    fn all_digits(&self, text: Expr) -> Expr {
        match self.services.reader.get_database_backend() {
            sea_orm::DbBackend::Postgres => Expr::cust_with_exprs("$1 ~ '^[0-9]+$'", [text]),
            _ => Expr::cust_with_exprs("? NOT GLOB '*[^0-9]*'", [text]),
        }
    }
}
