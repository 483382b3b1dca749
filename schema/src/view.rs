//! What makes a GraphQL object a view of a row.

use async_graphql::{ContainerType, InputType};
use entity::Id;
use sea_orm::{Condition, EntityTrait};
use service::Rules;

/// A GraphQL object over a row of an entity.
pub(crate) trait View: ContainerType + From<ViewRow<Self>> + Clone + 'static {
    /// Whose rows.
    type Entity: Rules + EntityTrait<Model: ContainerType>;
    /// What lists of it are narrowed by.
    type Filter: InputType + Narrow;
    /// What lists of it are sorted by.
    type Order: InputType + Copy + Into<<Self::Entity as EntityTrait>::Column>;

    /// The row, whose columns are fields.
    fn row(&self) -> &ViewRow<Self>;
}

/// The row behind a view.
pub(crate) type ViewRow<V> = <<V as View>::Entity as EntityTrait>::Model;

/// The id of the row behind a view.
pub(crate) type ViewKey<V> = Id<<V as View>::Entity>;

/// A filter input, as the condition it stands for.
pub(crate) trait Narrow {
    /// The condition.
    fn condition(&self) -> Condition;
}
