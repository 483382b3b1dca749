//! Relay connections: pages by key, and a count that is made only when it is asked for.

use std::{borrow::Cow, sync::Arc};

use async_graphql::{
    Context, ContextSelectionSet, Enum, InputObject, InputType, Object, OutputType, Positioned, ServerResult,
    SimpleObject, TypeName, Value, parser::types::Field, registry::Registry,
};
use sea_orm::{Condition, EntityTrait};
use service::{Error, Listing, Page, Place, Places, Slice, Sort};

use crate::{
    Result, Shown, View,
    batch::{Loaded, loaded},
    call::{Call, call},
    failure::Failure,
    follow::plain,
    shown,
    view::Narrow,
};

/// How many rows a page has when nobody says, and at most.
const DEFAULT: i32 = 50;
const MOST: i32 = 200;

/// Which way to sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum Direction {
    /// The smallest first.
    Asc,
    /// The greatest first.
    Desc,
}

/// By what to sort, and which way.
#[derive(Clone, Copy, Debug, InputObject)]
#[graphql(name_type)]
pub(crate) struct OrderBy<F: InputType> {
    /// By what.
    pub(crate) field: F,
    /// Which way.
    #[graphql(default_with = "Direction::Asc")]
    pub(crate) direction: Direction,
}

impl<F: InputType> TypeName for OrderBy<F> {
    fn type_name() -> Cow<'static, str> {
        F::type_name().trim_end_matches("Field").to_owned().into()
    }
}

/// Which part of a list somebody asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    pub(crate) first: Option<i32>,
    pub(crate) after: Option<String>,
    pub(crate) last: Option<i32>,
    pub(crate) before: Option<String>,
}

impl Window {
    fn slice(self) -> Result<Slice> {
        let wrong = |message: &str| Err(Failure(Error::BadRequest(message.to_owned())).into());
        let (size, from_end) = match (self.first, self.last) {
            (Some(_), Some(_)) => return wrong("ask for `first` or for `last`, not for both"),
            (first, None) => (first.unwrap_or(DEFAULT), false),
            (None, Some(last)) => (last, true),
        };
        if !(1..=MOST).contains(&size) {
            return wrong("ask for 1 to 200 rows");
        }
        let place =
            |text: Option<String>| text.map(|text| text.parse::<Place>()).transpose().map_err(Failure);
        Ok(Slice {
            size: size.unsigned_abs().into(),
            from_end,
            after: place(self.after)?,
            before: place(self.before)?,
        })
    }
}

/// What somebody asks of a list.
pub(crate) struct Asked<V: View> {
    pub(crate) filter: Option<V::Filter>,
    pub(crate) order_by: Option<Vec<OrderBy<V::Order>>>,
    pub(crate) window: Window,
}

type Column<V> = <<V as View>::Entity as EntityTrait>::Column;

impl<V: View> Asked<V> {
    pub(crate) fn into_parts(self) -> Result<(Listing<Column<V>>, Slice)> {
        let filter = self.filter.as_ref().map_or_else(Condition::all, Narrow::condition);
        let sort = |by: OrderBy<V::Order>| {
            let descending = by.direction == Direction::Desc;
            Sort { descending, ..Sort::by(by.field.into()) }
        };
        let order: Vec<_> = self.order_by.into_iter().flatten().map(sort).collect();
        if order.len() > 8 {
            return Err(Failure(Error::BadRequest("sort by at most 8 fields".into())).into());
        }
        Ok((Listing { filter, order, ..Listing::default() }, self.window.slice()?))
    }
}

/// Below which row a list is, by the column that names it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Below<C> {
    pub(crate) column: C,
    pub(crate) id: i64,
    /// Where the list stands in the document: its counts are made together and no others with them.
    pub(crate) pos: async_graphql::Pos,
}

/// The rows of a page, ready to be shown.
pub(crate) struct Rows<V: View> {
    shown: Vec<Shown<V>>,
    places: Places<V::Entity>,
    has_previous: bool,
    has_next: bool,
}

impl<V: View> Rows<V> {
    /// The rows.
    pub(crate) fn rows(&self) -> &[Shown<V>] {
        &self.shown
    }

    fn cursor(&self, row: &Shown<V>) -> String {
        self.places.of(row.view().row()).to_string()
    }
}

impl<V: View> From<Page<V::Entity>> for Rows<V> {
    fn from(page: Page<V::Entity>) -> Self {
        Self {
            shown: Shown::all(page.rows).collect(),
            places: page.places,
            has_previous: page.has_previous,
            has_next: page.has_next,
        }
    }
}

/// The rows alone, as a list.
struct Nodes<V: View>(Arc<Rows<V>>);

impl<V: View> OutputType for Nodes<V> {
    fn type_name() -> Cow<'static, str> {
        format!("[{}]", V::qualified_type_name()).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        V::create_type_info(registry);
        Self::qualified_type_name()
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let rows = &self.0.shown;
        let places: Vec<_> = (0..rows.len()).map(|at| ctx.with_index(at)).collect();
        let values = shown::all(&places, field, rows).await;
        values.into_iter().collect::<ServerResult<_>>().map(Value::List)
    }
}

/// The rows as a list, each with its place.
struct Edges<V: View>(Arc<Rows<V>>);

impl<V: View> OutputType for Edges<V> {
    fn type_name() -> Cow<'static, str> {
        <Vec<Edge<V>> as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<Edge<V>> as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let rows = &self.0.shown;
        let is_node = |part: &&&Positioned<Field>| part.node.name.node.as_str() == "node";
        let parts = plain(field).filter(|parts| parts.iter().filter(is_node).count() < 2);
        let Some(parts) = parts else {
            let edge = |row: &Shown<V>| Edge { cursor: self.0.cursor(row), node: row.clone() };
            return rows.iter().map(edge).collect::<Vec<_>>().resolve(ctx, field).await;
        };
        let edges: Vec<_> = (0..rows.len()).map(|at| ctx.with_index(at)).collect();
        let mut nodes = Vec::new();
        if let Some(node) = parts.iter().find(is_node) {
            let fields: Vec<_> = edges.iter().map(|edge| edge.with_field(node)).collect();
            let set = &node.node.selection_set;
            let places: Vec<_> = fields.iter().map(|field| field.with_selection_set(set)).collect();
            let values = shown::all(&places, node, rows).await.into_iter();
            nodes = values.collect::<ServerResult<Vec<_>>>()?;
        }
        let mut nodes = nodes.into_iter();
        let edge = |row| {
            let member = |part: &&Positioned<Field>| {
                let value = match part.node.name.node.as_str() {
                    "__typename" => Value::String(<Edge<V> as OutputType>::type_name().into_owned()),
                    "cursor" => Value::String(self.0.cursor(row)),
                    _ => nodes.next().unwrap_or_default(),
                };
                (part.node.response_key().node.clone(), value)
            };
            Value::Object(parts.iter().map(member).collect())
        };
        Ok(Value::List(rows.iter().map(edge).collect()))
    }
}

/// A page of a list.
pub(crate) struct Connection<V: View> {
    pub(crate) page: Arc<Rows<V>>,
    pub(crate) filter: Condition,
    pub(crate) below: Option<Below<Column<V>>>,
}

impl<V: View> TypeName for Connection<V> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", <V as async_graphql::OutputType>::type_name()).into()
    }
}

/// One row of a page.
#[derive(SimpleObject)]
#[graphql(name_type)]
pub(crate) struct Edge<V: View> {
    /// Its place in the list, for `after` and `before`.
    cursor: String,
    /// The row.
    node: Shown<V>,
}

impl<V: View> TypeName for Edge<V> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", <V as async_graphql::OutputType>::type_name()).into()
    }
}

/// Whether there is more of a list, and where.
#[derive(SimpleObject)]
pub(crate) struct PageInfo {
    /// Whether rows come before this page.
    has_previous_page: bool,
    /// Whether rows come after this page.
    has_next_page: bool,
    /// The place of the first row; null on an empty page.
    start_cursor: Option<String>,
    /// The place of the last row; null on an empty page.
    end_cursor: Option<String>,
}

/// A page of a list, and how to go on from it.
#[Object(name_type)]
impl<V: View> Connection<V> {
    /// The rows, each with its place.
    async fn edges(&self) -> Edges<V> {
        Edges(self.page.clone())
    }

    /// The rows alone.
    async fn nodes(&self) -> Nodes<V> {
        Nodes(self.page.clone())
    }

    /// Whether there is more, and where.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_previous_page: self.page.has_previous,
            has_next_page: self.page.has_next,
            start_cursor: self.page.shown.first().map(|row| self.page.cursor(row)),
            end_cursor: self.page.shown.last().map(|row| self.page.cursor(row)),
        }
    }

    /// How many rows the whole list has; counted only when it is selected.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let call = call(ctx)?;
        let count = match self.below {
            None => {
                call.services.count::<V::Entity>(&call.caller, self.filter.clone()).await.map_err(Failure)?
            }
            Some(below) => {
                let count = || CountBelow::<V>::of(call, below.column, self.filter.clone());
                let loader = call.loaders.at(below.pos, sea_orm::IdenStatic::as_str(&below.column), count);
                loaded(loader.try_load(below.id).await)?.map_err(Failure)?
            }
        };
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

/// Counts below many parents at once.
struct CountBelow<V: View> {
    services: Arc<service::Services>,
    caller: service::Caller,
    column: Column<V>,
    filter: Condition,
}

impl<V: View> CountBelow<V> {
    fn of(call: &Call, column: Column<V>, filter: Condition) -> Self {
        Self { services: call.services.clone(), caller: call.caller.clone(), column, filter }
    }
}

impl<V: View> dataloader::BatchFn<i64, Loaded<u64>> for CountBelow<V> {
    async fn load(&mut self, keys: &[i64]) -> std::collections::HashMap<i64, Loaded<u64>> {
        let parents = keys.iter().map(|id| entity::Id::<V::Entity>::new(*id)).collect();
        let counted = self.services.count_below::<V::Entity, V::Entity>(
            &self.caller,
            self.column,
            parents,
            self.filter.clone(),
        );
        match counted.await {
            Ok(counts) => counts.into_iter().map(|(id, count)| (id.number(), Ok(count))).collect(),
            Err(error) => keys.iter().map(|id| (*id, Err(error.clone()))).collect(),
        }
    }
}
