//! Routes: which calls leave through which gateway.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;

use crate::{Id, gateway, resource, tenant};

#[allow(missing_docs, reason = "columns that no API shows are told by their names")]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, SimpleObject)]
#[sea_orm(table_name = "route")]
#[graphql(name = "RouteRow")]
pub struct Model {
    /// Opaque; `databaseId` shows the number in it.
    #[sea_orm(primary_key)]
    #[graphql(derived(name = "database_id", into = "i64", owned = true))]
    pub id: Id<Entity>,
    #[graphql(skip)]
    pub tenant_id: Option<Id<tenant::Entity>>,
    /// Its address in phone_systems, version 7.
    #[sea_orm(unique)]
    pub uuid: Uuid,
    /// What it is called.
    pub name: String,
    #[graphql(skip)]
    pub gateway_id: Id<gateway::Entity>,
    /// How the caller's number begins; empty is any.
    pub src_prefix: String,
    /// How the called number begins; empty is any.
    pub dst_prefix: String,
    /// A regular expression for the caller's number.
    pub src_rewrite_rule: Option<String>,
    /// What the caller's number becomes.
    pub src_rewrite_result: Option<String>,
    /// A regular expression for the called number.
    pub dst_rewrite_rule: Option<String>,
    /// What the called number becomes.
    pub dst_rewrite_result: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Grows with each change; send it back as `expectedVersion` to notice a lost update.
    pub version: i32,
}

resource!(Route, tenant: row.tenant_id => TenantId, shared: true);
