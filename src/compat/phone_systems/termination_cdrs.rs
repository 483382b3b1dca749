//! `termination_cdrs`: the records of calls that left through gateways.

use entity::{
    cdr::{Column, Entity},
    value::CallDirection,
};
use sea_orm::{ColumnTrait, Condition};

use super::{
    customers,
    facts::{Form, Serves},
    kind::Kind,
    rows::{By, Field, Key, Link, Type, facts},
    termination_gateways, termination_routes,
};

/// The type.
pub fn kind() -> &'static Kind {
    static KIND: Kind = Kind::new(facts::<TerminationCdrs>);
    &KIND
}

/// Any whole number that is stored.
pub const NUMBER: Form = Form::Integer(0, i32::MAX as i64);

struct TerminationCdrs;

impl Type for TerminationCdrs {
    type Entity = Entity;

    const NAME: &'static str = "termination_cdrs";
    const ALIASES: &'static [(&'static str, Option<&'static str>)] = &[("termination%20cdrs", None)];
    const KEY: Key<Column> = Key::Number(Column::Id);
    const SERVES: Serves = Serves::READS;
    const FIELDS: &'static [Field<Entity>] = &[
        Field::new("aleg_code", NUMBER, Column::DisconnectCode),
        Field::new("aleg_reason", Form::Text, Column::DisconnectReason),
        Field::new("duration", NUMBER, Column::DurationSeconds),
        Field::new("src_name_in", Form::Text, Column::CallerName),
        Field::new("src_number_in", Form::Text, Column::CallerNumber),
        Field::new("dst_number_in", Form::Text, Column::CalledNumber),
        Field::new("orig_call_id", Form::Text, Column::CallId),
        Field::new("local_tag", Form::Text, Column::LocalTag),
        Field::new("global_tag", Form::Text, Column::GlobalTag),
        Field::new("time_start", Form::Time, Column::StartedAt),
        Field::new("time_connect", Form::Time, Column::AnsweredAt),
        Field::new("time_end", Form::Time, Column::EndedAt),
    ];
    const LINKS: &'static [Link<Entity>] = &[
        Link::new("customer", customers::kind, Column::TenantId),
        Link::new("termination_route", termination_routes::kind, Column::RouteId),
        Link::new("termination_gateway", termination_gateways::kind, Column::GatewayId),
    ];
    const FILTERS: &'static [By<Column>] = &[
        By::Id,
        By::Attribute("aleg_code"),
        By::Attribute("aleg_reason"),
        By::Attribute("src_name_in"),
        By::Attribute("src_number_in"),
        By::Attribute("dst_number_in"),
        By::Attribute("orig_call_id"),
        By::Attribute("local_tag"),
        By::Attribute("global_tag"),
        By::Attribute("time_start"),
        By::From("time_start_gteq", Column::StartedAt),
        By::Until("time_start_lteq", Column::StartedAt),
        // So the manual has it.
        By::Until("time_start_lted", Column::StartedAt),
        By::LinkedId("customer.id"),
        By::LinkedId("termination_gateway.id"),
        By::LinkedId("termination_route.id"),
    ];

    fn only() -> Condition {
        Condition::all().add(Column::Direction.eq(CallDirection::Outgoing))
    }
}
