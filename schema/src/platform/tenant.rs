//! Tenants in the graph.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{Id, dial_plan, route, tenant, value::BillingType};
use service::filter::{BooleanFilter, DateTimeFilter, EnumFilter, IdFilter, StringFilter};

use crate::{
    Result,
    call::call,
    history::cdr::Cdr,
    numbering::{extension::Extension, phone_number::PhoneNumber},
    people::{external_account::ExternalAccount, sip_account::SipAccount, user::User, user_group::UserGroup},
    platform::{api_key::ApiKey, holiday::Holiday, session::Session},
    routing::{dial_plan::DialPlan, gateway::Gateway, route::Route, trunk::Trunk},
};

/// A customer of the platform, with its own SIP domain.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct Tenant {
    #[graphql(flatten)]
    row: tenant::Model,
}

view!(Tenant of tenant, TenantFilter, TenantOrderField);

links! {
    Tenant
    one {
        /// The dial plan that its calls use.
        dial_plan: DialPlan = dial_plan_id,
        /// The route that its calls use.
        route: Route = route_id,
    }
    many {
        /// Its users.
        users: User = TenantId,
        /// Its user groups.
        user_groups: UserGroup = TenantId,
        /// Its extensions.
        extensions: Extension = TenantId,
        /// Its SIP accounts.
        sip_accounts: SipAccount = TenantId,
        /// Its external accounts.
        external_accounts: ExternalAccount = TenantId,
        /// Its phone numbers.
        phone_numbers: PhoneNumber = TenantId,
        /// Its own gateways.
        gateways: Gateway = TenantId,
        /// Its trunks.
        trunks: Trunk = TenantId,
        /// Its own routes.
        routes: Route = TenantId,
        /// Its own dial plans.
        dial_plans: DialPlan = TenantId,
        /// Its sessions.
        sessions: Session = TenantId,
        /// Its API keys.
        api_keys: ApiKey = TenantId,
        /// Its holidays.
        holidays: Holiday = TenantId,
        /// The records of its calls.
        cdrs: Cdr = TenantId,
    }
    own {
        /// Its balance in its currency: a decimal text with five places, such as `25.50000`.
        async fn balance(&self) -> String {
            let (sign, hundred_thousandths) = (if self.row.balance < 0 { "-" } else { "" }, self.row.balance.unsigned_abs());
            format!("{sign}{}.{:05}", hundred_thousandths / 100_000, hundred_thousandths % 100_000)
        }
        /// Whether a password for finished calls' URL is stored.
        async fn has_cdr_event_password(&self) -> bool {
            self.row.cdr_event_password.is_some()
        }
        /// Whether a token for finished calls' URL is stored.
        async fn has_cdr_event_token(&self) -> bool {
            self.row.cdr_event_token.is_some()
        }
        /// Whether a password for the URL of extension events is stored.
        async fn has_extension_event_password(&self) -> bool {
            self.row.extension_event_password.is_some()
        }
        /// Whether a token for the URL of extension events is stored.
        async fn has_extension_event_token(&self) -> bool {
            self.row.extension_event_token.is_some()
        }
        /// Whether a STIR/SHAKEN key is stored.
        async fn has_stir_shaken_key(&self) -> bool {
            self.row.stir_shaken_key.is_some()
        }
    }
}

filter! {
    TenantFilter of tenant {
        /// By its SIP domain.
        domain: StringFilter = Domain,
        /// By its name.
        name: StringFilter = Name,
        /// By the operator's own number for it.
        customer_id: StringFilter = CustomerId,
        /// Frozen ones, or the others.
        frozen: BooleanFilter = Frozen,
        /// By how it is billed.
        billing_type: EnumFilter<BillingType> = BillingType,
        /// By its dial plan.
        dial_plan_id: IdFilter<dial_plan::Entity> = DialPlanId,
        /// By its route.
        route_id: IdFilter<route::Entity> = RouteId,
        /// By when it was made.
        created_at: DateTimeFilter = CreatedAt,
        /// By when it was last changed.
        updated_at: DateTimeFilter = UpdatedAt,
    }
}

order! {
    TenantOrderField of tenant {
        /// By its SIP domain.
        Domain,
        /// By its name.
        Name,
        /// By the operator's own number for it, as text.
        CustomerId,
        /// By when it was made.
        CreatedAt,
        /// By when it was last changed.
        UpdatedAt,
    }
}

query! { TenantQuery of Tenant "tenant" { tenant(domain: String = Domain, customer_id: String = CustomerId), tenants } }
payload!(TenantPayload of Tenant, tenant);
mutation! { TenantMutation of Tenant "tenant" -> TenantPayload { create tenant_create, update tenant_update, delete tenant_delete, } }
subscription! { TenantSubscription of Tenant "tenant" { tenant_changed } }

/// Which tenant.
#[derive(Debug, InputObject)]
pub struct TenantFreezeInput {
    /// Which one.
    id: Id<tenant::Entity>,
}

/// Which tenant.
#[derive(Debug, InputObject)]
pub struct TenantUnfreezeInput {
    /// Which one.
    id: Id<tenant::Entity>,
}

/// Which tenant, and how much.
#[derive(Debug, InputObject)]
pub struct TenantRechargeInput {
    /// Which one.
    id: Id<tenant::Entity>,
    /// What is added, in its currency: a decimal text of more than 0 with at most five places, such as `25.5`.
    amount: String,
}

#[derive(Default)]
pub struct TenantActions;

#[Object]
impl TenantActions {
    /// Freezes a tenant: its accounts cannot log in and its calls are refused.
    async fn tenant_freeze(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which tenant.")] input: TenantFreezeInput,
    ) -> Result<Option<TenantPayload>> {
        let call = call(ctx)?;
        TenantPayload::of(call.services.freeze_tenant(&call.caller, input.id).await)
    }

    /// Lets a frozen tenant work again.
    async fn tenant_unfreeze(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which tenant.")] input: TenantUnfreezeInput,
    ) -> Result<Option<TenantPayload>> {
        let call = call(ctx)?;
        TenantPayload::of(call.services.unfreeze_tenant(&call.caller, input.id).await)
    }

    /// Adds to a tenant's balance.
    async fn tenant_recharge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which tenant, and how much.")] input: TenantRechargeInput,
    ) -> Result<Option<TenantPayload>> {
        let call = call(ctx)?;
        TenantPayload::of(call.services.recharge_tenant(&call.caller, input.id, &input.amount).await)
    }
}
