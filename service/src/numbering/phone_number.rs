//! Phone numbers: the pool, who a number is allocated to, and where its calls go.

use std::collections::HashMap;

use entity::{
    Id, List, extension, external_account, gateway,
    phone_number::{self, Column},
    tenant,
    value::{BranchType, DestinationType, Scheduler, SchedulerBranch, WorkingTime},
};
use sea_orm::{ActiveValue, ColumnTrait, Condition, IntoActiveModel, Set, Value};

use crate::{
    Action, Caller, Code, Error, Problems, Result, Rules, Services, Tx,
    check::{first_repeat, is_digits, new_uuid, path, texts_at_most},
    inputs,
    people::unlink,
};

inputs! {
    phone_number: PhoneNumberCreateInput, PhoneNumberUpdateInput {
        fixed {}
        required {
            /// 1 to 20 digits, country code first, unique on the platform.
            number: String,
        }
        optional {
            /// The tenant it is allocated to; null puts it into the pool, as on a new one. Another tenant begins with the defaults of all that a tenant sets.
            tenant_id: Option<Id<tenant::Entity>>,
            /// A disabled number takes no calls. `false` on a new one.
            disabled: bool,
            /// The gateways it leaves by, at most 32, each shared or its tenant's own. None on a new one.
            gateway_ids: List<Id<gateway::Entity>>,
            /// Whether it is its tenant's main number; `true` takes that from the one before. `true` for the first number of a tenant.
            main_phone: bool,
            /// Where it belongs, as people say it, at most 255 characters. Empty on a new one.
            location: String,
            /// Whether it is a local number. `false` on a new one.
            local: bool,
            /// Its binding to a customer-relation system, at most 255 characters. Empty on a new one.
            crm: String,
            /// Who is responsible for its callers, at most 255 characters. Empty on a new one.
            responsible: String,
            /// Its binding to PrimeGate, at most 255 characters. Empty on a new one.
            primegate: String,
            /// Its binding to Roistat, at most 255 characters. Empty on a new one.
            roistat: String,
            /// What takes its calls. `ACCOUNT` on a new one.
            destination_type: DestinationType,
            /// Which one: a login, a group or a menu, at most 255 characters. Empty on a new one.
            target: String,
            /// The target's name, as people say it, at most 255 characters. Empty on a new one.
            target_name: String,
            /// The greeting that is played first, at most 255 characters. Empty on a new one.
            greeting: String,
            /// Whether the greeting is the tenant's own. `false` on a new one.
            custom_greeting: bool,
            /// Where its calls go by the time of the week; there must be one while `destinationType` is `SCHEDULER`. Null on a new one.
            scheduler: Option<Scheduler>,
            /// The extension of its tenant that it rings. Null on a new one.
            extension_id: Option<Id<extension::Entity>>,
            /// The extension of its tenant that takes its messages, while `allowMessage` is `true`. Null on a new one.
            message_extension_id: Option<Id<extension::Entity>>,
            /// Whether it takes messages. `false` on a new one.
            allow_message: bool,
            /// Whether it is another name of an extension and no number of the public network. `false` on a new one.
            is_alias: bool,
            /// Free text, at most 255 characters. Null on a new one.
            comment: Option<String>,
        }
    }
}

/// What only an operator sets: which number it is, whose it is, how it leaves and whether it is closed.
const OPERATORS_ALONE: &[Column] =
    &[Column::Number, Column::TenantId, Column::GatewayIds, Column::IsAlias, Column::Disabled];

impl Rules for phone_number::Entity {
    type Create = PhoneNumberCreateInput;
    type Update = PhoneNumberUpdateInput;

    async fn check(tx: &Tx<'_>, row: &mut phone_number::ActiveModel) -> Result<()> {
        tx.operator_only(row, OPERATORS_ALONE)?;
        let new = row.id.is_not_set();
        let id = row.id.try_as_ref().copied();
        if new {
            row.uuid = Set(new_uuid(tx.now())?);
        }
        let moved = row.tenant_id.is_set() && !new;
        if moved {
            reset(row);
        }
        let tenant_id = row.tenant_id.try_as_ref().copied().flatten();
        note_form(row, tenant_id)?;

        if let Set(Some(tenant)) = row.tenant_id {
            tx.referred::<tenant::Entity>(Column::TenantId, tenant).await?;
        }
        check_gateways(tx, row, tenant_id).await?;
        tx.refers(Column::ExtensionId, &row.extension_id, tenant_id).await?;
        tx.refers(Column::MessageExtensionId, &row.message_extension_id, tenant_id).await?;

        if let Some(id) = id
            && (moved || row.number.is_set())
        {
            leave(tx, id, row, moved).await?;
        }
        settle_main(tx, row, tenant_id).await
    }

    /// Outside accounts lose it, and nobody's calls show it any longer.
    async fn check_delete(tx: &Tx<'_>, row: &phone_number::Model) -> Result<()> {
        unlink(tx, vec![row.id]).await?;
        let tenants = tenant::Column::DefaultCallerNumber.eq(&row.number);
        let tenants = tx.rows::<tenant::Entity>(tenants).await?;
        tx.update_all::<tenant::Entity>(tenants, |tenant| tenant.default_caller_number = Set(None)).await
    }
}

/// Puts back to its default all that a tenant sets and that is not set right now.
fn reset(row: &mut phone_number::ActiveModel) {
    back(&mut row.main_phone, false);
    back(&mut row.location, String::new());
    back(&mut row.local, false);
    back(&mut row.crm, String::new());
    back(&mut row.responsible, String::new());
    back(&mut row.primegate, String::new());
    back(&mut row.roistat, String::new());
    back(&mut row.destination_type, DestinationType::Account);
    back(&mut row.target, String::new());
    back(&mut row.target_name, String::new());
    back(&mut row.greeting, String::new());
    back(&mut row.custom_greeting, false);
    back(&mut row.scheduler, None);
    back(&mut row.disabled, false);
    back(&mut row.extension_id, None);
    back(&mut row.message_extension_id, None);
    back(&mut row.allow_message, false);
    back(&mut row.comment, None);
}

fn back<V: Into<Value> + PartialEq>(column: &mut ActiveValue<V>, default: V) {
    if !column.is_set() {
        column.set_if_not_equals(default);
    }
}

fn note_form(row: &phone_number::ActiveModel, tenant: Option<Id<tenant::Entity>>) -> Result<()> {
    let mut problems = Problems::default();
    if let Set(number) = &row.number {
        let good = is_digits(number) && number.len() <= 20;
        match number.is_empty() {
            true => problems.note(false, Code::Required, Column::Number, "must not be empty"),
            false => problems.unless(good, Column::Number, "use 1 to 20 digits"),
        }
    }
    texts_at_most(
        &mut problems,
        row,
        255,
        &[
            Column::Location,
            Column::Crm,
            Column::Responsible,
            Column::Primegate,
            Column::Roistat,
            Column::Target,
            Column::TargetName,
            Column::Greeting,
            Column::Comment,
        ],
    );
    if matches!(row.main_phone, Set(true)) {
        problems.unless(tenant.is_some(), Column::MainPhone, "a number of the pool is nobody's main number");
    }
    let by_time = row.destination_type.try_as_ref() == Some(&DestinationType::Scheduler);
    let scheduler = row.scheduler.try_as_ref().and_then(Option::as_ref);
    if row.destination_type.is_set() || row.scheduler.is_set() {
        let message = "say where calls go by the time of the week";
        problems.note(!by_time || scheduler.is_some(), Code::Required, Column::Scheduler, message);
    }
    if let (true, Some(scheduler)) = (row.scheduler.is_set(), scheduler) {
        note_scheduler(&mut problems, scheduler);
    }
    let messages = row.message_extension_id.try_as_ref().copied().flatten().is_some();
    let allowed = row.allow_message.try_as_ref().copied().unwrap_or_default();
    problems.unless(!messages || allowed, Column::MessageExtensionId, "the number takes no messages");
    if let Set(ids) = &row.gateway_ids {
        problems.note(ids.len() <= 32, Code::TooLong, Column::GatewayIds, "use at most 32 gateways");
        if let Some(at) = first_repeat(ids.iter()) {
            let field = path(["gateway_ids", &at.to_string()]);
            problems.push(Code::Invalid, field, "this gateway is there already");
        }
    }
    problems.result()
}

fn note_scheduler(problems: &mut Problems, scheduler: &Scheduler) {
    let in_hours = matches!(scheduler.work.kind, BranchType::Account | BranchType::Group | BranchType::Ivr);
    if !in_hours {
        let field = path(["scheduler", "work", "type"]);
        problems.push(Code::Invalid, field, "use ACCOUNT, GROUP or IVR within the working time");
    }
    note_branch(problems, "work", &scheduler.work);
    note_branch(problems, "rest", &scheduler.rest);
    let week = &scheduler.schedule;
    note_time(problems, "sunday", week.sunday.as_ref());
    note_time(problems, "monday", week.monday.as_ref());
    note_time(problems, "tuesday", week.tuesday.as_ref());
    note_time(problems, "wednesday", week.wednesday.as_ref());
    note_time(problems, "thursday", week.thursday.as_ref());
    note_time(problems, "friday", week.friday.as_ref());
    note_time(problems, "saturday", week.saturday.as_ref());
}

fn note_branch(problems: &mut Problems, name: &str, branch: &SchedulerBranch) {
    let texts =
        [("target", &branch.target), ("target_name", &branch.target_name), ("greeting", &branch.greeting)];
    for (field, text) in texts {
        if text.chars().count() > 255 {
            problems.push(Code::TooLong, path(["scheduler", name, field]), "use at most 255 characters");
        }
    }
}

fn note_time(problems: &mut Problems, day: &str, time: Option<&WorkingTime>) {
    let Some(time) = time else { return };
    for (end, second) in [("from", time.from), ("to", time.to)] {
        if !(0..=86_400).contains(&second) {
            let field = path(["scheduler", "schedule", day, end]);
            problems.push(Code::OutOfRange, field, "must be 0 to 86400 seconds after midnight");
        }
    }
    if time.from >= time.to {
        let field = path(["scheduler", "schedule", day, "to"]);
        problems.push(Code::Invalid, field, "must be later than it begins");
    }
}

/// Refuses gateways of others; those that a moved number keeps from its tenant before are left out.
async fn check_gateways(
    tx: &Tx<'_>,
    row: &mut phone_number::ActiveModel,
    tenant: Option<Id<tenant::Entity>>,
) -> Result<()> {
    let ids = row.gateway_ids.try_as_ref().map(|ids| ids.0.clone()).unwrap_or_default();
    if ids.is_empty() || !(row.gateway_ids.is_set() || row.tenant_id.is_set()) {
        return Ok(());
    }
    let found = tx.rows::<gateway::Entity>(gateway::Column::Id.is_in(ids.clone())).await?;
    let found: HashMap<_, _> = found.into_iter().map(|one| (one.id, one.tenant_id)).collect();
    let serves =
        |id: &Id<gateway::Entity>| found.get(id).is_some_and(|owner| owner.is_none() || *owner == tenant);
    if !row.gateway_ids.is_set() {
        let kept: Vec<_> = ids.into_iter().filter(serves).collect();
        row.gateway_ids.set_if_not_equals(kept.into());
        return Ok(());
    }
    let mut problems = Problems::default();
    for (at, _) in ids.iter().enumerate().filter(|(_, id)| !serves(id)) {
        let field = path(["gateway_ids", &at.to_string()]);
        problems.push(Code::NotFound, field, "there is no such gateway for this number");
    }
    problems.result()
}

/// Brings along what names the number: it is changed with the number, and ends when that moves away.
async fn leave(
    tx: &Tx<'_>,
    id: Id<phone_number::Entity>,
    row: &phone_number::ActiveModel,
    moved: bool,
) -> Result<()> {
    let Some(old) = tx.first::<phone_number::Entity>(Column::Id.eq(id)).await? else { return Ok(()) };
    let number = row.number.try_as_ref().cloned();
    if moved {
        unlink(tx, vec![id]).await?;
    } else {
        let linked = external_account::Column::PhoneNumberId.eq(id);
        let linked = tx.rows::<external_account::Entity>(linked).await?;
        let follow = |account: &mut external_account::ActiveModel| {
            account.external_caller_id.set_if_not_equals(number.clone());
        };
        tx.update_all::<external_account::Entity>(linked, follow).await?;
    }
    let shown = Condition::all()
        .add(tenant::Column::DefaultCallerNumber.eq(&old.number))
        .add(tenant::Column::Id.eq(old.tenant_id));
    let shown = tx.rows::<tenant::Entity>(shown).await?;
    let shows = if moved { None } else { number };
    tx.update_all::<tenant::Entity>(shown, |tenant| {
        tenant.default_caller_number.set_if_not_equals(shows.clone());
    })
    .await
}

/// Makes the first number of a tenant its main one, and leaves no two main ones.
async fn settle_main(
    tx: &Tx<'_>,
    row: &mut phone_number::ActiveModel,
    tenant: Option<Id<tenant::Entity>>,
) -> Result<()> {
    let Some(tenant) = tenant else { return Ok(()) };
    let alias = row.is_alias.try_as_ref().copied().unwrap_or_default();
    let lands = row.tenant_id.is_set() && !alias;
    let claims = matches!(row.main_phone, Set(true));
    if !lands && !claims {
        return Ok(());
    }
    let mut others = Condition::all().add(Column::TenantId.eq(tenant)).add(Column::MainPhone.eq(true));
    if let Some(id) = row.id.try_as_ref() {
        others = others.add(Column::Id.ne(*id));
    }
    let others = tx.rows::<phone_number::Entity>(others).await?;
    if claims {
        tx.update_all::<phone_number::Entity>(others, |other| other.main_phone = Set(false)).await?;
    } else if others.is_empty() {
        row.main_phone.set_if_not_equals(true);
    }
    Ok(())
}

/// Puts all numbers of a tenant into the pool, each announced; only the platform's gateways stay theirs.
pub(crate) async fn free_all(tx: &Tx<'_>, tenant: Id<tenant::Entity>) -> Result<()> {
    let numbers = tx.rows::<phone_number::Entity>(Column::TenantId.eq(tenant)).await?;
    let ids = numbers.iter().map(|number| number.id).collect();
    unlink(tx, ids).await?;
    let own = tx.rows::<gateway::Entity>(gateway::Column::TenantId.eq(tenant)).await?;
    let free = |row: &mut phone_number::ActiveModel| {
        row.tenant_id = Set(None);
        reset(row);
        if let Some(ids) = row.gateway_ids.try_as_ref() {
            let kept = ids.iter().filter(|id| !own.iter().any(|gateway| gateway.id == **id));
            let kept: Vec<_> = kept.copied().collect();
            row.gateway_ids.set_if_not_equals(kept.into());
        }
    };
    tx.update_all::<phone_number::Entity>(numbers, free).await
}

impl Services {
    /// Gives a number to a tenant, wherever it is now; to the one that has it already is no change.
    pub async fn allocate_phone_number(
        &self,
        caller: &Caller,
        number: Id<phone_number::Entity>,
        tenant: Id<tenant::Entity>,
    ) -> Result<phone_number::Model> {
        self.place_number(caller, number, Some(tenant)).await
    }

    /// Puts a number into the pool; one that is there already is left alone.
    pub async fn deallocate_phone_number(
        &self,
        caller: &Caller,
        id: Id<phone_number::Entity>,
    ) -> Result<phone_number::Model> {
        self.place_number(caller, id, None).await
    }

    async fn place_number(
        &self,
        caller: &Caller,
        id: Id<phone_number::Entity>,
        tenant: Option<Id<tenant::Entity>>,
    ) -> Result<phone_number::Model> {
        let input = PhoneNumberUpdateInput { tenant_id: tenant.into(), ..PhoneNumberUpdateInput::of(id) };
        self.update::<phone_number::Entity>(caller, input).await
    }

    /// Lets a number take calls no longer, or again.
    ///
    /// # Errors
    /// UNCHANGED when it is so already.
    pub async fn set_phone_number_disabled(
        &self,
        caller: &Caller,
        id: Id<phone_number::Entity>,
        disabled: bool,
    ) -> Result<phone_number::Model> {
        let grant = caller.grant::<phone_number::Entity>(Action::Update)?;
        let tx = self.begin(caller).await?;
        let old = tx.find(&grant, id).await?;
        if old.disabled == disabled {
            let message = if disabled { "it is disabled already" } else { "it is enabled already" };
            return Err(Error::refused(Code::Unchanged, None, message));
        }
        let mut row = old.clone().into_active_model();
        row.disabled = Set(disabled);
        tx.operator_only(&row, &[Column::Disabled])?;
        let row = tx.update(&grant, old, row).await?;
        tx.commit().await?;
        Ok(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch(kind: BranchType) -> SchedulerBranch {
        SchedulerBranch {
            kind,
            target: String::new(),
            target_name: String::new(),
            greeting: String::new(),
            custom: false,
        }
    }

    fn noted(work: BranchType, monday: Option<(i32, i32)>) -> Vec<String> {
        let schedule = entity::value::WeekSchedule {
            sunday: None,
            monday: monday.map(|(from, to)| WorkingTime { from, to }),
            tuesday: None,
            wednesday: None,
            thursday: None,
            friday: None,
            saturday: None,
        };
        let scheduler = Scheduler { work: branch(work), rest: branch(BranchType::Hangup), schedule };
        let mut problems = Problems::default();
        note_scheduler(&mut problems, &scheduler);
        let Err(Error::Refused(problems)) = problems.result() else { return Vec::new() };
        problems.into_iter().map(|problem| problem.field.unwrap_or_default().join(".")).collect()
    }

    #[test]
    fn a_working_time_lies_within_the_day() {
        assert!(noted(BranchType::Account, Some((0, 86_400))).is_empty());
        assert!(noted(BranchType::Group, None).is_empty());
        assert_eq!(noted(BranchType::Ivr, Some((32_400, 32_400))), ["scheduler.schedule.monday.to"]);
        assert_eq!(noted(BranchType::Ivr, Some((-1, 60))), ["scheduler.schedule.monday.from"]);
        assert_eq!(noted(BranchType::Ivr, Some((0, 86_401))), ["scheduler.schedule.monday.to"]);
    }

    #[test]
    fn calls_within_the_working_time_stay_inside() {
        assert_eq!(noted(BranchType::Hangup, None), ["scheduler.work.type"]);
        assert_eq!(noted(BranchType::External, None), ["scheduler.work.type"]);
    }

    #[test]
    fn a_number_without_its_scheduler_is_refused() {
        let row = phone_number::ActiveModel {
            destination_type: Set(DestinationType::Scheduler),
            ..Default::default()
        };
        assert!(note_form(&row, None).is_err_and(|error| error.has(Code::Required)));
    }

    #[test]
    fn a_moved_number_keeps_only_what_is_set_right_now() {
        let mut row = phone_number::ActiveModel {
            location: ActiveValue::Unchanged("Berlin".into()),
            crm: Set("new".into()),
            comment: ActiveValue::Unchanged(None),
            ..Default::default()
        };
        reset(&mut row);
        assert_eq!(row.location, Set(String::new()));
        assert_eq!(row.crm, Set("new".into()));
        assert_eq!(row.comment, ActiveValue::Unchanged(None));
    }
}
