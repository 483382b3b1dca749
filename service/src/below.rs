//! Rows of many parents at once: the same page below each, counts below each, and rows by their ids.
//!
//! However many there are, they are one value of a statement that is always the same, so that the
//! database plans it once.

use std::collections::HashMap;

use entity::Id;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IdenStatic, JoinType, QueryFilter, QuerySelect,
    QueryTrait, Statement,
    sea_query::{Alias, Asterisk, Condition, Expr, ExprTrait, Func, Query, SelectStatement},
};

use crate::{
    Action, Caller, Columns, Error, Listing, Page, Result, Rules, Services, Slice,
    columns::{add, kinds, narrowed, rows},
    page::{VALUES, Walk, cut},
};

impl Services {
    /// The same page below each of many parents, in one statement for all of them.
    pub async fn list_below<E: Rules, P: Send + Sync + 'static>(
        &self,
        caller: &Caller,
        parent: E::Column,
        parents: Vec<Id<P>>,
        listing: &Listing<E::Column>,
        slice: &Slice,
    ) -> Result<HashMap<Id<P>, Page<E>>> {
        let numbers = parents.iter().map(|id| id.number());
        let (walk, columns, statement) = self.below::<E>(caller, parent, numbers, listing, slice)?;
        let at = columns.iter().position(|column| column.as_str() == parent.as_str());
        let at = at.ok_or_else(|| Error::broken("a row that does not tell its parent"))?;
        let found = self.reader.query_all_raw(statement).await?;
        let (kinds, each) = (kinds::<E>(&columns), found.len() / parents.len().max(1) + 1);
        let mut below: HashMap<i64, Vec<E::Model>> = HashMap::new();
        for row in &found {
            let of_parent = below.entry(row.try_get_by_index(at)?);
            add::<E>(of_parent.or_insert_with(|| Vec::with_capacity(each)), row, &kinds)?;
        }
        let page = |id: &Id<P>| (*id, cut(&walk, slice, below.remove(&id.number()).unwrap_or_default()));
        Ok(parents.iter().map(page).collect())
    }

    /// Refuses a page below parents that [`Services::list_below`] would refuse whatever they are, and without waiting.
    pub fn refuse_below<E: Rules>(
        &self,
        caller: &Caller,
        parent: E::Column,
        listing: &Listing<E::Column>,
        slice: &Slice,
    ) -> Result<()> {
        self.below::<E>(caller, parent, std::iter::empty(), listing, slice).map(drop)
    }

    /// The statement for the same page below each of many parents, how it walks and what it reads.
    fn below<E: Rules>(
        &self,
        caller: &Caller,
        parent: E::Column,
        parents: impl Iterator<Item = i64>,
        listing: &Listing<E::Column>,
        slice: &Slice,
    ) -> Result<(Walk<E>, Vec<E::Column>, Statement)> {
        let grant = caller.grant::<E>(Action::Read)?;
        let walk = Walk::<E>::of(listing, slice)?;
        let columns = listing.columns.with(walk.columns().chain([parent]));
        let all = grant.select().filter(listing.filter.clone());
        let of_parent = Expr::col((E::default(), parent));
        let query = match self.reader.get_database_backend() {
            DbBackend::Postgres => {
                let own = of_parent.eq(Expr::col((Alias::new("parent"), Alias::new("parent"))));
                let part = narrowed(walk.page(all.filter(own)), &columns).into_query();
                let parents = Expr::cust_with_values("CAST($1 AS text)::bigint[]", [array(parents)]);
                Query::select()
                    .column((Alias::new("part"), Asterisk))
                    .from_function(Func::cust("unnest").arg(parents), "parent")
                    .join_lateral(JoinType::InnerJoin, part, "part", Expr::cust("TRUE"))
                    .to_owned()
            }
            // SQLite has no LATERAL, but takes the rows of a subquery by their ids.
            _ => {
                let own = of_parent.eq(Expr::col((Alias::new("parent"), Alias::new("value"))));
                let mut part: SelectStatement = walk.page(all.filter(own)).into_query();
                part.clear_selects().column((E::default(), E::ID));
                let mut query = narrowed(walk.sorted(grant.select()), &columns).into_query();
                let parents = Func::cust("json_each").arg(json(parents));
                query.from_clear().from_function(parents, "parent");
                query.join(JoinType::InnerJoin, E::default(), E::ID.in_subquery(part));
                query
            }
        };
        let statement = self.bounded(&query, VALUES)?;
        Ok((walk, columns, statement))
    }

    /// How many rows each of many parents has.
    pub async fn count_below<E: Rules, P: Send + Sync + 'static>(
        &self,
        caller: &Caller,
        parent: E::Column,
        parents: Vec<Id<P>>,
        filter: Condition,
    ) -> Result<HashMap<Id<P>, u64>> {
        let grant = caller.grant::<E>(Action::Read)?;
        let mut counts: HashMap<Id<P>, u64> = parents.iter().map(|id| (*id, 0)).collect();
        let numbers = parents.iter().map(|id| id.number());
        let among = among::<E>(self.reader.get_database_backend(), parent, numbers);
        let counted = grant.select().filter(filter).filter(among).select_only();
        let counted = counted.column_as(parent, "parent").column_as(E::ID.count(), "rows").group_by(parent);
        self.bounded(QueryTrait::query(&mut counted.clone()), VALUES)?;
        for (id, rows) in counted.into_tuple::<(i64, i64)>().all(&self.reader).await? {
            counts.insert(Id::new(id), rows.try_into().unwrap_or_default());
        }
        Ok(counts)
    }

    /// The rows with these ids, in the caller's scope and in no order, as far as these columns.
    pub async fn get_many<E: Rules>(
        &self,
        caller: &Caller,
        ids: Vec<Id<E>>,
        columns: &Columns<E::Column>,
    ) -> Result<Vec<E::Model>> {
        let grant = caller.grant::<E>(Action::Read)?;
        let columns = columns.with([E::ID]);
        let backend = self.reader.get_database_backend();
        let named = grant.select().filter(among::<E>(backend, E::ID, ids.iter().map(|id| id.number())));
        let statement = backend.build(&narrowed(named, &columns).into_query());
        rows::<E>(&self.reader, statement, &columns).await
    }
}

/// That a column holds one of these numbers.
pub(crate) fn among<E: EntityTrait>(
    backend: DbBackend,
    column: E::Column,
    numbers: impl Iterator<Item = i64>,
) -> Expr {
    let column = Expr::col((E::default(), column));
    let (sql, numbers) = match backend {
        DbBackend::Postgres => ("$1 = ANY(CAST($2 AS text)::bigint[])", array(numbers)),
        _ => ("? IN (SELECT value FROM json_each(?))", json(numbers)),
    };
    Expr::cust_with_exprs(sql, [column, Expr::val(numbers)])
}

/// Numbers as PostgreSQL writes an array.
fn array(numbers: impl Iterator<Item = i64>) -> String {
    format!("{{{}}}", joined(numbers))
}

/// Numbers as a list in JSON.
fn json(numbers: impl Iterator<Item = i64>) -> String {
    format!("[{}]", joined(numbers))
}

fn joined(numbers: impl Iterator<Item = i64>) -> String {
    Vec::from_iter(numbers.map(|number| number.to_string())).join(",")
}
