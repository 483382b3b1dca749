//! Gateways: where calls leave the platform.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;

use crate::{Id, List, Sealed, resource, tenant, value};

#[allow(missing_docs, reason = "columns that no API shows are told by their names")]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, SimpleObject)]
#[sea_orm(table_name = "gateway")]
#[graphql(name = "GatewayRow")]
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
    /// A gateway that is not takes no calls.
    pub enabled: bool,
    /// What it is for.
    pub description: Option<String>,
    /// Its host name or address.
    pub host: String,
    /// Its port; null works as 5060.
    pub port: Option<i32>,
    /// How SIP travels to it.
    pub transport: value::Transport,
    /// Which Internet protocols it is reached by.
    pub network_protocol: value::NetworkProtocol,
    /// The proxy that calls go through.
    pub outbound_address: Option<String>,
    /// The proxy's port.
    pub outbound_port: i32,
    /// The name it wants to be told.
    pub authorization_name: Option<String>,
    #[graphql(skip)]
    pub authorization_password: Option<Sealed>,
    /// Its codecs, the preferred first.
    #[sea_orm(column_type = "JsonBinary")]
    pub codecs: List<value::Codec>,
    /// A regular expression for the caller's number.
    pub src_rewrite_rule: Option<String>,
    /// What the caller's number becomes.
    pub src_rewrite_result: Option<String>,
    /// A regular expression for the called number.
    pub dst_rewrite_rule: Option<String>,
    /// What the called number becomes.
    pub dst_rewrite_result: Option<String>,
    /// The device's model, by its id in the model list.
    pub model: String,
    /// The device's serial number.
    pub serial_number: Option<String>,
    /// The device's firmware version.
    pub device_version: Option<String>,
    /// What goes before the dialled number.
    pub prefix: Option<String>,
    /// Whether every branch may use it.
    pub shared: bool,
    /// Whether calls go through the internal session border controller.
    pub use_internal_bridge: bool,
    /// The caller id that calls show by default.
    pub default_caller_alias: Option<String>,
    /// Whether calls hide the caller.
    pub anonymous: bool,
    /// Whether a user's own caller id is ignored.
    pub ignore_user_info: bool,
    /// Whether the caller id is made from the user's extension.
    pub transform_user_extension: bool,
    /// What goes before the extension then.
    pub add_prefix: Option<String>,
    /// How many of the extension's last digits are kept then; 0 is all.
    pub keep_digits: i32,
    /// The name that calls show.
    pub display_name: Option<String>,
    /// Parameters of the caller's SIP URI.
    pub url_parameters: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Grows with each change; send it back as `expectedVersion` to notice a lost update.
    pub version: i32,
}

resource!(Gateway, tenant: row.tenant_id => TenantId, shared: true);
