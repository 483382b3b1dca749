//! SIP accounts: what phones register with.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;

use crate::{Id, Sealed, extension, resource, tenant, user};

#[allow(missing_docs, reason = "columns that no API shows are told by their names")]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, SimpleObject)]
#[sea_orm(table_name = "sip_account")]
#[graphql(name = "SipAccountRow")]
pub struct Model {
    /// Opaque; `databaseId` shows the number in it.
    #[sea_orm(primary_key)]
    #[graphql(derived(name = "database_id", into = "i64", owned = true))]
    pub id: Id<Entity>,
    #[graphql(skip)]
    pub tenant_id: Id<tenant::Entity>,
    /// Its address in phone_systems, version 7.
    #[sea_orm(unique)]
    pub uuid: Uuid,
    /// The name it registers with, unique in its tenant; ten lower-case letters and digits by default.
    pub username: String,
    #[graphql(skip)]
    pub password: Option<Sealed>,
    #[graphql(skip)]
    pub user_id: Option<Id<user::Entity>>,
    #[graphql(skip)]
    pub extension_id: Option<Id<extension::Entity>>,
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
    /// Whether its tenant lets it call outside.
    pub allow_external_calls: bool,
    /// The name that its calls show.
    pub caller_id_name: Option<String>,
    /// The number that its inside calls show.
    pub internal_caller_id: Option<String>,
    /// The number that its outside calls show.
    pub external_caller_id: Option<String>,
    /// What the phone said it is when it last registered.
    pub user_agent: Option<String>,
    /// Whether a phone is registered.
    pub is_online: bool,
    /// Whether it may register only from `allowedIps`.
    pub use_allowed_ips: bool,
    /// Networks, comma-separated: IPv4 in CIDR, IPv6 in eight full groups with a prefix length.
    pub allowed_ips: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Grows with each change; send it back as `expectedVersion` to notice a lost update.
    pub version: i32,
}

resource!(SipAccount, tenant: row.tenant_id => TenantId, owner: row.user_id => UserId);
