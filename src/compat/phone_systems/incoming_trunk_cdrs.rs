//! `incoming_trunk_cdrs`: the records of calls that came in through trunks.

use entity::{
    cdr::{Column, Entity},
    value::{CallDirection, CallDisposition},
};
use sea_orm::{ColumnTrait, Condition};

use super::{
    customers,
    facts::{Form, Serves},
    incoming_trunks,
    kind::Kind,
    rows::{By, Field, Key, Link, Type, facts},
    termination_cdrs::NUMBER,
};

/// The type.
pub fn kind() -> &'static Kind {
    static KIND: Kind = Kind::new(facts::<IncomingTrunkCdrs>);
    &KIND
}

struct IncomingTrunkCdrs;

impl Type for IncomingTrunkCdrs {
    type Entity = Entity;

    const NAME: &'static str = "incoming_trunk_cdrs";
    const ALIASES: &'static [(&'static str, Option<&'static str>)] = &[
        ("incoming_trunk_cdcs", Some("list_alias_cdcs")),
        ("incoming_trunk%20cdrs", Some("list_alias_space")),
    ];
    const KEY: Key<Column> = Key::Number(Column::Id);
    const SERVES: Serves = Serves::READS;
    const FIELDS: &'static [Field<Entity>] = &[
        Field::new("src_name", Form::Text, Column::CallerName),
        Field::new("src_number", Form::Text, Column::CallerNumber),
        Field::new("dst_number", Form::Text, Column::CalledNumber),
        Field::new("did_number", Form::Text, Column::DidNumber),
        Field::new("time_start", Form::Time, Column::StartedAt),
        Field::new("time_connect", Form::Time, Column::AnsweredAt),
        Field::new("time_end", Form::Time, Column::EndedAt),
        Field::new("duration", NUMBER, Column::DurationSeconds),
        Field::new("success", Form::Boolean, Column::Disposition).is(CallDisposition::Answered.word()),
        Field::new("lega_disconnect_code", NUMBER, Column::DisconnectCode),
        Field::new("lega_disconnect_reason", Form::Text, Column::DisconnectReason),
        Field::new("lega_call_id", Form::Text, Column::CallId),
    ];
    const LINKS: &'static [Link<Entity>] = &[
        Link::new("customer", customers::kind, Column::TenantId),
        Link::new("incoming_trunk", incoming_trunks::kind, Column::TrunkId),
    ];
    const FILTERS: &'static [By<Column>] =
        &[By::Id, By::LinkedId("customer.id"), By::Text("domain", Column::TrunkDomain)];

    fn only() -> Condition {
        Condition::all().add(Column::Direction.eq(CallDirection::Incoming))
    }
}
