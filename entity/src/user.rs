//! Users: the people who may log in.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;

use crate::{Id, Link, List, Sealed, extension, resource, tenant, user_group, value};

#[allow(missing_docs, reason = "columns that no API shows are told by their names")]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, SimpleObject)]
#[sea_orm(table_name = "user")]
#[graphql(name = "UserRow")]
pub struct Model {
    /// Opaque; `databaseId` shows the number in it.
    #[sea_orm(primary_key)]
    #[graphql(derived(name = "database_id", into = "i64", owned = true))]
    pub id: Id<Entity>,
    #[graphql(skip)]
    pub tenant_id: Option<Id<tenant::Entity>>,
    /// The name it logs in with, unique in its tenant.
    pub login: String,
    /// What it may do.
    pub role: value::Role,
    /// Whether it may write.
    pub access: value::Access,
    /// A blocked user cannot log in.
    pub status: value::Status,
    /// How far it reaches in its tenant.
    pub scope: value::UserScope,
    #[graphql(skip)]
    pub scope_group_id: Option<Id<user_group::Entity>>,
    #[graphql(skip)]
    pub scope_extension_id: Option<Id<extension::Entity>>,
    /// Its full name, as people say it.
    pub name: String,
    /// Its given name.
    pub first_name: String,
    /// Its family name.
    pub last_name: String,
    /// Its position in the company.
    pub position: String,
    /// Its e-mail address; empty is none.
    pub email: String,
    /// Its mobile number, 7 to 20 digits, unique in its tenant.
    pub mobile: Option<String>,
    /// Whether its calls go on to its mobile.
    pub mobile_forward: bool,
    /// After how many seconds they do: 0, 5, 10 or 15.
    pub mobile_delay: i32,
    /// Its IANA time zone; null is the tenant's.
    pub time_zone: Option<String>,
    /// Free text.
    pub comment: Option<String>,
    /// Free text that is kept as it is.
    pub extra_params: Option<String>,
    /// Other names it answers to.
    #[sea_orm(column_type = "JsonBinary")]
    pub aliases: List<String>,
    #[graphql(skip)]
    #[sea_orm(column_type = "JsonBinary")]
    pub group_ids: List<Id<user_group::Entity>>,
    #[graphql(skip)]
    pub password: Option<Sealed>,
    /// When its password was last set.
    pub password_changed_at: Option<DateTimeUtc>,
    /// When it last logged in for a token.
    pub last_login_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Grows with each change; send it back as `expectedVersion` to notice a lost update.
    pub version: i32,
}

resource!(User, tenant: row.tenant_id => TenantId, owner: row.id => Id,
    links: [Link { column: Column::GroupIds, table: "user_group_member", from: "user_id", to: "user_group_id" }]);
