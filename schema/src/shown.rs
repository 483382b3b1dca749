//! How rows are written out: what they lead to first, for all of them together, then each with its columns.
//!
//! The executor makes a boxed future of every field. A column is there already, so here it is asked
//! where it stands (decision record 0012).

use std::{borrow::Cow, sync::Arc};

use async_graphql::{
    ContainerType, Context, ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value,
    futures_util::{FutureExt, future::join_all},
    indexmap::IndexMap,
    parser::types::{Field, Selection, SelectionSet},
    registry::Registry,
};

use crate::{
    View, ViewRow,
    follow::{Followed, located, next},
    text::{AsText, texts, write, write_name},
};

/// A view that many fields may show without copying it: one of those that were read together.
pub(crate) struct Shown<V> {
    together: Arc<Vec<V>>,
    at: usize,
}

impl<V> Shown<V> {
    pub(crate) fn new(view: V) -> Self {
        Self { together: Arc::new(vec![view]), at: 0 }
    }

    pub(crate) fn view(&self) -> &V {
        &self.together[self.at]
    }
}

impl<V: View> Shown<V> {
    /// The views of these rows.
    pub(crate) fn all(rows: Vec<ViewRow<V>>) -> impl Iterator<Item = Self> {
        let together = Arc::new(rows.into_iter().map(V::from).collect::<Vec<_>>());
        (0..together.len()).map(move |at| Self { together: together.clone(), at })
    }
}

impl<V> Clone for Shown<V> {
    fn clone(&self) -> Self {
        Self { together: self.together.clone(), at: self.at }
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
        let values = all(std::slice::from_ref(ctx), field, std::slice::from_ref(self)).await;
        next(&mut values.into_iter())
    }
}

/// Rows, all of them alike, each at its place in the answer.
pub(crate) async fn all<V: View>(
    places: &[ContextSelectionSet<'_>],
    field: &Positioned<Field>,
    rows: &[Shown<V>],
) -> Vec<ServerResult<Value>> {
    let (Some(place), Some(row)) = (places.first(), rows.first()) else { return Vec::new() };
    let Some(parts) = parts(place, row.view()) else {
        let alone = async |row: &Shown<V>, place: &ContextSelectionSet<'_>| {
            row.view().resolve(place, field).await.map_err(|error| located(place, error))
        };
        return join_all(rows.iter().zip(places).map(|(row, place)| alone(row, place))).await;
    };
    let others = parts.iter().filter_map(|part| match part {
        Part::Other(_, field) => Some(other(places, field, rows)),
        _ => None,
    });
    let mut others: Vec<_> = join_all(others).await.into_iter().map(Vec::into_iter).collect();
    let mut related = || {
        let values: Vec<_> = others.iter_mut().map(next).collect();
        values.into_iter().collect::<ServerResult<Vec<_>>>()
    };
    if place.data_opt::<AsText>().is_none() {
        return rows.iter().map(|row| object(row, &parts, related()?)).collect();
    }
    texts(rows, |row, text| write_row(row, &parts, related()?, text))
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

/// What a field of the rows shows that is no column: relations together, anything else row by row.
fn other<'c, V: View>(
    places: &'c [ContextSelectionSet<'c>],
    field: &'c Positioned<Field>,
    rows: &'c [Shown<V>],
) -> Followed<'c> {
    V::follow(places, field, rows).unwrap_or_else(|| {
        Box::pin(join_all(rows.iter().zip(places).map(async move |(row, place)| {
            let value = row.view().resolve_field(&place.with_field(field)).await;
            value.map(Option::unwrap_or_default).map_err(|error| located(place, error))
        })))
    })
}

/// The value of a column.
fn column<V: View>(row: &Shown<V>, here: &Context<'_>) -> ServerResult<Value> {
    match row.view().row().resolve_field(here).now_or_never() {
        Some(value) => value.map(Option::unwrap_or_default),
        None => Ok(Value::Null),
    }
}

/// A row as an object.
fn object<V: View>(row: &Shown<V>, parts: &[Part<'_>], related: Vec<Value>) -> ServerResult<Value> {
    let mut related = related.into_iter();
    let mut object = IndexMap::with_capacity(parts.len());
    for part in parts {
        let value = match part {
            Part::TypeName(_) => Value::String(V::type_name().into_owned()),
            Part::Column(_, here) => column(row, here)?,
            Part::Other(..) => related.next().unwrap_or_default(),
        };
        object.insert(part.name().clone(), value);
    }
    Ok(Value::Object(object))
}

/// Writes a row as an object in JSON.
fn write_row<V: View>(
    row: &Shown<V>,
    parts: &[Part<'_>],
    related: Vec<Value>,
    text: &mut Vec<u8>,
) -> ServerResult<()> {
    let mut related = related.iter();
    text.push(b'{');
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            text.push(b',');
        }
        write_name(part.name(), text);
        match part {
            Part::TypeName(_) => write(&Value::String(V::type_name().into_owned()), text),
            Part::Column(_, here) => write(&column(row, here)?, text),
            Part::Other(..) => write(related.next().unwrap_or(&Value::Null), text),
        }
    }
    text.push(b'}');
    Ok(())
}
