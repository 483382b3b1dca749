//! Gateways in the graph.

use async_graphql::SimpleObject;
use entity::{gateway, tenant};
use service::filter::{BooleanFilter, DateTimeFilter, IdFilter, StringFilter};

use crate::{history::cdr::Cdr, platform::tenant::Tenant, routing::route::Route};

/// Where calls leave the platform.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct Gateway {
    #[graphql(flatten)]
    row: gateway::Model,
}

view!(Gateway of gateway, GatewayFilter, GatewayOrderField);

links! {
    Gateway
    one {
        /// The tenant it belongs to; null for a shared one.
        tenant: Tenant = tenant_id,
    }
    many {
        /// The routes that lead to it.
        routes: Route = GatewayId,
        /// The records of the calls that left by it.
        cdrs: Cdr = GatewayId,
    }
    own {
        /// Whether a password for it is stored.
        async fn has_authorization_password(&self) -> bool {
            self.row.authorization_password.is_some()
        }
    }
}

filter! {
    GatewayFilter of gateway {
        /// By the tenant; `isNull` are the shared ones.
        tenant_id: IdFilter<tenant::Entity> = TenantId,
        /// By the name.
        name: StringFilter = Name,
        /// By the host.
        host: StringFilter = Host,
        /// Those that take calls, or the others.
        enabled: BooleanFilter = Enabled,
        /// By when it was made.
        created_at: DateTimeFilter = CreatedAt,
        /// By when it was last changed.
        updated_at: DateTimeFilter = UpdatedAt,
    }
}

order! {
    GatewayOrderField of gateway {
        /// By the name.
        Name,
        /// By the host.
        Host,
        /// By when it was made.
        CreatedAt,
        /// By when it was last changed.
        UpdatedAt,
    }
}

query! { GatewayQuery of Gateway "gateway" { gateway(uuid: uuid::Uuid = Uuid), gateways } }
payload!(GatewayPayload of Gateway, gateway);
mutation! { GatewayMutation of Gateway "gateway" -> GatewayPayload { create gateway_create, update gateway_update, delete gateway_delete, } }
subscription! { GatewaySubscription of Gateway "gateway" { gateway_changed } }
