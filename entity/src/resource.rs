//! What every table of the model has in common, and the list of them all.

use sea_orm::{EntityTrait, PrimaryKeyTrait};

use crate::{Id, Kind, tenant, user};

/// The facts of a table that the walks in `service` need.
pub trait Resource: EntityTrait<PrimaryKey: PrimaryKeyTrait<ValueType = Id<Self>>> {
    /// Which resource this is.
    const KIND: Kind;
    /// The primary key.
    const ID: Self::Column;
    /// The tenant that a row belongs to.
    const TENANT: Self::Column;
    /// Whether every tenant may read the rows that belong to none.
    const SHARED: bool;
    /// The person that a row belongs to.
    const OWNER: Option<Self::Column>;
    /// Grows with each write.
    const VERSION: Self::Column;
    /// When the row was made.
    const CREATED_AT: Self::Column;
    /// When the row was last written.
    const UPDATED_AT: Self::Column;
    /// Lists of ids on the row, each mirrored in a table with foreign keys.
    const LINKS: &'static [Link<Self::Column>];

    /// The primary key of a row.
    fn id(row: &Self::Model) -> Id<Self>;
    /// The tenant of a row.
    fn tenant(row: &Self::Model) -> Option<Id<tenant::Entity>>;
    /// The person that a row belongs to.
    fn owner(row: &Self::Model) -> Option<Id<user::Entity>>;
    /// The version of a row.
    fn version(row: &Self::Model) -> i32;
}

/// A column that lists ids, and the table that mirrors it so that the database keeps them real.
#[derive(Clone, Copy, Debug)]
pub struct Link<C> {
    /// The JSON column with the list.
    pub column: C,
    /// The mirror table.
    pub table: &'static str,
    /// The mirror's column for the row that has the list.
    pub from: &'static str,
    /// The mirror's column for the row that is listed.
    pub to: &'static str,
}

/// Writes `impl Resource for Entity` and what sea-orm asks of an entity besides its columns.
///
/// `resource!(PhoneNumber, tenant: row.tenant_id => TenantId)` names the kind, the expression for a
/// row's tenant and the column it comes from; `owner: row.user_id => UserId`, `shared` and
/// `links: [...]` may follow.
#[macro_export]
macro_rules! resource {
    (
        $kind:ident, tenant: $row:ident . $tenant:ident => $tenant_column:ident
        $(, owner: $orow:ident . $owner:ident => $owner_column:ident)?
        $(, shared: $shared:literal)?
        $(, links: [$($link:expr),*])?
    ) => {
        impl $crate::Resource for Entity {
            const KIND: $crate::Kind = $crate::Kind::$kind;
            const ID: Column = Column::Id;
            const TENANT: Column = Column::$tenant_column;
            const SHARED: bool = false $(|| $shared)?;
            const OWNER: Option<Column> = {
                #[allow(unused_mut, unused_assignments, reason = "one of two shapes of the macro")]
                let mut owner = None;
                $(owner = Some(Column::$owner_column);)?
                owner
            };
            const VERSION: Column = Column::Version;
            const CREATED_AT: Column = Column::CreatedAt;
            const UPDATED_AT: Column = Column::UpdatedAt;
            const LINKS: &'static [$crate::Link<Column>] = &[$($($link),*)?];

            fn id(row: &Model) -> $crate::Id<Self> {
                row.id
            }
            fn tenant($row: &Model) -> Option<$crate::Id<$crate::tenant::Entity>> {
                $row.$tenant.into()
            }
            #[allow(unused_variables, unreachable_code, reason = "one of two shapes of the macro")]
            fn owner(row: &Model) -> Option<$crate::Id<$crate::user::Entity>> {
                $(let $orow = row; return $orow.$owner.into();)?
                None
            }
            fn version(row: &Model) -> i32 {
                row.version
            }
        }

        /// Relations are loaded by id and not by joins, so there are none here.
        #[derive(Clone, Copy, Debug, sea_orm::EnumIter, sea_orm::DeriveRelation)]
        pub enum Relation {}

        impl sea_orm::ActiveModelBehavior for ActiveModel {}
    };
}

/// Makes the enum of all resources.
macro_rules! resources {
    ($($(#[$doc:meta])* $kind:ident = $module:ident,)*) => {
        $(pub mod $module;)*

        /// The resources of the model.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sea_orm::EnumIter, async_graphql::Enum,
        )]
        #[graphql(name = "ResourceKind")]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
        }

        impl Kind {
            /// All of them, in the order of the registry.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind),*];

            /// The table's name, which also begins every id.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Kind::$kind => stringify!($module),)*
                }
            }

            /// Whether every tenant may read the rows that belong to none.
            pub const fn is_shared(self) -> bool {
                match self {
                    $(Kind::$kind => <$module::Entity as $crate::Resource>::SHARED,)*
                }
            }

            /// Whether its rows belong to persons.
            pub const fn is_owned(self) -> bool {
                match self {
                    $(Kind::$kind => <$module::Entity as $crate::Resource>::OWNER.is_some(),)*
                }
            }

            /// The kind with this word.
            pub fn of_word(word: &str) -> Option<Self> {
                match word {
                    $(stringify!($module) => Some(Kind::$kind),)*
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use resources;
