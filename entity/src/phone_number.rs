//! Phone numbers: what can be called from outside.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;

use crate::{Id, Link, List, extension, gateway, resource, tenant, value};

#[allow(missing_docs, reason = "columns that no API shows are told by their names")]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, SimpleObject)]
#[sea_orm(table_name = "phone_number")]
#[graphql(name = "PhoneNumberRow")]
pub struct Model {
    /// Opaque; `databaseId` shows the number in it.
    #[sea_orm(primary_key)]
    #[graphql(derived(name = "database_id", into = "i64", owned = true))]
    pub id: Id<Entity>,
    /// Its address in phone_systems, version 7.
    #[sea_orm(unique)]
    pub uuid: Uuid,
    #[graphql(skip)]
    pub tenant_id: Option<Id<tenant::Entity>>,
    /// Digits only, country code first, unique on the platform.
    #[sea_orm(unique)]
    pub number: String,
    /// A disabled number takes no calls.
    pub disabled: bool,
    #[graphql(skip)]
    #[sea_orm(column_type = "JsonBinary")]
    pub gateway_ids: List<Id<gateway::Entity>>,
    /// Whether it is its tenant's main number; the first one is.
    pub main_phone: bool,
    /// Where it belongs, as people say it.
    pub location: String,
    /// Whether it is a local number.
    pub local: bool,
    /// Its binding to a customer-relation system.
    pub crm: String,
    /// Who is responsible for its callers.
    pub responsible: String,
    /// Its binding to PrimeGate.
    pub primegate: String,
    /// Its binding to Roistat.
    pub roistat: String,
    /// What takes its calls.
    pub destination_type: value::DestinationType,
    /// Which one: a login, a group or a menu.
    pub target: String,
    /// The target's name, as people say it.
    pub target_name: String,
    /// The greeting that is played first.
    pub greeting: String,
    /// Whether the greeting is the tenant's own.
    pub custom_greeting: bool,
    /// Where its calls go by the time of the week, while `destinationType` is SCHEDULER.
    pub scheduler: Option<value::Scheduler>,
    #[graphql(skip)]
    pub extension_id: Option<Id<extension::Entity>>,
    #[graphql(skip)]
    pub message_extension_id: Option<Id<extension::Entity>>,
    /// Whether it takes messages.
    pub allow_message: bool,
    /// Whether it is another name of an extension and no number of the public network.
    pub is_alias: bool,
    /// Free text.
    pub comment: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Grows with each change; send it back as `expectedVersion` to notice a lost update.
    pub version: i32,
}

resource!(PhoneNumber, tenant: row.tenant_id => TenantId,
    links: [Link { column: Column::GatewayIds, table: "phone_number_gateway", from: "phone_number_id", to: "gateway_id" }]);
