//! Removing the records of calls that were kept long enough.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{Id, cdr, tenant};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect};

use crate::{Action, Caller, Result, Services};

/// How many records one transaction removes.
const PORTION: u64 = 500;

impl Services {
    /// Removes the records of calls that began longer ago than their tenants keep them, and announces each.
    pub(crate) async fn forget_cdrs(&self) -> Result<()> {
        let system = Caller::system("retention");
        for (tenant, days) in self.tenants_that_forget(&system).await? {
            self.forget_cdrs_of(&system, Some(tenant), days).await?;
        }
        // Those of tenants that are gone.
        self.forget_cdrs_of(&system, None, None).await
    }

    /// The tenants whose records are not kept for ever.
    async fn tenants_that_forget(&self, system: &Caller) -> Result<Vec<(Id<tenant::Entity>, Option<i32>)>> {
        use tenant::Column::{CdrRetention, Id};
        let mut tenants = system.grant::<tenant::Entity>(Action::Read)?.select();
        if self.settings.keep_cdrs_days == 0 {
            tenants = tenants.filter(CdrRetention.is_not_null());
        }
        Ok(tenants.select_only().columns([Id, CdrRetention]).into_tuple().all(&self.reader).await?)
    }

    async fn forget_cdrs_of(
        &self,
        system: &Caller,
        of: Option<Id<tenant::Entity>>,
        days: Option<i32>,
    ) -> Result<()> {
        let days = days.map_or(self.settings.keep_cdrs_days, i32::unsigned_abs);
        let end = self.now().checked_sub_signed(TimeDelta::days(days.into()));
        let Some(end) = end.filter(|_| days > 0) else { return Ok(()) };
        while self.forget_some_cdrs(system, of, end).await? {}
        Ok(())
    }

    /// Removes a portion; whether there may be more.
    async fn forget_some_cdrs(
        &self,
        system: &Caller,
        of: Option<Id<tenant::Entity>>,
        end: DateTime<Utc>,
    ) -> Result<bool> {
        let whose = match of {
            Some(tenant) => cdr::Column::TenantId.eq(tenant),
            None => cdr::Column::TenantId.is_null(),
        };
        let old = Condition::all().add(whose).add(cdr::Column::StartedAt.lt(end));
        let tx = self.begin(system).await?;
        let rows = tx.some_rows::<cdr::Entity>(old, cdr::Column::StartedAt, PORTION).await?;
        let more = rows.len() as u64 == PORTION;
        tx.delete_all::<cdr::Entity>(rows).await?;
        tx.commit().await?;
        Ok(more)
    }
}
