//! Relations of many rows at once, level by level: what a level leads to is loaded and shown together,
//! however many rows lead there.

use std::pin::Pin;

use async_graphql::{
    ContainerType, Context, ContextSelectionSet, Name, OutputType, Positioned, ServerError, ServerResult,
    Value,
    futures_util::future::join_all,
    parser::types::{Field, Selection},
};

use crate::{
    Result, Shown, View, ViewKey,
    connection::{Asked, Connection, Window},
    failure::Failure,
    resolve::{pages_below, related_to},
    shown::all,
    text::{AsText, separated, texts, write, write_name},
    view::ViewColumn,
};

/// What rows lead to, one value for each.
pub(crate) type Followed<'c> = Pin<Box<dyn Future<Output = Vec<ServerResult<Value>>> + Send + 'c>>;

/// What the fields of rows show that lead to one row each, or to none.
pub(crate) async fn one<V: View>(
    places: &[ContextSelectionSet<'_>],
    field: &Positioned<Field>,
    ids: Vec<Option<ViewKey<V>>>,
) -> Vec<ServerResult<Value>> {
    let here: Vec<_> = places.iter().map(|place| place.with_field(field)).collect();
    let Some(first) = here.first() else { return Vec::new() };
    let found = related_to::<V>(first, ids.iter().flatten().copied()).await;
    let row = |id: Option<ViewKey<V>>| -> Result<Option<Shown<V>>> {
        let Some(id) = id else { return Ok(None) };
        let row = found.as_ref().map_err(Clone::clone)?.get(&id.number()).cloned().transpose();
        Ok(row.map_err(Failure)?.flatten())
    };
    let rows: Vec<_> = ids.into_iter().map(row).collect();
    let (mut sets, mut shown) = (Vec::new(), Vec::new());
    for (here, row) in here.iter().zip(&rows) {
        if let Ok(Some(row)) = row {
            sets.push(here.with_selection_set(&field.node.selection_set));
            shown.push(row.clone());
        }
    }
    let mut shown = all(&sets, field, &shown).await.into_iter();
    let value = |(here, row): (&Context<'_>, Result<Option<Shown<V>>>)| {
        let value = match row {
            Ok(Some(_)) => next(&mut shown),
            Ok(None) => Ok(Value::Null),
            Err(error) => Err(here.set_error_path(error.into_server_error(field.pos))),
        };
        // Such a field may be null, so an error ends here.
        Ok(value.unwrap_or_else(|error| {
            here.add_error(error);
            Value::Null
        }))
    };
    here.iter().zip(rows).map(value).collect()
}

/// What the fields of rows show that lead to a page below each of them.
pub(crate) async fn many<V: View>(
    places: &[ContextSelectionSet<'_>],
    field: &Positioned<Field>,
    column: ViewColumn<V>,
    parents: Vec<i64>,
) -> Vec<ServerResult<Value>> {
    let here: Vec<_> = places.iter().map(|place| place.with_field(field)).collect();
    let Some(first) = here.first() else { return Vec::new() };
    let found = match asked::<V>(first) {
        Ok(asked) => pages_below(first, column, &parents, asked)
            .await
            .map_err(|wrong| wrong.into_server_error(field.pos)),
        Err(wrong) => Err(wrong),
    };
    let pages: Vec<ServerResult<Connection<V>>> = match found {
        Ok(found) => {
            let refused = |error| async_graphql::Error::from(Failure(error)).into_server_error(field.pos);
            found.into_iter().map(|page| page.map_err(refused)).collect()
        }
        Err(wrong) => here.iter().map(|_| Err(wrong.clone())).collect(),
    };
    let (mut sets, mut found) = (Vec::new(), Vec::new());
    for (here, page) in here.iter().zip(&pages) {
        if let Ok(page) = page {
            sets.push(here.with_selection_set(&field.node.selection_set));
            found.push(page);
        }
    }
    let mut shown = all_pages(&sets, field, &found).await.into_iter();
    let value = |(here, page): (&Context<'_>, &ServerResult<Connection<V>>)| match page {
        Ok(_) => next(&mut shown),
        Err(wrong) => Err(here.set_error_path(wrong.clone())),
    };
    here.iter().zip(&pages).map(value).collect()
}

/// The arguments of a field that is a page of rows.
fn asked<V: View>(ctx: &Context<'_>) -> ServerResult<Asked<V>> {
    Ok(Asked {
        filter: ctx.param_value("filter", None)?.1,
        order_by: ctx.param_value("orderBy", None)?.1,
        window: Window {
            first: ctx.param_value("first", None)?.1,
            after: ctx.param_value("after", None)?.1,
            last: ctx.param_value("last", None)?.1,
            before: ctx.param_value("before", None)?.1,
        },
    })
}

/// Pages, each at its place in the answer.
async fn all_pages<V: View>(
    sets: &[ContextSelectionSet<'_>],
    field: &Positioned<Field>,
    pages: &[&Connection<V>],
) -> Vec<ServerResult<Value>> {
    let Some(fields) = plain(field) else {
        return join_all(pages.iter().zip(sets).map(|(page, set)| page.resolve(set, field))).await;
    };
    let shown = join_all(fields.iter().map(|field| of_pages(sets, field, pages))).await;
    let mut shown: Vec<_> = shown.into_iter().map(Vec::into_iter).collect();
    let names = fields.iter().map(|field| &field.node.response_key().node);
    let mut members = || -> ServerResult<Vec<(&Name, Value)>> {
        let values: Vec<_> = shown.iter_mut().map(next).collect();
        names.clone().zip(values).map(|(name, value)| Ok((name, value?))).collect()
    };
    if sets.first().is_none_or(|set| set.data_opt::<AsText>().is_none()) {
        let object = |members: Vec<(&Name, Value)>| {
            Value::Object(members.into_iter().map(|(name, value)| (name.clone(), value)).collect())
        };
        return pages.iter().map(|_| members().map(object)).collect();
    }
    texts(pages, |_, text| {
        separated(text, b"{}", members()?, |(name, value), text| {
            write_name(name, text);
            write(&value, text);
        });
        Ok(())
    })
}

/// One field of many pages: the nodes of all of them together, anything else of each for itself.
async fn of_pages<V: View>(
    sets: &[ContextSelectionSet<'_>],
    field: &Positioned<Field>,
    pages: &[&Connection<V>],
) -> Vec<ServerResult<Value>> {
    let here: Vec<_> = sets.iter().map(|set| set.with_field(field)).collect();
    match field.node.name.node.as_str() {
        "nodes" => nodes(&here, field, pages).await,
        "__typename" => {
            let name = <Connection<V> as OutputType>::type_name();
            pages.iter().map(|_| Ok(Value::String(name.clone().into_owned()))).collect()
        }
        _ => {
            let values = pages.iter().zip(&here).map(|(page, here)| page.resolve_field(here));
            let values = join_all(values).await.into_iter();
            values.map(|value| value.map(Option::unwrap_or_default)).collect()
        }
    }
}

/// The fields of a selection; none where it takes the executor's own walk: fragments, and fields that are
/// selected twice.
pub(crate) fn plain(field: &Positioned<Field>) -> Option<Vec<&Positioned<Field>>> {
    let mut fields: Vec<&Positioned<Field>> = Vec::new();
    for selection in &field.node.selection_set.node.items {
        let Selection::Field(one) = &selection.node else { return None };
        let name = &one.node.response_key().node;
        if fields.iter().any(|other| other.node.response_key().node == *name) {
            return None;
        }
        fields.push(one);
    }
    Some(fields)
}

/// The nodes of many pages.
async fn nodes<V: View>(
    here: &[Context<'_>],
    field: &Positioned<Field>,
    pages: &[&Connection<V>],
) -> Vec<ServerResult<Value>> {
    let lists: Vec<_> = here.iter().map(|here| here.with_selection_set(&field.node.selection_set)).collect();
    let (mut places, mut rows) = (Vec::new(), Vec::new());
    for (list, page) in lists.iter().zip(pages) {
        let shown = page.page.rows();
        places.extend((0..shown.len()).map(|at| list.with_index(at)));
        rows.extend(shown.iter().cloned());
    }
    let mut values = all(&places, field, &rows).await.into_iter();
    let list = |page: &&Connection<V>| {
        let values: Vec<_> = values.by_ref().take(page.page.rows().len()).collect();
        values.into_iter().collect::<ServerResult<_>>().map(Value::List)
    };
    pages.iter().map(list).collect()
}

/// An error at this place, unless it says itself where it is.
pub(crate) fn located(place: &ContextSelectionSet<'_>, error: ServerError) -> ServerError {
    if error.path.is_empty() { place.set_error_path(error) } else { error }
}

/// The next value of many, which are as many as the rows or pages.
pub(crate) fn next(values: &mut impl Iterator<Item = ServerResult<Value>>) -> ServerResult<Value> {
    values.next().unwrap_or(Ok(Value::Null))
}
