//! Routes in the graph.

use async_graphql::SimpleObject;
use entity::{gateway, route, tenant};
use service::filter::{DateTimeFilter, IdFilter, StringFilter};

use crate::{history::cdr::Cdr, platform::tenant::Tenant, routing::gateway::Gateway};

/// Which calls leave through which gateway.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct Route {
    #[graphql(flatten)]
    row: route::Model,
}

view!(Route of route, RouteFilter, RouteOrderField);

links! {
    Route
    one {
        /// The tenant it belongs to; null for a shared one.
        tenant: Tenant = tenant_id,
        /// The gateway that its calls leave by.
        gateway: Gateway = gateway_id,
    }
    many {
        /// The records of the calls that left by it.
        cdrs: Cdr = RouteId,
    }
}

filter! {
    RouteFilter of route {
        /// By the tenant; `isNull` are the shared ones.
        tenant_id: IdFilter<tenant::Entity> = TenantId,
        /// By the name.
        name: StringFilter = Name,
        /// By the gateway.
        gateway_id: IdFilter<gateway::Entity> = GatewayId,
        /// By how the called number begins.
        dst_prefix: StringFilter = DstPrefix,
        /// By when it was made.
        created_at: DateTimeFilter = CreatedAt,
        /// By when it was last changed.
        updated_at: DateTimeFilter = UpdatedAt,
    }
}

order! {
    RouteOrderField of route {
        /// By the name.
        Name,
        /// By how the called number begins.
        DstPrefix,
        /// By when it was made.
        CreatedAt,
        /// By when it was last changed.
        UpdatedAt,
    }
}

query! { RouteQuery of Route "route" { route(uuid: uuid::Uuid = Uuid), routes } }
payload!(RoutePayload of Route, route);
mutation! { RouteMutation of Route "route" -> RoutePayload { create route_create, update route_update, delete route_delete, } }
subscription! { RouteSubscription of Route "route" { route_changed } }
