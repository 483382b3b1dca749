//! Tenants: what the customers of the platform may be, and how one of them leaves it.

mod checks;
mod inputs;

use entity::{
    Id, Kind, api_key, dial_plan, extension, external_account, gateway, holiday, phone_number, route,
    session, sip_account,
    tenant::{self, Column},
    trunk, user, user_group,
};
use sea_orm::{ColumnTrait, Condition, IntoActiveModel, Set};

use crate::{Action, Caller, Code, Error, Problems, Result, Rules, Services, Tx, numbering};

pub use inputs::{TenantCreateInput, TenantUpdateInput};

use checks::{note_composites, note_names, note_numbers, note_secrets};

/// What only an operator sets: what a tenant pays for, and how it is known to the platform.
const OPERATORS_ALONE: &[Column] = &[
    Column::CustomerId,
    // Log-in names are resolved by these, so a tenant could otherwise stand in for another or for the platform.
    Column::Domain,
    Column::AccessUrl,
    Column::Currency,
    Column::Frozen,
    Column::BillingType,
    Column::ClientType,
    Column::ExtDigits,
    Column::Prefix,
    Column::DomainPrefix,
    Column::RouteId,
    Column::MaxLinesIncoming,
    Column::MaxLinesOutgoing,
    Column::MaxSignalContacts,
    Column::AccountsLimit,
    Column::CapacityLimit,
    Column::SipAccountLimit,
    Column::MaxExtensions,
    Column::MaxConcurrentCalls,
    Column::MaxRingGroups,
    Column::MaxVirtualReceptionists,
    Column::MaxCallQueues,
    Column::MaxConferenceRooms,
    Column::DiskQuota,
    Column::ImDiskQuota,
    Column::DiskQuotaLimit,
    Column::RegLimit,
    Column::ExtensionLimit,
    Column::ExtensionGroupLimit,
    Column::ExtensionAgentLimit,
    Column::RemoteAgentLimit,
    Column::CallsLimit,
    Column::SoundLimit,
    Column::EventLimit,
    Column::IntervalLimit,
    Column::DialRuleLimit,
    Column::NetworkPermissionLimit,
    Column::IncomRuleLimit,
    Column::IvrContextLimit,
    Column::IvrOptionLimit,
    Column::IvrRuleLimit,
    Column::ApplicationLimit,
    Column::UserClientLimit,
    Column::UserExtensionLimit,
    Column::UserExtensionGroupLimit,
    Column::Services,
    Column::FmcEnabled,
    Column::LocalGatewayLimit,
    Column::EnableBilling,
    Column::EnableFeatureBilling,
    Column::EnableFeatureCallStatistics,
    Column::EnableFeatureContactCenter,
    Column::EnableFeatureMessageChannels,
    Column::EnableFeatureMicrosoftTeams,
    Column::EnableFeatureTrunks,
    Column::EnableFeatureWhatsApp,
    // The records are what a tenant pays by.
    Column::CdrRetention,
];
impl Rules for tenant::Entity {
    type Create = TenantCreateInput;
    type Update = TenantUpdateInput;

    async fn check(tx: &Tx<'_>, row: &mut tenant::ActiveModel) -> Result<()> {
        tx.operator_only(row, OPERATORS_ALONE)?;
        let new = row.id.is_not_set();
        let id = row.id.try_as_ref().copied();
        tidy(row);

        let mut problems = Problems::default();
        note_names(&mut problems, row);
        note_numbers(&mut problems, row);
        note_composites(&mut problems, row);
        note_secrets(&mut problems, row);
        problems.result()?;

        tx.refers(Column::DialPlanId, &row.dial_plan_id, id).await?;
        tx.refers(Column::RouteId, &row.route_id, id).await?;
        if let (Set(digits), Some(id)) = (&row.ext_digits, id) {
            refuse_to_shrink(tx, id, *digits).await?;
        }
        if let Set(Some(number)) = &row.default_caller_number {
            let own = Condition::all()
                .add(phone_number::Column::TenantId.eq(id))
                .add(phone_number::Column::Number.eq(number));
            if tx.count::<phone_number::Entity>(own).await? == 0 {
                let message = "it is not a number of the tenant";
                return Err(Error::refused(Code::Invalid, Some("default_caller_number"), message));
            }
        }
        if new {
            fill_in(tx, row).await?;
        }
        Ok(())
    }

    /// Everything of the tenant goes along, but its public numbers become free.
    async fn check_delete(tx: &Tx<'_>, row: &tenant::Model) -> Result<()> {
        remove_of::<session::Entity>(tx, row.id).await?;
        remove_of::<api_key::Entity>(tx, row.id).await?;
        remove_of::<holiday::Entity>(tx, row.id).await?;
        remove_of::<external_account::Entity>(tx, row.id).await?;
        // The numbers go before what they refer to: extensions and the tenant's own gateways.
        numbering::free_all(tx, row.id).await?;
        remove_of::<sip_account::Entity>(tx, row.id).await?;
        remove_of::<trunk::Entity>(tx, row.id).await?;
        remove_of::<extension::Entity>(tx, row.id).await?;
        remove_of::<user::Entity>(tx, row.id).await?;
        remove_of::<user_group::Entity>(tx, row.id).await?;
        // The tenant's own references to these two are on the row that goes, and become null by themselves.
        remove_of::<route::Entity>(tx, row.id).await?;
        remove_of::<gateway::Entity>(tx, row.id).await?;
        remove_of::<dial_plan::Entity>(tx, row.id).await
    }
}

/// Removes a tenant's rows of one kind and announces each.
async fn remove_of<E: Rules>(tx: &Tx<'_>, tenant: Id<tenant::Entity>) -> Result<()> {
    let rows = tx.rows::<E>(E::TENANT.eq(tenant)).await?;
    tx.delete_all::<E>(rows).await
}
/// Brings what is about to be written into the form that is stored.
fn tidy(row: &mut tenant::ActiveModel) {
    if let Set(domain) = &mut row.domain {
        *domain = domain.to_ascii_lowercase();
    }
    if row.id.is_not_set()
        && row.name.is_not_set()
        && let Set(domain) = &row.domain
    {
        row.name = Set(domain.clone());
    }
    if matches!(&row.stir_shaken_cert, Set(Some(text)) if text.is_empty()) {
        row.stir_shaken_cert = Set(None);
    }
    for secret in [
        &mut row.stir_shaken_key,
        &mut row.cdr_event_password,
        &mut row.cdr_event_token,
        &mut row.extension_event_password,
        &mut row.extension_event_token,
    ] {
        if matches!(secret, Set(Some(sealed)) if sealed.as_open() == Some("")) {
            *secret = Set(None);
        }
    }
}
/// Extensions have as many digits as their tenant says, so fewer would leave some too long.
async fn refuse_to_shrink(tx: &Tx<'_>, id: Id<tenant::Entity>, digits: i32) -> Result<()> {
    let old = tx.first::<tenant::Entity>(Column::Id.eq(id)).await?;
    let shrinks = old.is_some_and(|old| digits < old.ext_digits);
    if shrinks && tx.first::<extension::Entity>(extension::Column::TenantId.eq(id)).await?.is_some() {
        let message = "it cannot shrink while there are extensions";
        return Err(Error::refused(Code::InUse, Some("ext_digits"), message));
    }
    Ok(())
}

/// Gives a new tenant what it did not say: its number, and the platform's first dial plan and route.
async fn fill_in(tx: &Tx<'_>, row: &mut tenant::ActiveModel) -> Result<()> {
    if row.dial_plan_id.is_not_set() {
        let first = tx.first::<dial_plan::Entity>(dial_plan::Column::TenantId.is_null()).await?;
        row.dial_plan_id = Set(first.map(|plan| plan.id));
    }
    if row.route_id.is_not_set() {
        let first = tx.first::<route::Entity>(route::Column::TenantId.is_null()).await?;
        row.route_id = Set(first.map(|route| route.id));
    }
    if row.customer_id.is_not_set() {
        let id = tx.next_free_id::<tenant::Entity>(Column::CustomerId).await?;
        row.customer_id = Set(id.number().to_string());
        row.id = Set(id);
    }
    Ok(())
}

impl Services {
    /// Freezes a tenant: its accounts cannot log in and its calls are refused.
    ///
    /// # Errors
    /// UNCHANGED when it is frozen already.
    pub async fn freeze_tenant(&self, caller: &Caller, id: Id<tenant::Entity>) -> Result<tenant::Model> {
        self.set_frozen(caller, id, true).await
    }

    /// Ends the freezing of a tenant.
    ///
    /// # Errors
    /// UNCHANGED when it is not frozen.
    pub async fn unfreeze_tenant(&self, caller: &Caller, id: Id<tenant::Entity>) -> Result<tenant::Model> {
        self.set_frozen(caller, id, false).await
    }

    async fn set_frozen(
        &self,
        caller: &Caller,
        id: Id<tenant::Entity>,
        frozen: bool,
    ) -> Result<tenant::Model> {
        let grant = caller.grant::<tenant::Entity>(Action::Update)?;
        if !caller.is_operator() {
            return Err(Error::Forbidden(Kind::Tenant, Action::Update));
        }
        let tx = self.begin(caller).await?;
        let old = tx.find(&grant, id).await?;
        if old.frozen == frozen {
            let message = if frozen { "it is frozen already" } else { "it is not frozen" };
            return Err(Error::refused(Code::Unchanged, None, message));
        }
        let mut row = old.clone().into_active_model();
        row.frozen = Set(frozen);
        let row = tx.update(&grant, old, row).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Adds to a tenant's balance; the amount is a decimal text with at most five places.
    ///
    /// # Errors
    /// INVALID for another text, OUT_OF_RANGE for nothing or too much.
    pub async fn recharge_tenant(
        &self,
        caller: &Caller,
        id: Id<tenant::Entity>,
        amount: &str,
    ) -> Result<tenant::Model> {
        let grant = caller.grant::<tenant::Entity>(Action::Update)?;
        if !caller.is_operator() {
            return Err(Error::Forbidden(Kind::Tenant, Action::Update));
        }
        let amount = hundred_thousandths(amount).ok_or_else(|| {
            Error::refused(Code::Invalid, Some("amount"), "use a decimal number with at most five places")
        })?;
        if amount <= 0 {
            return Err(Error::refused(Code::OutOfRange, Some("amount"), "must be more than 0"));
        }
        let tx = self.begin(caller).await?;
        let old = tx.find(&grant, id).await?;
        let balance = old.balance.checked_add(amount).ok_or_else(|| {
            Error::refused(Code::OutOfRange, Some("amount"), "the balance would be too large")
        })?;
        let mut row = old.clone().into_active_model();
        row.balance = Set(balance);
        let row = tx.update(&grant, old, row).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Removes a tenant together with its public numbers, which the plain deletion sets free.
    pub async fn delete_customer(&self, caller: &Caller, id: Id<tenant::Entity>) -> Result<()> {
        let grant = caller.grant::<tenant::Entity>(Action::Delete)?;
        let tx = self.begin(caller).await?;
        let row = tx.find(&grant, id).await?;
        // What refers to the numbers goes first.
        remove_of::<external_account::Entity>(&tx, id).await?;
        remove_of::<phone_number::Entity>(&tx, id).await?;
        tenant::Entity::check_delete(&tx, &row).await?;
        tx.delete::<tenant::Entity>(row).await?;
        tx.commit().await
    }
}

/// The hundred-thousandths in a decimal text without a sign.
fn hundred_thousandths(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 5 {
        return None;
    }
    let fraction: i64 = format!("{fraction:0<5}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(100_000)?.checked_add(fraction)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn amounts_have_at_most_five_places() {
        assert_eq!(hundred_thousandths("25.5"), Some(2_550_000));
        assert_eq!(hundred_thousandths("0.00001"), Some(1));
        assert_eq!(hundred_thousandths("7"), Some(700_000));
        for wrong in ["", ".", "1.", ".5", "-1", "+1", "1.000001", "1e3", "99999999999999999999"] {
            assert_eq!(hundred_thousandths(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_an_operator_alone_sets_is_listed_once() {
        let names: HashSet<_> = OPERATORS_ALONE.iter().map(|column| format!("{column:?}")).collect();
        assert_eq!(names.len(), OPERATORS_ALONE.len());
    }
}
