//! What a document needs of a row, so that no more is read of it.

use std::collections::HashMap;

use async_graphql::{
    Context, SelectionField,
    registry::{MetaType, Registry},
};
use entity::Resource;
use sea_orm::{IdenStatic, Iterable};
use service::Columns;

use crate::{View, ViewRow, view::ViewColumn};

/// The column that a field needs; a field that is not in here may need any.
///
/// Names are without underscores and capitals, so that those of columns are those of fields.
pub(crate) type Needs<V> = HashMap<String, ViewColumn<V>>;

/// What the fields of a view need: those of its row a column each, relations the column that leads there.
pub(crate) fn needs<V: View>() -> Needs<V> {
    let columns: Needs<V> = ViewColumn::<V>::iter().map(|column| (plain(column.as_str()), column)).collect();
    let kind = plain(V::Entity::KIND.word());
    let of_field = |field: &str| match field {
        "databaseid" => Some(V::Entity::ID),
        // `type` is short for `extension_type`.
        _ => columns.get(field).or_else(|| columns.get(&format!("{kind}{field}"))).copied(),
    };
    let mut registry = Registry::default();
    let of_row = match registry.create_fake_output_type::<ViewRow<V>>() {
        MetaType::Object { fields, .. } => fields.into_keys().map(|field| plain(&field)).collect(),
        _ => Vec::new(),
    };
    let of_row = of_row.into_iter().filter_map(|field| Some((of_field(&field)?, field)));
    let links = V::LINKS.iter().filter_map(|(link, by)| Some((*columns.get(&plain(by))?, plain(link))));
    of_row.chain(links).chain([(V::Entity::ID, plain("id"))]).map(|(column, field)| (field, column)).collect()
}

/// Whether a name in the document is the one of a relation.
pub(crate) fn is_named(field: &str, link: &str) -> bool {
    let letters = link.bytes().filter(|letter| *letter != b'_');
    letters.eq(field.bytes().map(|letter| letter.to_ascii_lowercase()))
}

fn plain(name: &str) -> String {
    name.chars().filter(|letter| *letter != '_').map(|letter| letter.to_ascii_lowercase()).collect()
}

/// The columns that a field needs that shows rows.
pub(crate) fn of_rows<V: View>(ctx: &Context<'_>) -> Columns<ViewColumn<V>> {
    columns::<V>(ctx.field().selection_set())
}

/// The columns that a field needs that shows a page of rows.
pub(crate) fn of_page<V: View>(ctx: &Context<'_>) -> Columns<ViewColumn<V>> {
    let page = [ctx.field()];
    let rows = [below(&page, "nodes"), below(&below(&page, "edges"), "node")].concat();
    let fields: Vec<_> = rows.iter().flat_map(SelectionField::selection_set).collect();
    columns::<V>(fields.into_iter())
}

/// The fields of this name below any of these.
fn below<'a>(fields: &[SelectionField<'a>], name: &str) -> Vec<SelectionField<'a>> {
    fields.iter().flat_map(SelectionField::selection_set).filter(|field| field.name() == name).collect()
}

fn columns<'a, V: View>(fields: impl Iterator<Item = SelectionField<'a>>) -> Columns<ViewColumn<V>> {
    let needs = V::needs();
    let fields = fields.filter(|field| field.name() != "__typename");
    let needed: Option<Vec<_>> = fields.map(|field| needs.get(&plain(field.name())).copied()).collect();
    needed.map_or_else(Columns::default, Columns::some)
}

/// The fields of a view that read whole rows although they need one column.
#[cfg(test)]
pub(crate) fn forgotten<V: View>() -> Vec<String> {
    let MetaType::Object { fields, .. } = Registry::default().create_fake_output_type::<ViewRow<V>>() else {
        return vec![format!("{} is no object", V::type_name())];
    };
    let fields = fields.into_keys().chain(V::LINKS.iter().map(|(link, _)| (*link).to_owned()));
    fields.filter(|field| !V::needs().contains_key(&plain(field))).collect()
}
