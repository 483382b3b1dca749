//! Trunks in the graph.

use async_graphql::SimpleObject;
use entity::{tenant, trunk};
use service::filter::{DateTimeFilter, IdFilter, StringFilter};

use crate::{history::cdr::Cdr, platform::tenant::Tenant};

/// Where calls enter the platform.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct Trunk {
    #[graphql(flatten)]
    row: trunk::Model,
}

view!(Trunk of trunk, TrunkFilter, TrunkOrderField);

links! {
    Trunk
    one {
        /// The tenant it belongs to.
        tenant: Tenant = tenant_id,
    }
    many {
        /// The records of the calls that came in by it.
        cdrs: Cdr = TrunkId,
    }
}

filter! {
    TrunkFilter of trunk {
        /// By the tenant.
        tenant_id: IdFilter<tenant::Entity> = TenantId,
        /// By the domain.
        domain: StringFilter = Domain,
        /// By the name.
        name: StringFilter = Name,
        /// By when it was made.
        created_at: DateTimeFilter = CreatedAt,
        /// By when it was last changed.
        updated_at: DateTimeFilter = UpdatedAt,
    }
}

order! {
    TrunkOrderField of trunk {
        /// By the domain.
        Domain,
        /// By when it was made.
        CreatedAt,
        /// By when it was last changed.
        UpdatedAt,
    }
}

query! { TrunkQuery of Trunk "trunk" { trunk(uuid: uuid::Uuid = Uuid, domain: String = Domain), trunks } }
payload!(TrunkPayload of Trunk, trunk);
mutation! { TrunkMutation of Trunk "trunk" -> TrunkPayload { create trunk_create, update trunk_update, delete trunk_delete, } }
subscription! { TrunkSubscription of Trunk "trunk" { trunk_changed } }
