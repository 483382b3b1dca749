//! Removing the records of calls that were kept long enough.

use chrono::TimeDelta;
use entity::{Id, cdr, tenant};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect};

use crate::{Action, Caller, Columns, Result, Services};

/// How many records one transaction removes.
const PORTION: u64 = 500;

impl Services {
    /// Removes the records of calls that began longer ago than their tenants keep them, and announces each.
    pub(crate) async fn forget_cdrs(&self) -> Result<()> {
        let system = Caller::system("retention");
        let mut done = Ok(());
        let tenants = self.tenants_that_forget(&system).await?;
        let tenants = tenants.into_iter().map(|(tenant, days)| (Some(tenant), days));
        // The last are those of tenants that are gone.
        for (tenant, days) in tenants.chain([(None, None)]) {
            // One that fails does not keep the others.
            done = done.and(self.forget_cdrs_of(&system, tenant, days).await);
        }
        done
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
        // Nobody called before 1970, and the databases do not know every year.
        let Some(end) = end.filter(|end| days > 0 && end.timestamp() > 0) else { return Ok(()) };
        let whose = match of {
            Some(tenant) => cdr::Column::TenantId.eq(tenant),
            None => cdr::Column::TenantId.is_null(),
        };
        let old = Condition::all().add(whose).add(cdr::Column::StartedAt.lt(end));
        let id = Columns::some([cdr::Column::Id]);
        while self.find_part::<cdr::Entity>(system, old.clone(), &id).await?.is_some() {
            self.forget_some_cdrs(system, old.clone()).await?;
        }
        Ok(())
    }

    /// Removes a portion, the oldest first.
    async fn forget_some_cdrs(&self, system: &Caller, old: Condition) -> Result<()> {
        let tx = self.begin(system).await?;
        let rows = tx.some_rows::<cdr::Entity>(old, cdr::Column::StartedAt, PORTION).await?;
        tx.delete_all::<cdr::Entity>(rows).await?;
        tx.commit().await
    }
}
