//! Dial plans in the graph.

use async_graphql::SimpleObject;
use entity::{dial_plan, tenant};
use service::filter::{DateTimeFilter, IdFilter, StringFilter};

use crate::platform::tenant::Tenant;

/// Rules that rewrite dialled numbers.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct DialPlan {
    #[graphql(flatten)]
    row: dial_plan::Model,
}

view!(DialPlan of dial_plan, DialPlanFilter, DialPlanOrderField);

links! {
    DialPlan
    one {
        /// The tenant it belongs to; null for a shared one.
        tenant: Tenant = tenant_id,
    }
}

filter! {
    DialPlanFilter of dial_plan {
        /// By the tenant; `isNull` are the shared ones.
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
    DialPlanOrderField of dial_plan {
        /// By the name.
        Name,
        /// By when it was made.
        CreatedAt,
        /// By when it was last changed.
        UpdatedAt,
    }
}

query! { DialPlanQuery of DialPlan "dial plan" { dial_plan(), dial_plans } }
payload!(DialPlanPayload of DialPlan, dial_plan);
mutation! { DialPlanMutation of DialPlan "dial plan" -> DialPlanPayload { create dial_plan_create, update dial_plan_update, delete dial_plan_delete, } }
subscription! { DialPlanSubscription of DialPlan "dial plan" { dial_plan_changed } }
