//! The walks of the graph: one, list, related, list below a parent.

use std::{collections::HashMap, sync::Arc};

use async_graphql::Context;
use dataloader::BatchFn;
use entity::Id;
use sea_orm::{Condition, EntityTrait};
use service::{Caller, Error, Listing, Services, Slice};

use crate::{
    Result, Shown, View, ViewKey,
    batch::{Loaded, loaded},
    call::call,
    connection::{Asked, Below, Connection, Rows},
    failure::Failure,
};

/// The row that a condition names, as the caller may see it.
pub(crate) async fn one<V: View>(ctx: &Context<'_>, named: Vec<Condition>) -> Result<Option<Shown<V>>> {
    let call = call(ctx)?;
    let mut named = named.into_iter();
    let (Some(by), None) = (named.next(), named.next()) else {
        call.caller.account().map_err(Failure)?;
        return Err(Failure(Error::BadRequest("name it by exactly one argument".into())).into());
    };
    let row = call.services.find_one::<V::Entity>(&call.caller, by).await.map_err(Failure)?;
    Ok(row.map(|row| Shown::new(row.into())))
}

/// A page of all rows that the caller may see.
pub(crate) async fn page<V: View>(ctx: &Context<'_>, asked: Asked<V>) -> Result<Connection<V>> {
    let call = call(ctx)?;
    call.caller.account().map_err(Failure)?;
    let (listing, slice) = asked.into_parts()?;
    let page = call.services.list::<V::Entity>(&call.caller, &listing, &slice).await.map_err(Failure)?;
    Ok(Connection { page: Arc::new(page.into()), filter: listing.filter, below: None })
}

/// The row that a column of another row names; siblings are loaded together.
pub(crate) async fn related<V: View>(ctx: &Context<'_>, id: Option<ViewKey<V>>) -> Result<Option<Shown<V>>> {
    let Some(id) = id else { return Ok(None) };
    let call = call(ctx)?;
    let batch = || Related::<V> {
        services: call.services.clone(),
        caller: call.caller.clone(),
        of: Default::default(),
    };
    let loader = call.loaders.at(async_graphql::Pos::default(), "related", batch);
    loaded(loader.try_load(id.number()).await)
}

/// The rows that a list column of another row names, in its order; siblings are loaded together.
pub(crate) async fn all_related<V: View>(ctx: &Context<'_>, ids: &[ViewKey<V>]) -> Result<Vec<Shown<V>>> {
    let found = ids.iter().map(|id| related::<V>(ctx, Some(*id)));
    let found = async_graphql::futures_util::future::try_join_all(found).await?;
    Ok(found.into_iter().flatten().collect())
}

/// A page of the rows below a parent; siblings are loaded together.
pub(crate) async fn page_below<V: View>(
    ctx: &Context<'_>,
    column: <V::Entity as EntityTrait>::Column,
    id: i64,
    asked: Asked<V>,
) -> Result<Connection<V>> {
    let call = call(ctx)?;
    let (listing, slice) = asked.into_parts()?;
    let filter = listing.filter.clone();
    let batch = || PageBelow::<V> {
        services: call.services.clone(),
        caller: call.caller.clone(),
        column,
        listing: listing.clone(),
        slice: slice.clone(),
    };
    let loader = call.loaders.at(ctx.item.pos, sea_orm::IdenStatic::as_str(&column), batch);
    let page = loaded(loader.try_load(id).await)?;
    Ok(Connection { page, filter, below: Some(Below { column, id, pos: ctx.item.pos }) })
}

/// Loads rows by id.
struct Related<V> {
    services: Arc<Services>,
    caller: Caller,
    of: std::marker::PhantomData<fn() -> V>,
}

impl<V: View> BatchFn<i64, Loaded<Option<Shown<V>>>> for Related<V> {
    async fn load(&mut self, keys: &[i64]) -> HashMap<i64, Loaded<Option<Shown<V>>>> {
        let ids = keys.iter().map(|id| Id::new(*id)).collect();
        match self.services.get_many::<V::Entity>(&self.caller, ids).await {
            Ok(mut rows) => {
                let mut shown = |id: i64| rows.remove(&Id::new(id)).map(|row| Shown::new(row.into()));
                keys.iter().map(|id| (*id, Ok(shown(*id)))).collect()
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
