//! User groups: sets of users and extensions.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;

use crate::{Id, resource, tenant};

#[allow(missing_docs, reason = "columns that no API shows are told by their names")]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, SimpleObject)]
#[sea_orm(table_name = "user_group")]
#[graphql(name = "UserGroupRow")]
pub struct Model {
    /// Opaque; `databaseId` shows the number in it.
    #[sea_orm(primary_key)]
    #[graphql(derived(name = "database_id", into = "i64", owned = true))]
    pub id: Id<Entity>,
    #[graphql(skip)]
    pub tenant_id: Id<tenant::Entity>,
    /// What it is called, unique in its tenant.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Groups with a smaller weight come first when settings are inherited.
    pub weight: i32,
    /// Free text that is kept as it is.
    pub extra_params: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Grows with each change; send it back as `expectedVersion` to notice a lost update.
    pub version: i32,
}

resource!(UserGroup, tenant: row.tenant_id => TenantId);
