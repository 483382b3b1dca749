//! API keys: credentials for programs.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;

use crate::{Id, List, resource, tenant, user};

#[allow(missing_docs, reason = "columns that no API shows are told by their names")]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, SimpleObject)]
#[sea_orm(table_name = "api_key")]
#[graphql(name = "ApiKeyRow")]
pub struct Model {
    /// Opaque; `databaseId` shows the number in it.
    #[sea_orm(primary_key)]
    #[graphql(derived(name = "database_id", into = "i64", owned = true))]
    pub id: Id<Entity>,
    #[graphql(skip)]
    pub tenant_id: Option<Id<tenant::Entity>>,
    #[graphql(skip)]
    pub user_id: Id<user::Entity>,
    /// What it is for.
    pub name: String,
    /// How the key begins, to recognise it by; also its `client_id` at `/oauth/token`.
    #[sea_orm(unique)]
    pub key_prefix: String,
    #[graphql(skip)]
    pub key_hash: String,
    /// What it may do: `read`, `write`, or one kind alone such as `phone_number:read`; an empty list is all that its user may.
    #[sea_orm(column_type = "JsonBinary")]
    pub scopes: List<String>,
    /// The networks it may be used from, CIDR; an empty list is any.
    #[sea_orm(column_type = "JsonBinary")]
    pub networks: List<String>,
    /// When it stops working; null is never.
    pub expires_at: Option<DateTimeUtc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Grows with each change; send it back as `expectedVersion` to notice a lost update.
    pub version: i32,
}

resource!(ApiKey, tenant: row.tenant_id => TenantId, owner: row.user_id => UserId);
