//! Extensions: the numbers of a tenant's own plan.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;

use crate::{Id, dial_plan, resource, tenant, user, user_group, value};

#[allow(missing_docs, reason = "columns that no API shows are told by their names")]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, SimpleObject)]
#[sea_orm(table_name = "extension")]
#[graphql(name = "ExtensionRow")]
pub struct Model {
    /// Opaque; `databaseId` shows the number in it.
    #[sea_orm(primary_key)]
    #[graphql(derived(name = "database_id", into = "i64", owned = true))]
    pub id: Id<Entity>,
    #[graphql(skip)]
    pub tenant_id: Id<tenant::Entity>,
    /// Its digits, unique in its tenant, as many as the tenant's `extDigits`.
    pub number: String,
    /// What answers it.
    #[graphql(name = "type")]
    pub extension_type: value::ExtensionType,
    /// A blocked extension takes no calls.
    pub status: value::Status,
    #[graphql(skip)]
    pub user_id: Option<Id<user::Entity>>,
    #[graphql(skip)]
    pub group_id: Option<Id<user_group::Entity>>,
    #[graphql(skip)]
    pub dial_plan_id: Option<Id<dial_plan::Entity>>,
    /// What it is called.
    pub label: Option<String>,
    /// The name that its calls show.
    pub caller_id_name: Option<String>,
    /// The public number that its calls show.
    pub caller_number: Option<String>,
    /// Whether its calls carry the number in `P-Asserted-Identity`, RFC 3325.
    pub caller_id_rfc3325: bool,
    /// The public number that its messages show.
    pub message_number: Option<String>,
    /// How many rules of its dial plan are applied; 0 is all.
    pub dial_rule_limit: i32,
    /// Which public number a transferred call shows.
    pub did_as_transfer_caller_id: Option<value::TransferCallerId>,
    /// Free text that is kept as it is.
    pub extra_params: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Grows with each change; send it back as `expectedVersion` to notice a lost update.
    pub version: i32,
}

resource!(Extension, tenant: row.tenant_id => TenantId, owner: row.user_id => UserId);
