//! Call detail records in the graph.

use async_graphql::SimpleObject;
use entity::{
    cdr, gateway, route, tenant, trunk,
    value::{CallDirection, CallDisposition},
};

use crate::{
    DateTimeFilter, EnumFilter, IdFilter, StringFilter,
    platform::tenant::Tenant,
    routing::{gateway::Gateway, route::Route, trunk::Trunk},
};

/// The record of one leg of a call that has ended; records enter from the switches and nobody changes them.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct Cdr {
    #[graphql(flatten)]
    row: cdr::Model,
}

view!(Cdr of cdr, CdrFilter, CdrOrderField);

links! {
    Cdr
    one {
        /// The tenant whose call it was; null when the tenant is gone.
        tenant: Tenant = tenant_id,
        /// The trunk that it came in by; null for other calls and when the trunk is gone.
        trunk: Trunk = trunk_id,
        /// The gateway that it left by; null for other calls and when the gateway is gone.
        gateway: Gateway = gateway_id,
        /// The route that it left by; null for other calls and when the route is gone.
        route: Route = route_id,
    }
}

filter! {
    CdrFilter of cdr {
        /// By the tenant; `isNull` are those of tenants that are gone.
        tenant_id: IdFilter<tenant::Entity> = TenantId,
        /// By which way the call went.
        direction: EnumFilter<CallDirection> = Direction,
        /// By how it ended.
        disposition: EnumFilter<CallDisposition> = Disposition,
        /// By the trunk.
        trunk_id: IdFilter<trunk::Entity> = TrunkId,
        /// By the trunk's domain at the time of the call.
        trunk_domain: StringFilter = TrunkDomain,
        /// By the gateway.
        gateway_id: IdFilter<gateway::Entity> = GatewayId,
        /// By the route.
        route_id: IdFilter<route::Entity> = RouteId,
        /// By the switch that reported it.
        engine: StringFilter = Engine,
        /// By the switch's id of the leg.
        leg_id: StringFilter = LegId,
        /// By the SIP Call-ID.
        call_id: StringFilter = CallId,
        /// By the caller's number.
        caller_number: StringFilter = CallerNumber,
        /// By the called number.
        called_number: StringFilter = CalledNumber,
        /// By the tenant's public number that was called.
        did_number: StringFilter = DidNumber,
        /// By when the call began.
        started_at: DateTimeFilter = StartedAt,
    }
}

order! {
    CdrOrderField of cdr {
        /// By when the call began.
        StartedAt,
    }
}

query! { CdrQuery of Cdr "call detail record" { cdr(), cdrs } }
subscription! { CdrSubscription of Cdr "call detail record" { cdr_changed } }
