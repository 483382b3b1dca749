//! Dial plans: rules that rewrite dialled numbers.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;

use crate::{Id, List, resource, tenant, value};

#[allow(missing_docs, reason = "columns that no API shows are told by their names")]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, SimpleObject)]
#[sea_orm(table_name = "dial_plan")]
#[graphql(name = "DialPlanRow")]
pub struct Model {
    /// Opaque; `databaseId` shows the number in it.
    #[sea_orm(primary_key)]
    #[graphql(derived(name = "database_id", into = "i64", owned = true))]
    pub id: Id<Entity>,
    #[graphql(skip)]
    pub tenant_id: Option<Id<tenant::Entity>>,
    /// What it is called.
    pub name: String,
    /// Its rules; the first that matches is applied.
    #[sea_orm(column_type = "JsonBinary")]
    pub rules: List<value::DialRule>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Grows with each change; send it back as `expectedVersion` to notice a lost update.
    pub version: i32,
}

resource!(DialPlan, tenant: row.tenant_id => TenantId, shared: true);
