//! Call detail records: they enter through one ingest when a call has ended, and nobody changes them.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use entity::{
    Id,
    cdr::{self, Column},
    gateway, route, tenant, trunk,
    value::{CallDirection, CallDisposition},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, IdenStatic, IntoActiveModel, Iterable, Set, Value,
};

use crate::{
    Action, Caller, Code, Columns, Create, Error, Problems, Result, Rules, Services, Tx,
    check::{numbers_within, texts_at_most, texts_that},
    inputs,
    platform::NoUpdate,
    refuse_unstorable,
};

inputs! {
    cdr: CdrIngestInput {
        fixed {
            /// The tenant whose call it was. By default that of the trunk, the gateway or the route; nobody's when none of them has one.
            tenant_id: Option<Id<tenant::Entity>>,
        }
        required {
            /// Which switch tells of it, by the name that the switch has for itself, 1 to 255 characters.
            engine: String,
            /// The switch's id of the leg, 1 to 255 characters. What is told again of the same leg is stored once.
            leg_id: String,
            /// Which way the call went, as the platform sees it.
            direction: CallDirection,
            /// When the first signal came, RFC 3339, to the microsecond.
            started_at: DateTime<Utc>,
        }
        optional {
            /// The trunk that it came in by. By default the one with the domain `trunkDomain`.
            trunk_id: Option<Id<trunk::Entity>>,
            /// The domain of that trunk at the time of the call. By default that of the trunk.
            trunk_domain: Option<String>,
            /// The gateway that it left by.
            gateway_id: Option<Id<gateway::Entity>>,
            /// The route that it left by.
            route_id: Option<Id<route::Entity>>,
            /// The switch's id of the leg that this one was connected with.
            peer_leg_id: Option<String>,
            /// The SIP Call-ID of the leg that began the call.
            call_id: Option<String>,
            /// What all legs on one switch have in common.
            local_tag: Option<String>,
            /// What all legs of one call have in common on every switch.
            global_tag: Option<String>,
            /// The caller's name as it came in.
            caller_name: Option<String>,
            /// The caller's number as it came in (ANI).
            caller_number: Option<String>,
            /// The number that was called, as it came in (DNIS).
            called_number: Option<String>,
            /// The public number of the tenant that was called, E.164 digits.
            did_number: Option<String>,
            /// The number that passed the call on (RDNIS), where it was forwarded.
            redirecting_number: Option<String>,
            /// When it was answered, RFC 3339; null when it never was.
            answered_at: Option<DateTime<Utc>>,
            /// When it ended, RFC 3339.
            ended_at: Option<DateTime<Utc>>,
            /// How long it lasted from the first signal on, in seconds. By default from `startedAt` to `endedAt`.
            duration_seconds: i32,
            /// How long it lasted from the answer on, in seconds. By default from `answeredAt` to `endedAt`.
            billed_seconds: i32,
            /// How it ended. By default `ANSWERED` when it was, else what `disconnectCode` says.
            disposition: CallDisposition,
            /// The SIP status that ended the first leg, 0 to 699; 0, as by default, when the switch does not tell.
            disconnect_code: i32,
            /// The words beside that status.
            disconnect_reason: Option<String>,
            /// Why it ended, in the switch's own word.
            hangup_cause: Option<String>,
            /// Why it ended, as ITU-T Q.850 counts causes, 0 to 127.
            q850_cause: Option<i32>,
            /// Who ended it, in the switch's own word.
            hangup_disposition: Option<String>,
            /// The codec of the sound that came in, by the switch's name for it.
            read_codec: Option<String>,
            /// The codec of the sound that went out, by the switch's name for it.
            write_codec: Option<String>,
            /// The IP address that the other side's SIP came from.
            signalling_address: Option<String>,
            /// The IP address that the other side's sound came from.
            media_address: Option<String>,
        }
    }
}

impl Rules for cdr::Entity {
    type Create = CdrIngestInput;
    type Update = NoUpdate;

    async fn check(tx: &Tx<'_>, row: &mut cdr::ActiveModel) -> Result<()> {
        tidy(row)?;
        attribute(tx, row).await?;
        fill_in(row);
        Ok(())
    }
}

/// Brings what was told into the form that is stored, and refuses what cannot be.
fn tidy(row: &mut cdr::ActiveModel) -> Result<()> {
    refuse_unstorable::<cdr::Entity>(row)?;
    shape(row);
    let mut problems = Problems::default();
    note_texts(&mut problems, row);
    note_times(&mut problems, row);
    numbers_within(&mut problems, row, 0..=i32::MAX, &[Column::DurationSeconds, Column::BilledSeconds]);
    numbers_within(&mut problems, row, 0..=699, &[Column::DisconnectCode]);
    numbers_within(&mut problems, row, 0..=127, &[Column::Q850Cause]);
    problems.result()
}

/// Times to the microsecond, no empty texts, domains in lower case.
fn shape(row: &mut cdr::ActiveModel) {
    if let Set(domain) = &mut row.trunk_domain {
        *domain = domain.take().map(|domain| domain.to_ascii_lowercase());
    }
    for column in Column::iter().filter(|column| !matches!(column, Column::Engine | Column::LegId)) {
        match row.get(column) {
            ActiveValue::Set(Value::String(Some(text))) if text.is_empty() => {
                row.set(column, Value::String(None));
            }
            ActiveValue::Set(Value::ChronoDateTimeUtc(Some(time))) => {
                row.set(column, time.trunc_subsecs(6).into());
            }
            _ => {}
        }
    }
}

fn note_texts(problems: &mut Problems, row: &cdr::ActiveModel) {
    for (text, column) in [(&row.engine, Column::Engine), (&row.leg_id, Column::LegId)] {
        if let Set(text) = text {
            problems.filled(text, 255, column);
        }
    }
    let others = Column::iter().filter(|column| !matches!(column, Column::Engine | Column::LegId));
    let texts: Vec<_> =
        others.filter(|column| matches!(row.get(*column), ActiveValue::Set(Value::String(_)))).collect();
    texts_at_most(problems, row, 255, &texts);
    let is_address = |text: &str| text.parse::<std::net::IpAddr>().is_ok();
    let addresses = [Column::SignallingAddress, Column::MediaAddress];
    texts_that(problems, row, is_address, "use an IP address such as 192.0.2.7", &addresses);
}

fn note_times(problems: &mut Problems, row: &cdr::ActiveModel) {
    let (started, answered) =
        (row.started_at.try_as_ref().copied(), row.answered_at.try_as_ref().copied().flatten());
    let ended = row.ended_at.try_as_ref().copied().flatten();
    let before = |time: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>| {
        time.zip(other).is_some_and(|(a, b)| a < b)
    };
    problems.unless(!before(answered, started), Column::AnsweredAt, "it cannot be before the call began");
    problems.unless(!before(ended, started), Column::EndedAt, "it cannot be before the call began");
    problems.unless(!before(ended, answered), Column::EndedAt, "it cannot be before the call was answered");
}

/// Finds what was told by its id or its domain, and whose call it was. Nothing of it is locked: foreign keys see to it
/// that it stays, and many calls of one tenant end at once.
async fn attribute(tx: &Tx<'_>, row: &mut cdr::ActiveModel) -> Result<()> {
    let told = row.tenant_id.clone();
    let mut trunk = tx.named::<trunk::Entity>(Column::TrunkId, &row.trunk_id).await?;
    let gateway = tx.named::<gateway::Entity>(Column::GatewayId, &row.gateway_id).await?;
    let route = tx.named::<route::Entity>(Column::RouteId, &row.route_id).await?;
    if let (true, Set(Some(domain))) = (row.trunk_id.is_not_set(), &row.trunk_domain) {
        let by_domain = tx.seen::<trunk::Entity>(trunk::Column::Domain.eq(domain)).await?;
        trunk = by_domain.filter(|trunk| !told.is_set() || told == Set(Some(trunk.tenant_id)));
        row.trunk_id = Set(trunk.as_ref().map(|trunk| trunk.id));
    }
    if let (true, Some(trunk)) = (row.trunk_domain.is_not_set(), &trunk) {
        row.trunk_domain = Set(Some(trunk.domain.clone()));
    }
    let of_trunk = trunk.as_ref().map(|trunk| trunk.tenant_id);
    let (of_gateway, of_route) =
        (gateway.and_then(|gateway| gateway.tenant_id), route.and_then(|route| route.tenant_id));
    if told.is_not_set() {
        row.tenant_id = Set(of_trunk.or(of_gateway).or(of_route));
    }
    tx.named::<tenant::Entity>(Column::TenantId, &told).await?;
    let tenant = row.tenant_id.try_as_ref().copied().flatten();
    for (owner, column) in
        [(of_trunk, Column::TrunkId), (of_gateway, Column::GatewayId), (of_route, Column::RouteId)]
    {
        // What every tenant may use has no owner.
        if owner.is_some() && owner != tenant {
            return Err(Error::not_found(column.as_str()));
        }
    }
    Ok(())
}

/// Derives what was not told.
fn fill_in(row: &mut cdr::ActiveModel) {
    let answered = row.answered_at.try_as_ref().copied().flatten();
    let ended = row.ended_at.try_as_ref().copied().flatten();
    let seconds = |from: Option<DateTime<Utc>>| {
        let lasted = ended.zip(from).map_or_else(TimeDelta::zero, |(ended, from)| ended - from);
        i32::try_from(lasted.num_seconds()).unwrap_or(i32::MAX)
    };
    if row.duration_seconds.is_not_set() {
        row.duration_seconds = Set(seconds(row.started_at.try_as_ref().copied()));
    }
    if row.billed_seconds.is_not_set() {
        row.billed_seconds = Set(seconds(answered));
    }
    if row.disposition.is_not_set() {
        row.disposition = Set(match (answered, row.disconnect_code.try_as_ref().copied()) {
            (Some(_), _) => CallDisposition::Answered,
            (None, Some(486 | 600)) => CallDisposition::Busy,
            (None, Some(487)) => CallDisposition::Cancelled,
            (None, None | Some(0 | 408 | 480)) => CallDisposition::NoAnswer,
            (None, Some(_)) => CallDisposition::Failed,
        });
    }
}

/// How often a record is tried to be stored when others are in its way.
const ATTEMPTS: u32 = 5;

impl Services {
    /// Keeps the record of a leg that has ended. Told again of the same leg it answers the record that it has and
    /// writes nothing.
    ///
    /// # Errors
    /// CONFLICT when the record that it has says something else, besides what the rules refuse.
    pub async fn ingest_cdr(&self, caller: &Caller, input: CdrIngestInput) -> Result<cdr::Model> {
        let grant = caller.grant::<cdr::Entity>(Action::Create)?;
        let mut told = <cdr::ActiveModel as ActiveModelTrait>::default();
        Create::apply(input.clone(), &mut told);
        tidy(&mut told)?;
        let leg =
            Condition::all().add(Column::LegId.eq(&*input.leg_id)).add(Column::Engine.eq(&*input.engine));
        let mut attempt = 1;
        loop {
            if let Some(known) = self.find_in(&grant, leg.clone(), &Columns::default()).await? {
                return self.told_again(known, &told).await;
            }
            match self.create::<cdr::Entity>(caller, input.clone()).await {
                Err(error) if is_in_the_way(&error) && attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }

    /// The record that is known, if it says what is told now.
    async fn told_again(&self, known: cdr::Model, told: &cdr::ActiveModel) -> Result<cdr::Model> {
        let row = known.clone().into_active_model();
        for column in Column::iter() {
            let (ActiveValue::Set(now), Some(before)) = (told.get(column), row.get(column).into_value())
            else {
                continue;
            };
            if now != before && !(before == before.as_null() && self.is_gone(column, told).await?) {
                let message = "this leg was told of before, and differently";
                return Err(Error::refused(Code::Conflict, Some(column.as_str()), message));
            }
        }
        Ok(known)
    }

    /// Whether what a record is told to refer to is not there any more.
    async fn is_gone(&self, column: Column, told: &cdr::ActiveModel) -> Result<bool> {
        let system = Caller::system("ingest");
        Ok(match (column, &told.tenant_id, &told.trunk_id, &told.gateway_id, &told.route_id) {
            (Column::TenantId, Set(Some(id)), ..) => self.get(&system, *id).await?.is_none(),
            (Column::TrunkId, _, Set(Some(id)), ..) => self.get(&system, *id).await?.is_none(),
            (Column::GatewayId, _, _, Set(Some(id)), _) => self.get(&system, *id).await?.is_none(),
            (Column::RouteId, _, _, _, Set(Some(id))) => self.get(&system, *id).await?.is_none(),
            _ => false,
        })
    }
}

/// Whether others wrote at the same time: the same leg, or what the record refers to.
fn is_in_the_way(error: &Error) -> bool {
    [Code::Taken, Code::Conflict, Code::InUse].into_iter().any(|code| error.has(code))
}
