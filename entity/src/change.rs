//! The log of everything that was written: audit, source of subscriptions, outbox.

use sea_orm::entity::prelude::*;

use crate::{Id, tenant, user};

/// One accepted write of one row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "change")]
pub struct Model {
    /// The order of writing.
    #[sea_orm(primary_key)]
    pub sequence: i64,
    /// The transaction that wrote it (PostgreSQL), 0 elsewhere; readers wait until all older ones have ended.
    pub transaction: i64,
    /// The tenant that the row belongs to.
    pub tenant_id: Option<Id<tenant::Entity>>,
    /// The tenant that the row belonged to before, when it moved.
    pub former_tenant_id: Option<Id<tenant::Entity>>,
    /// The person that the row belongs to.
    pub owner_id: Option<Id<user::Entity>>,
    /// The person that the row belonged to before, when it went to another.
    pub former_owner_id: Option<Id<user::Entity>>,
    /// The resource's word.
    pub kind: String,
    /// The row's number.
    pub row_id: i64,
    /// CREATED, UPDATED or DELETED.
    pub event: String,
    /// The row's version after the write.
    pub version: i32,
    /// Whose request it was.
    pub actor_id: Option<Id<user::Entity>>,
    /// The login of the account whose request it was.
    pub actor: String,
    /// The API it came through.
    pub door: String,
    /// The request's id.
    pub request_id: String,
    /// When it was written.
    pub at: DateTimeUtc,
    /// What was written, by column; secrets are masked.
    #[sea_orm(column_type = "JsonBinary")]
    pub fields: Json,
}

/// Changes outlive what they tell of, so they refer to nothing.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
