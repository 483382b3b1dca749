//! User groups in the graph.

use async_graphql::SimpleObject;
use entity::{tenant, user_group};
use service::filter::{DateTimeFilter, IdFilter, StringFilter};

use crate::{numbering::extension::Extension, platform::tenant::Tenant};

/// A set of users and extensions.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct UserGroup {
    #[graphql(flatten)]
    row: user_group::Model,
}

view!(UserGroup of user_group, UserGroupFilter, UserGroupOrderField);

links! {
    UserGroup
    one {
        /// The tenant it belongs to.
        tenant: Tenant = tenant_id,
    }
    many {
        /// The extensions in it.
        extensions: Extension = GroupId,
    }
}

filter! {
    UserGroupFilter of user_group {
        /// By the tenant.
        tenant_id: IdFilter<tenant::Entity> = TenantId,
        /// By the name.
        name: StringFilter = Name,
        /// By when it was made.
        created_at: DateTimeFilter = CreatedAt,
        /// By when it was last changed.
        updated_at: DateTimeFilter = UpdatedAt,
    }
}

order! {
    UserGroupOrderField of user_group {
        /// By the name.
        Name,
        /// By the weight.
        Weight,
        /// By when it was made.
        CreatedAt,
        /// By when it was last changed.
        UpdatedAt,
    }
}

query! { UserGroupQuery of UserGroup "user group" { user_group(), user_groups } }
payload!(UserGroupPayload of UserGroup, user_group);
mutation! { UserGroupMutation of UserGroup "user group" -> UserGroupPayload { create user_group_create, update user_group_update, delete user_group_delete, } }
subscription! { UserGroupSubscription of UserGroup "user group" { user_group_changed } }
