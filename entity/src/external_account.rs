//! External accounts: subscribers outside the platform, such as SIM cards.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;

use crate::{Id, phone_number, resource, tenant};

#[allow(missing_docs, reason = "columns that no API shows are told by their names")]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, SimpleObject)]
#[sea_orm(table_name = "external_account")]
#[graphql(name = "ExternalAccountRow")]
pub struct Model {
    /// Opaque; `databaseId` shows the number in it.
    #[sea_orm(primary_key)]
    #[graphql(derived(name = "database_id", into = "i64", owned = true))]
    pub id: Id<Entity>,
    #[graphql(skip)]
    pub tenant_id: Id<tenant::Entity>,
    /// The operator's own number for it, unique on the platform; by default the decimal id.
    #[sea_orm(unique)]
    pub account_id: String,
    #[graphql(skip)]
    pub phone_number_id: Option<Id<phone_number::Entity>>,
    /// Whether it takes calls from inside.
    pub incoming_internal: bool,
    /// Whether it takes calls from outside.
    pub incoming_external: bool,
    /// Whether it may call inside.
    pub outgoing_internal: bool,
    /// Whether it may call outside.
    pub outgoing_external: bool,
    /// Whether it is called only when asked for.
    pub on_demand: bool,
    /// The name that its calls show.
    pub caller_id_name: Option<String>,
    /// The number that its inside calls show.
    pub internal_caller_id: Option<String>,
    /// The number that its outside calls show: that of its phone number.
    pub external_caller_id: Option<String>,
    /// Whether it may call outside: only with a phone number.
    pub allow_external_calls: bool,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Grows with each change; send it back as `expectedVersion` to notice a lost update.
    pub version: i32,
}

resource!(ExternalAccount, tenant: row.tenant_id => TenantId);
