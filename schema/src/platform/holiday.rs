//! Holidays in the graph.

use async_graphql::SimpleObject;
use entity::{holiday, tenant};
use service::filter::{BooleanFilter, DateTimeFilter, IdFilter, StringFilter};

use crate::platform::tenant::Tenant;

/// Days on which a tenant is closed.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct Holiday {
    #[graphql(flatten)]
    row: holiday::Model,
}

view!(Holiday of holiday, HolidayFilter, HolidayOrderField);

links! {
    Holiday
    one {
        /// The tenant it belongs to.
        tenant: Tenant = tenant_id,
    }
}

filter! {
    HolidayFilter of holiday {
        /// By the tenant.
        tenant_id: IdFilter<tenant::Entity> = TenantId,
        /// By the name.
        name: StringFilter = Name,
        /// By the region.
        region: StringFilter = Region,
        /// Those that come back every year, or the others.
        every_year: BooleanFilter = EveryYear,
        /// By when it was made.
        created_at: DateTimeFilter = CreatedAt,
        /// By when it was last changed.
        updated_at: DateTimeFilter = UpdatedAt,
    }
}

order! {
    HolidayOrderField of holiday {
        /// By the name.
        Name,
        /// By when it was made.
        CreatedAt,
        /// By when it was last changed.
        UpdatedAt,
    }
}

query! { HolidayQuery of Holiday "holiday" { holiday(), holidays } }
payload!(HolidayPayload of Holiday, holiday);
mutation! { HolidayMutation of Holiday "holiday" -> HolidayPayload { create holiday_create, update holiday_update, delete holiday_delete, } }
subscription! { HolidaySubscription of Holiday "holiday" { holiday_changed } }
