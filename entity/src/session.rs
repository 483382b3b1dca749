//! Sessions: log-ins that last, and the links that begin them.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;

use crate::{Id, resource, tenant, user, value};

#[allow(missing_docs, reason = "columns that no API shows are told by their names")]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, SimpleObject)]
#[sea_orm(table_name = "session")]
#[graphql(name = "SessionRow")]
pub struct Model {
    /// Opaque; `databaseId` shows the number in it.
    #[sea_orm(primary_key)]
    #[graphql(derived(name = "database_id", into = "i64", owned = true))]
    pub id: Id<Entity>,
    #[graphql(skip)]
    pub tenant_id: Option<Id<tenant::Entity>>,
    #[graphql(skip)]
    pub user_id: Option<Id<user::Entity>>,
    #[graphql(skip)]
    pub issued_by: Option<Id<user::Entity>>,
    /// How it came to be.
    #[graphql(name = "type")]
    pub session_type: value::SessionType,
    #[graphql(skip)]
    pub link_hash: Option<String>,
    #[graphql(skip)]
    pub refresh_hash: Option<String>,
    #[graphql(skip)]
    pub refresh_family: Option<String>,
    /// When it ends by itself.
    pub expires_at: DateTimeUtc,
    /// When its link was used.
    pub redeemed_at: Option<DateTimeUtc>,
    /// When it was ended early.
    pub revoked_at: Option<DateTimeUtc>,
    /// When it was last refreshed.
    pub last_used_at: Option<DateTimeUtc>,
    /// The address it was begun from.
    pub address: Option<String>,
    /// The program it was begun from.
    pub user_agent: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Grows with each change; send it back as `expectedVersion` to notice a lost update.
    pub version: i32,
}

resource!(Session, tenant: row.tenant_id => TenantId, owner: row.user_id => UserId);
