//! What makes a GraphQL object a view of a row.

use async_graphql::{ContainerType, ContextSelectionSet, InputType, Positioned, parser::types::Field};
use entity::Id;
use sea_orm::{Condition, EntityTrait};
use service::Rules;

use crate::{Shown, follow::Followed, selected::Needs};

/// A GraphQL object over a row of an entity.
pub(crate) trait View: Links + ContainerType + From<ViewRow<Self>> + Clone + 'static {
    /// Whose rows.
    type Entity: Rules + EntityTrait<Model: ContainerType>;
    /// What lists of it are narrowed by.
    type Filter: InputType + Narrow;
    /// What lists of it are sorted by.
    type Order: InputType + Copy + Into<<Self::Entity as EntityTrait>::Column>;

    /// The row, whose columns are fields.
    fn row(&self) -> &ViewRow<Self>;

    /// The column that each field needs.
    fn needs() -> &'static Needs<Self>;
}

/// What leads from a view to others.
pub(crate) trait Links: Sized {
    /// The names of the relations, and of the columns that they need.
    const LINKS: &'static [(&'static str, &'static str)];

    /// What a field of many rows shows, if it leads to one row or to a page of rows.
    fn follow<'c>(
        places: &'c [ContextSelectionSet<'c>],
        field: &'c Positioned<Field>,
        rows: &[Shown<Self>],
    ) -> Option<Followed<'c>>;
}

/// The row behind a view.
pub(crate) type ViewRow<V> = <<V as View>::Entity as EntityTrait>::Model;

/// A column of the row behind a view.
pub(crate) type ViewColumn<V> = <<V as View>::Entity as EntityTrait>::Column;

/// The id of the row behind a view.
pub(crate) type ViewKey<V> = Id<<V as View>::Entity>;

/// A filter input, as the condition it stands for.
pub(crate) trait Narrow {
    /// The condition.
    fn condition(&self) -> Condition;
}
