//! Telephone numbers within a domain: where their calls go. It can be read here, and a number can
//! be switched off and on.

use axum::http::StatusCode;
use entity::{phone_number, value};
use sea_orm::ColumnTrait;
use serde::Serialize;
use service::Code;
use utoipa::ToSchema;

use super::{
    body::Answer,
    call::Call,
    error::{Refusal, Result, TELNUM_ALREADY_DISABLED, TELNUM_ALREADY_ENABLED, TELNUM_NOT_FOUND, worded},
};

/// Where a number's calls go.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DomainTelnum {
    /// The number itself.
    #[schema(example = "4930555010")]
    tn: String,
    /// Whether it is the domain's main number.
    main_phone: bool,
    /// Where it belongs, as people say it.
    location: String,
    /// Whether it is a local number.
    local: bool,
    /// Its binding to a customer-relation system.
    crm: String,
    /// Who is responsible for its callers.
    responsible: String,
    /// Its binding to PrimeGate.
    primegate: String,
    /// Its binding to Roistat.
    roistat: String,
    /// What takes its calls, always or by the time of the week.
    #[serde(flatten)]
    destination: Destination,
    /// Whether it takes no calls.
    disabled: bool,
}

/// What takes the calls of a number.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Destination {
    /// Always the same.
    Always(Branch),
    /// It depends on the time of the week.
    Scheduled(Scheduler),
}

/// One place that calls go to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Branch {
    /// What takes the calls.
    #[serde(rename = "type")]
    kind: Kind,
    /// Which one: a login, a group, a menu or a number.
    target: String,
    /// Its name, as people say it.
    target_name: String,
    /// The greeting that is played first.
    greeting: String,
    /// Whether the greeting is the domain's own.
    custom: bool,
}

/// A kind of thing that takes calls.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A user.
    Account,
    /// A group.
    Group,
    /// A voice menu.
    Ivr,
    /// A fax receiver.
    Fax,
    /// A number outside; only at other times than the working time.
    External,
    /// Nothing, the call ends; only at other times than the working time.
    Hangup,
}

/// Where calls go by the time of the week.
#[derive(Debug, Serialize, ToSchema)]
pub struct Scheduler {
    /// What tells this shape from the other.
    #[serde(rename = "type")]
    kind: SchedulerKind,
    /// Within the working time.
    work: Branch,
    /// At any other time. The public document has lost this key; here is the only place that knows it.
    #[serde(rename = "rest")]
    rest: Branch,
    /// The working time.
    schedule: Week,
}

/// The kind of a number with a scheduler.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SchedulerKind {
    /// The only one.
    Scheduler,
}

/// The working time of a week.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Week {
    /// Sunday.
    sun: Day,
    /// Monday.
    mon: Day,
    /// Tuesday.
    tue: Day,
    /// Wednesday.
    wed: Day,
    /// Thursday.
    thu: Day,
    /// Friday.
    fri: Day,
    /// Saturday.
    sat: Day,
}

/// The working time of a day.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Day {
    /// From and to, in seconds after local midnight; 32400 is 09:00.
    Open([i32; 2]),
    /// None.
    Closed(Holiday),
}

/// The word for a day without working time.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Holiday {
    /// The only one.
    Holiday,
}

impl From<phone_number::Model> for DomainTelnum {
    fn from(row: phone_number::Model) -> Self {
        let always = |kind| Branch {
            kind,
            target: row.target,
            target_name: row.target_name,
            greeting: row.greeting,
            custom: row.custom_greeting,
        };
        let destination = match (row.destination_type, row.scheduler) {
            (value::DestinationType::Scheduler, Some(scheduler)) => Destination::Scheduled(scheduler.into()),
            (value::DestinationType::Group, _) => Destination::Always(always(Kind::Group)),
            (value::DestinationType::Ivr, _) => Destination::Always(always(Kind::Ivr)),
            (value::DestinationType::Fax, _) => Destination::Always(always(Kind::Fax)),
            // The rules refuse the type `scheduler` without one.
            (value::DestinationType::Account | value::DestinationType::Scheduler, _) => {
                Destination::Always(always(Kind::Account))
            }
        };
        Self {
            tn: row.number,
            main_phone: row.main_phone,
            location: row.location,
            local: row.local,
            crm: row.crm,
            responsible: row.responsible,
            primegate: row.primegate,
            roistat: row.roistat,
            destination,
            disabled: row.disabled,
        }
    }
}

impl From<value::Scheduler> for Scheduler {
    fn from(scheduler: value::Scheduler) -> Self {
        let week = scheduler.schedule;
        let day = |time: Option<value::WorkingTime>| match time {
            Some(time) => Day::Open([time.from, time.to]),
            None => Day::Closed(Holiday::Holiday),
        };
        Self {
            kind: SchedulerKind::Scheduler,
            work: scheduler.work.into(),
            rest: scheduler.rest.into(),
            schedule: Week {
                sun: day(week.sunday),
                mon: day(week.monday),
                tue: day(week.tuesday),
                wed: day(week.wednesday),
                thu: day(week.thursday),
                fri: day(week.friday),
                sat: day(week.saturday),
            },
        }
    }
}

impl From<value::SchedulerBranch> for Branch {
    fn from(branch: value::SchedulerBranch) -> Self {
        let kind = match branch.kind {
            value::BranchType::Account => Kind::Account,
            value::BranchType::Group => Kind::Group,
            value::BranchType::Ivr => Kind::Ivr,
            value::BranchType::Fax => Kind::Fax,
            value::BranchType::External => Kind::External,
            value::BranchType::Hangup => Kind::Hangup,
        };
        let value::SchedulerBranch { target, target_name, greeting, custom, .. } = branch;
        Self { kind, target, target_name, greeting, custom }
    }
}

/// `GET /domains/{domain}/telnums`
pub async fn list(call: Call) -> Result<Answer<Vec<String>>> {
    use phone_number::{Column, Entity};
    let tenant = call.tenant().await?;
    Ok(Answer(call.texts::<Entity>(Column::Number, Column::TenantId.eq(tenant.id)).await?))
}

/// `HEAD /domains/{domain}/telnums/{telnum}`
pub async fn exists(call: Call) -> Result<StatusCode> {
    find(&call).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /domains/{domain}/telnums/{telnum}`
pub async fn get(call: Call) -> Result<Answer<DomainTelnum>> {
    Ok(Answer(find(&call).await?.into()))
}

/// `PUT /domains/{domain}/telnums/{telnum}/disable`
pub async fn disable(call: Call) -> Result<StatusCode> {
    switch(&call, true, TELNUM_ALREADY_DISABLED).await
}

/// `PUT /domains/{domain}/telnums/{telnum}/enable`
pub async fn enable(call: Call) -> Result<StatusCode> {
    switch(&call, false, TELNUM_ALREADY_ENABLED).await
}

async fn switch(call: &Call, disabled: bool, already: Refusal) -> Result<StatusCode> {
    let row = find(call).await?;
    let switched = call.services().set_phone_number_disabled(&call.caller, row.id, disabled).await;
    switched.map_err(worded([
        (Code::NotFound, "id", TELNUM_NOT_FOUND),
        (Code::Unchanged, "disabled", already),
    ]))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(call: &Call) -> Result<phone_number::Model> {
    let tenant = call.tenant().await?;
    call.telnum_of(&tenant).await
}
