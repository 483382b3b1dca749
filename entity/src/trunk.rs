//! Trunks: where calls enter the platform.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;

use crate::{Id, List, resource, tenant, value};

#[allow(missing_docs, reason = "columns that no API shows are told by their names")]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, SimpleObject)]
#[sea_orm(table_name = "trunk")]
#[graphql(name = "TrunkRow")]
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
    /// What it is called.
    pub name: Option<String>,
    /// The host part of the SIP URI that brings calls to it; made with it and never given to another.
    #[sea_orm(unique)]
    pub domain: String,
    /// Its codecs, the preferred first.
    #[sea_orm(column_type = "JsonBinary")]
    pub codecs: List<value::Codec>,
    /// How SIP travels.
    pub transport_protocol: value::TrunkTransport,
    /// Where the called number is read.
    pub destination_field: value::DestinationField,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Grows with each change; send it back as `expectedVersion` to notice a lost update.
    pub version: i32,
}

resource!(Trunk, tenant: row.tenant_id => TenantId);
