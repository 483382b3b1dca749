//! Call detail records in the graph.

use async_graphql::{Context, Object, SimpleObject};
use entity::{
    cdr, gateway, route, tenant, trunk,
    value::{CallDirection, CallDisposition},
};
use service::{
    filter::{DateTimeFilter, EnumFilter, IdFilter, IntFilter, StringFilter},
    history::CdrIngestInput,
};

use crate::{
    Result,
    call::call,
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
        /// By what all legs on one switch have in common.
        local_tag: StringFilter = LocalTag,
        /// By what all legs of one call have in common on every switch.
        global_tag: StringFilter = GlobalTag,
        /// By the caller's name.
        caller_name: StringFilter = CallerName,
        /// By the caller's number.
        caller_number: StringFilter = CallerNumber,
        /// By the called number.
        called_number: StringFilter = CalledNumber,
        /// By the tenant's public number that was called.
        did_number: StringFilter = DidNumber,
        /// By when the call began.
        started_at: DateTimeFilter = StartedAt,
        /// By the SIP status that ended it.
        disconnect_code: IntFilter = DisconnectCode,
        /// By the words beside that status.
        disconnect_reason: StringFilter = DisconnectReason,
    }
}

order! {
    CdrOrderField of cdr {
        /// By when the call began.
        StartedAt,
    }
}

query! { CdrQuery of Cdr "call detail record" { cdr(), cdrs } }
payload! { CdrPayload of Cdr, cdr }

/// What can be written of call detail records.
#[derive(Default)]
pub struct CdrMutation;

#[Object]
impl CdrMutation {
    /// Keeps the record of a leg that has ended. Told again of the same leg of the same engine it answers the record
    /// that it has and writes nothing; that is `CONFLICT` when the record says something else.
    async fn cdr_ingest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the switch tells of the leg.")] input: CdrIngestInput,
    ) -> Result<Option<CdrPayload>> {
        let call = call(ctx)?;
        // Boxed, because the future of a wide resource would take much of a thread's stack.
        let kept = Box::pin(call.services.ingest_cdr(&call.caller, input)).await;
        CdrPayload::of(kept)
    }
}

subscription! { CdrSubscription of Cdr "call detail record" { cdr_changed } }
