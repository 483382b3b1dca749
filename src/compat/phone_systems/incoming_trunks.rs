//! `incoming_trunks`: where calls enter.

use entity::{
    Id,
    trunk::{Column, Entity, Model},
};
use serde_json::json;
use service::{
    Patch,
    routing::{TrunkCreateInput, TrunkUpdateInput},
};

use super::{
    codec::{self, CODECS},
    customers,
    facts::{Form, Serves, Words, Writable},
    given::Given,
    kind::Kind,
    rows::{By, Field, Key, Link, Type, facts},
    store::Call,
};

/// The type.
pub fn kind() -> &'static Kind {
    static KIND: Kind = Kind::new(facts::<IncomingTrunks>);
    &KIND
}

const TRANSPORTS: Words = &[("UDP", "UDP"), ("TCP", "TCP")];
const DESTINATIONS: Words = &[("RURI_USERPART", "RURI_USERPART"), ("TO_USERPART", "TO_USERPART")];

struct IncomingTrunks;

impl Type for IncomingTrunks {
    type Entity = Entity;

    const NAME: &'static str = "incoming_trunks";
    const KEY: Key<Column> = Key::Uuid(Column::Uuid);
    const SERVES: Serves = Serves::ALL;
    const FIELDS: &'static [Field<Entity>] = &[
        Field::<Entity>::new("name", Form::Text, Column::Name, |row| json!(row.name))
            .writable(Writable::Always),
        Field::<Entity>::new("codecs", Form::Choice(CODECS), Column::Codecs, |row| codec::show(&row.codecs))
            .writable(Writable::Always),
        Field::<Entity>::new(
            "transport_protocol",
            Form::Word(TRANSPORTS),
            Column::TransportProtocol,
            |row| json!(row.transport_protocol.word()),
        )
        .writable(Writable::Always),
        Field::<Entity>::new("domain", Form::Text, Column::Domain, |row| json!(row.domain)),
        Field::<Entity>::new(
            "destination_field",
            Form::Word(DESTINATIONS),
            Column::DestinationField,
            |row| json!(row.destination_field.word()),
        )
        .writable(Writable::Always),
    ];
    const LINKS: &'static [Link<Entity>] =
        &[Link::<Entity>::new("customer", customers::kind, Column::TenantId, |row| {
            Some(row.tenant_id.number())
        })
        .required()
        .writable(Writable::OnCreate)];
    const FILTERS: &'static [By<Entity>] =
        &[By::Id, By::Customer(Column::TenantId), By::Text("domain", Column::Domain)];

    fn id(row: &Model) -> String {
        row.uuid.to_string()
    }

    fn creation(_: &Call, given: &Given) -> service::Result<TrunkCreateInput> {
        Ok(TrunkCreateInput {
            tenant_id: Patch::Set(given.required_link("customer")?),
            name: given.attribute("name")?,
            codecs: given.attribute("codecs")?,
            transport_protocol: given.attribute("transport_protocol")?,
            destination_field: given.attribute("destination_field")?,
        })
    }

    fn change(id: Id<Entity>, given: &Given) -> service::Result<TrunkUpdateInput> {
        Ok(TrunkUpdateInput {
            name: given.attribute("name")?,
            codecs: given.attribute("codecs")?,
            transport_protocol: given.attribute("transport_protocol")?,
            destination_field: given.attribute("destination_field")?,
            ..TrunkUpdateInput::of(id)
        })
    }
}
