//! Holidays: days on which a tenant is closed.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;

use crate::{Id, resource, tenant};

#[allow(missing_docs, reason = "columns that no API shows are told by their names")]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, SimpleObject)]
#[sea_orm(table_name = "holiday")]
#[graphql(name = "HolidayRow")]
pub struct Model {
    /// Opaque; `databaseId` shows the number in it.
    #[sea_orm(primary_key)]
    #[graphql(derived(name = "database_id", into = "i64", owned = true))]
    pub id: Id<Entity>,
    #[graphql(skip)]
    pub tenant_id: Id<tenant::Entity>,
    /// What it is called, 1 to 64 characters.
    pub name: String,
    /// Where it is kept, ISO 3166-1 alpha-3.
    pub region: String,
    /// Whether it is one span of several days.
    pub consecutive: bool,
    /// Whether it comes back every year.
    pub every_year: bool,
    /// The year it begins, 1970 to 9999; null when it comes back every year.
    pub year_start: Option<i32>,
    /// The year it ends.
    pub year_end: Option<i32>,
    /// The month it begins, 1 to 12.
    pub month_start: i32,
    /// The month it ends; null is the month it begins.
    pub month_end: Option<i32>,
    /// The day it begins, 1 to 31.
    pub day_start: i32,
    /// The day it ends; null is the day it begins.
    pub day_end: Option<i32>,
    /// The hour it begins, 0 to 23, in the tenant's time zone.
    pub hour_start: i32,
    /// The hour it ends, 0 to 23.
    pub hour_end: i32,
    /// The minute it begins, 0 to 59.
    pub minute_start: i32,
    /// The last minute of it, 0 to 59.
    pub minute_end: i32,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Grows with each change; send it back as `expectedVersion` to notice a lost update.
    pub version: i32,
}

resource!(Holiday, tenant: row.tenant_id => TenantId);
