//! `incoming_trunks`: where calls enter.

use entity::{
    Id,
    trunk::{Column, Entity},
};
use service::{
    Patch,
    routing::{TrunkCreateInput, TrunkUpdateInput},
};

use super::{
    customers,
    facts::{
        Form, Serves, Words,
        Writable::{Always, OnCreate},
    },
    given::Given,
    kind::Kind,
    rows::{By, Field, Key, Link, Type, facts, written},
    store::Call,
};

/// The type.
pub fn kind() -> &'static Kind {
    static KIND: Kind = Kind::new(facts::<IncomingTrunks>);
    &KIND
}

/// The names of codecs; the first of two is the one that is shown.
pub const CODECS: Words = &[
    ("g729", "G729"),
    ("G722", "G722"),
    ("GSM", "GSM"),
    ("PCMA", "PCMA"),
    ("PCMU", "PCMU"),
    ("OPUS", "OPUS"),
    ("telephone-event/8000", "TELEPHONE_EVENT"),
    ("telephone-event", "TELEPHONE_EVENT"),
];
const TRANSPORTS: Words = &[("UDP", "UDP"), ("TCP", "TCP")];
const DESTINATIONS: Words = &[("RURI_USERPART", "RURI_USERPART"), ("TO_USERPART", "TO_USERPART")];

struct IncomingTrunks;

impl Type for IncomingTrunks {
    type Entity = Entity;

    const NAME: &'static str = "incoming_trunks";
    const KEY: Key<Column> = Key::Uuid(Column::Uuid);
    const SERVES: Serves = Serves::ALL;
    const FIELDS: &'static [Field<Entity>] = &[
        Field::new("name", Form::Text, Column::Name).writable(Always),
        Field::new("codecs", Form::Choice(CODECS), Column::Codecs).writable(Always),
        Field::new("transport_protocol", Form::Word(TRANSPORTS), Column::TransportProtocol).writable(Always),
        Field::new("domain", Form::Text, Column::Domain),
        Field::new("destination_field", Form::Word(DESTINATIONS), Column::DestinationField).writable(Always),
    ];
    const LINKS: &'static [Link<Entity>] =
        &[Link::new("customer", customers::kind, Column::TenantId).required().writable(OnCreate)];
    const FILTERS: &'static [By<Column>] = &[By::Id, By::LinkedId("customer.id"), By::Attribute("domain")];

    written! { |given|
        TrunkCreateInput { tenant_id: Patch::Set(given.required_link("customer")?), }
        TrunkUpdateInput {}
        both { name, codecs, transport_protocol, destination_field }
    }
}

#[cfg(test)]
mod tests {
    use entity::value::Codec;

    use super::*;

    #[test]
    fn every_codec_has_a_word() {
        for codec in Codec::ALL {
            assert!(CODECS.iter().any(|(_, ours)| *ours == codec.word()), "{codec:?}");
        }
    }
}
