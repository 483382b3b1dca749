//! Extensions in the graph.

use async_graphql::SimpleObject;
use entity::{
    dial_plan, extension, tenant, user, user_group,
    value::{ExtensionType, Status},
};
use service::filter::{DateTimeFilter, EnumFilter, IdFilter, StringFilter};

use crate::{
    numbering::phone_number::PhoneNumber,
    people::{sip_account::SipAccount, user::User, user_group::UserGroup},
    platform::tenant::Tenant,
    routing::dial_plan::DialPlan,
};

/// A number of a tenant's own plan.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct Extension {
    #[graphql(flatten)]
    row: extension::Model,
}

view!(Extension of extension, ExtensionFilter, ExtensionOrderField);

links! {
    Extension
    one {
        /// The tenant it belongs to.
        tenant: Tenant = tenant_id,
        /// Whose it is.
        user: User = user_id,
        /// The group it is in.
        group: UserGroup = group_id,
        /// The dial plan that its calls use.
        dial_plan: DialPlan = dial_plan_id,
    }
    many {
        /// The SIP accounts that ring for it.
        sip_accounts: SipAccount = ExtensionId,
        /// The public numbers that lead to it.
        phone_numbers: PhoneNumber = ExtensionId,
    }
}

filter! {
    ExtensionFilter of extension {
        /// By the tenant.
        tenant_id: IdFilter<tenant::Entity> = TenantId,
        /// By the digits.
        number: StringFilter = Number,
        /// By what answers it.
        #[graphql(name = "type")]
        extension_type: EnumFilter<ExtensionType> = ExtensionType,
        /// By whether it works.
        status: EnumFilter<Status> = Status,
        /// By its user.
        user_id: IdFilter<user::Entity> = UserId,
        /// By its group.
        group_id: IdFilter<user_group::Entity> = GroupId,
        /// By its dial plan.
        dial_plan_id: IdFilter<dial_plan::Entity> = DialPlanId,
        /// By when it was made.
        created_at: DateTimeFilter = CreatedAt,
        /// By when it was last changed.
        updated_at: DateTimeFilter = UpdatedAt,
    }
}

order! {
    ExtensionOrderField of extension {
        /// By the digits, as text.
        Number,
        /// By when it was made.
        CreatedAt,
        /// By when it was last changed.
        UpdatedAt,
    }
}

query! { ExtensionQuery of Extension "extension" { extension(), extensions } }
payload!(ExtensionPayload of Extension, extension);
mutation! { ExtensionMutation of Extension "extension" -> ExtensionPayload { create extension_create, update extension_update, delete extension_delete, } }
subscription! { ExtensionSubscription of Extension "extension" { extension_changed } }
