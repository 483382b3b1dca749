//! How rows are written out: columns at once, relations together after them.
//!
//! The executor makes a boxed future of every field. A column is there already, so here it is asked
//! where it stands; only what must wait becomes a future (decision record 0012).

use std::{borrow::Cow, future::Future, pin::Pin, sync::Arc};

use async_graphql::{
    ContainerType, Context, ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value,
    futures_util::{FutureExt, future::try_join_all},
    indexmap::IndexMap,
    parser::types::{Field, Selection, SelectionSet},
    registry::Registry,
};

use crate::View;

/// A view that many fields may show without copying it.
pub(crate) struct Shown<V>(Arc<V>);

impl<V> Shown<V> {
    pub(crate) fn new(view: V) -> Self {
        Self(Arc::new(view))
    }

    pub(crate) fn view(&self) -> &V {
        &self.0
    }
}

impl<V> Clone for Shown<V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<V: View> OutputType for Shown<V> {
    fn type_name() -> Cow<'static, str> {
        V::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        V::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let Some(parts) = parts(ctx, self.view()) else { return self.0.resolve(ctx, field).await };
        let values = written(std::slice::from_ref(ctx), std::slice::from_ref(self), &parts).await?;
        Ok(values.into_iter().next().unwrap_or_default())
    }
}

/// Writes out a list of rows, all of them alike.
pub(crate) async fn list<V: View>(
    ctx: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
    rows: &[Shown<V>],
) -> ServerResult<Value> {
    let places: Vec<_> = (0..rows.len()).map(|at| ctx.with_index(at)).collect();
    let parts = rows.first().zip(places.first()).and_then(|(row, place)| parts(place, row.view()));
    let values = match parts {
        Some(parts) => written(&places, rows, &parts).await?,
        None => {
            let mut each = Vec::with_capacity(rows.len());
            for (row, place) in rows.iter().zip(&places) {
                each.push(async move {
                    let value = row.0.resolve(place, field).await;
                    value.map_err(|error| place.set_error_path(error))
                });
            }
            try_join_all(each).await?
        }
    };
    Ok(Value::List(values))
}

/// One field of what is selected.
enum Part<'c> {
    TypeName(Name),
    Column(Name, Context<'c>),
    Other(Name, &'c Positioned<Field>),
}

impl Part<'_> {
    fn name(&self) -> &Name {
        let (Self::TypeName(name) | Self::Column(name, _) | Self::Other(name, _)) = self;
        name
    }
}

/// What is selected of a view; none where it takes the executor's own walk: fields that are selected
/// twice and must be merged, and fragments on an interface.
fn parts<'c, V: View>(ctx: &'c ContextSelectionSet<'c>, probe: &V) -> Option<Vec<Part<'c>>> {
    let mut parts = Vec::with_capacity(ctx.item.node.items.len());
    add(ctx, &ctx.item.node, probe, &mut parts)?;
    Some(parts)
}

fn add<'c, V: View>(
    ctx: &'c ContextSelectionSet<'c>,
    selected: &'c SelectionSet,
    probe: &V,
    parts: &mut Vec<Part<'c>>,
) -> Option<()> {
    for selection in &selected.items {
        let (on, selected) = match &selection.node {
            Selection::Field(field) => {
                let name = field.node.response_key().node.clone();
                if parts.iter().any(|part| *part.name() == name) {
                    return None;
                }
                let here = ctx.with_field(field);
                let is_column =
                    || matches!(probe.row().resolve_field(&here).now_or_never(), Some(Ok(Some(_))));
                parts.push(match field.node.name.node.as_str() {
                    "__typename" => Part::TypeName(name),
                    _ if is_column() => Part::Column(name, here),
                    _ => Part::Other(name, field),
                });
                continue;
            }
            Selection::InlineFragment(inline) => {
                (inline.node.type_condition.as_ref(), &inline.node.selection_set.node)
            }
            Selection::FragmentSpread(spread) => {
                let fragment = &ctx.query_env.fragments.get(&spread.node.fragment_name.node)?.node;
                (Some(&fragment.type_condition), &fragment.selection_set.node)
            }
        };
        if on.is_some_and(|on| on.node.on.node.as_str() != V::type_name()) {
            return None;
        }
        add(ctx, selected, probe, parts)?;
    }
    Some(())
}

type Later<'c> = Pin<Box<dyn Future<Output = ServerResult<Value>> + Send + 'c>>;

/// The rows as objects, each at its place in the answer.
async fn written<'c, V: View>(
    places: &'c [ContextSelectionSet<'c>],
    rows: &'c [Shown<V>],
    parts: &[Part<'c>],
) -> ServerResult<Vec<Value>> {
    let mut later: Vec<Later<'c>> = Vec::new();
    for (row, place) in rows.iter().zip(places) {
        for part in parts {
            if let Part::Other(_, field) = part {
                let field: &'c Positioned<Field> = field;
                later.push(Box::pin(async move {
                    let value = row.view().resolve_field(&place.with_field(field)).await;
                    value.map(Option::unwrap_or_default).map_err(|error| place.set_error_path(error))
                }));
            }
        }
    }
    let mut later = try_join_all(later).await?.into_iter();
    let mut written = Vec::with_capacity(rows.len());
    for row in rows {
        let mut object = IndexMap::with_capacity(parts.len());
        for part in parts {
            let value = match part {
                Part::TypeName(_) => Value::String(V::type_name().into_owned()),
                Part::Column(_, here) => match row.view().row().resolve_field(here).now_or_never() {
                    Some(value) => value?.unwrap_or_default(),
                    None => Value::Null,
                },
                Part::Other(..) => later.next().unwrap_or_default(),
            };
            object.insert(part.name().clone(), value);
        }
        written.push(Value::Object(object));
    }
    Ok(written)
}
