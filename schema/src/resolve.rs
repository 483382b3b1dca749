//! The walks of the graph: one, list, related, list below a parent.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_graphql::Context;
use dataloader::BatchFn;
use entity::{Id, Resource};
use sea_orm::{Condition, EntityTrait};
use service::{Caller, Columns, Error, Listing, Services, Slice};

use crate::{
    Result, Shown, View, ViewKey,
    batch::{Loaded, loaded},
    call::call,
    connection::{Asked, Below, Connection, Rows},
    failure::Failure,
    selected::{of_page, of_rows},
    view::ViewColumn,
};

/// The row that a condition names, as the caller may see it.
pub(crate) async fn one<V: View>(ctx: &Context<'_>, named: Vec<Condition>) -> Result<Option<Shown<V>>> {
    let call = call(ctx)?;
    let mut named = named.into_iter();
    let (Some(by), None) = (named.next(), named.next()) else {
        call.caller.account().map_err(Failure)?;
        return Err(Failure(Error::BadRequest("name it by exactly one argument".into())).into());
    };
    let columns = of_rows::<V>(ctx);
    let row = call.services.find_part::<V::Entity>(&call.caller, by, &columns).await.map_err(Failure)?;
    Ok(row.map(|row| Shown::new(row.into())))
}

/// A page of all rows that the caller may see.
pub(crate) async fn page<V: View>(ctx: &Context<'_>, asked: Asked<V>) -> Result<Connection<V>> {
    let call = call(ctx)?;
    call.caller.account().map_err(Failure)?;
    let (mut listing, slice) = asked.into_parts()?;
    listing.columns = of_page::<V>(ctx);
    let page = call.services.list::<V::Entity>(&call.caller, &listing, &slice).await.map_err(Failure)?;
    Ok(Connection { page: Arc::new(page.into()), filter: listing.filter, below: None })
}

/// The row that a column of another row names; siblings are loaded together.
pub(crate) async fn related<V: View>(ctx: &Context<'_>, id: Option<ViewKey<V>>) -> Result<Option<Shown<V>>> {
    let Some(id) = id else { return Ok(None) };
    let mut found = related_to::<V>(ctx, [id]).await?;
    Ok(found.remove(&id.number()).transpose().map_err(Failure)?.flatten())
}

/// The rows with these ids, by their numbers, as far as the caller may see them.
pub(crate) async fn related_to<V: View>(
    ctx: &Context<'_>,
    ids: impl IntoIterator<Item = ViewKey<V>>,
) -> Result<HashMap<i64, Loaded<Option<Shown<V>>>>> {
    let call = call(ctx)?;
    let batch = || Related::<V> {
        services: call.services.clone(),
        caller: call.caller.clone(),
        columns: of_rows::<V>(ctx),
    };
    let loader = call.loaders.at(ctx.item.pos, "related", batch);
    let ids = HashSet::<i64>::from_iter(ids.into_iter().map(Id::number));
    loaded(loader.try_load_many(ids.into_iter().collect()).await)
}

/// The rows that a list column of another row names, in its order; siblings are loaded together.
pub(crate) async fn all_related<V: View>(ctx: &Context<'_>, ids: &[ViewKey<V>]) -> Result<Vec<Shown<V>>> {
    let found = related_to::<V>(ctx, ids.iter().copied()).await?;
    let rows = ids.iter().filter_map(|id| found.get(&id.number())?.clone().transpose());
    Ok(rows.collect::<Loaded<_>>().map_err(Failure)?)
}

/// A page of the rows below a parent; siblings are loaded together.
pub(crate) async fn page_below<V: View>(
    ctx: &Context<'_>,
    column: ViewColumn<V>,
    id: i64,
    asked: Asked<V>,
) -> Result<Connection<V>> {
    let page = pages_below(ctx, column, &[id], asked).await?.pop();
    Ok(page.ok_or_else(|| Failure(Error::broken("no page below a row")))?.map_err(Failure)?)
}

/// The same page below each of many parents, in their order.
pub(crate) async fn pages_below<V: View>(
    ctx: &Context<'_>,
    column: ViewColumn<V>,
    parents: &[i64],
    asked: Asked<V>,
) -> Result<Vec<Loaded<Connection<V>>>> {
    let call = call(ctx)?;
    let (mut listing, slice) = asked.into_parts()?;
    listing.columns = of_page::<V>(ctx);
    // A refusal ends the request for a row and what else waits for it. It must come before the loader has
    // their keys, or the siblings' would be lost with them.
    call.services.refuse_below::<V::Entity>(&call.caller, column, &listing, &slice).map_err(Failure)?;
    let filter = listing.filter.clone();
    let batch = || PageBelow::<V> {
        services: call.services.clone(),
        caller: call.caller.clone(),
        column,
        listing,
        slice,
    };
    let loader = call.loaders.at(ctx.item.pos, sea_orm::IdenStatic::as_str(&column), batch);
    let found = loaded(loader.try_load_many(parents.to_vec()).await)?;
    let page = |id: &i64| {
        let page = found.get(id).cloned().unwrap_or_else(|| Err(Error::broken("no page below a row")))?;
        let below = Below { column, id: *id, pos: ctx.item.pos };
        Ok(Connection { page, filter: filter.clone(), below: Some(below) })
    };
    Ok(parents.iter().map(page).collect())
}

/// Loads rows by id.
struct Related<V: View> {
    services: Arc<Services>,
    caller: Caller,
    columns: Columns<ViewColumn<V>>,
}

impl<V: View> BatchFn<i64, Loaded<Option<Shown<V>>>> for Related<V> {
    async fn load(&mut self, keys: &[i64]) -> HashMap<i64, Loaded<Option<Shown<V>>>> {
        let ids = keys.iter().map(|id| Id::new(*id)).collect();
        match self.services.get_many::<V::Entity>(&self.caller, ids, &self.columns).await {
            Ok(rows) => {
                let ids: Vec<i64> = rows.iter().map(|row| V::Entity::id(row).number()).collect();
                let found = ids.into_iter().zip(Shown::all(rows).map(|row| Ok(Some(row))));
                // Those that are not found are none.
                keys.iter().map(|id| (*id, Ok(None))).chain(found).collect()
            }
            // Who may not see the kind at all sees no such row.
            Err(Error::Forbidden(..)) => keys.iter().map(|id| (*id, Ok(None))).collect(),
            Err(error) => keys.iter().map(|id| (*id, Err(error.clone()))).collect(),
        }
    }
}

/// Loads the same page below many parents.
struct PageBelow<V: View> {
    services: Arc<Services>,
    caller: Caller,
    column: <V::Entity as EntityTrait>::Column,
    listing: Listing<<V::Entity as EntityTrait>::Column>,
    slice: Slice,
}

impl<V: View> BatchFn<i64, Loaded<Arc<Rows<V>>>> for PageBelow<V> {
    async fn load(&mut self, keys: &[i64]) -> HashMap<i64, Loaded<Arc<Rows<V>>>> {
        let parents = keys.iter().map(|id| Id::<V::Entity>::new(*id)).collect();
        let pages = self.services.list_below::<V::Entity, V::Entity>(
            &self.caller,
            self.column,
            parents,
            &self.listing,
            &self.slice,
        );
        match pages.await {
            Ok(pages) => {
                pages.into_iter().map(|(id, page)| (id.number(), Ok(Arc::new(page.into())))).collect()
            }
            Err(error) => keys.iter().map(|id| (*id, Err(error.clone()))).collect(),
        }
    }
}
