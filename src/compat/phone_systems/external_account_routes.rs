//! `external_account_routes`: subscribers outside the platform, by the ids that the operator gave them.

use entity::{
    Id,
    external_account::{Column, Entity},
};
use service::{
    Patch,
    people::{ExternalAccountCreateInput, ExternalAccountUpdateInput},
};

use super::{
    available_did_numbers, customers,
    facts::{
        Form, Serves,
        Writable::{Always, OnCreate},
    },
    given::Given,
    kind::Kind,
    rows::{By, Field, Key, Link, Type, facts},
    store::Call,
};

/// The type.
pub fn kind() -> &'static Kind {
    static KIND: Kind = Kind::new(facts::<ExternalAccountRoutes>);
    &KIND
}

struct ExternalAccountRoutes;

impl Type for ExternalAccountRoutes {
    type Entity = Entity;

    const NAME: &'static str = "external_account_routes";
    const KEY: Key<Column> = Key::Chosen(Column::AccountId);
    const SERVES: Serves = Serves::ALL;
    const FIELDS: &'static [Field<Entity>] = &[
        Field::new("incoming_internal", Form::Boolean, Column::IncomingInternal),
        Field::new("incoming_external", Form::Boolean, Column::IncomingExternal),
        Field::new("outgoing_internal", Form::Boolean, Column::OutgoingInternal),
        Field::new("outgoing_external", Form::Boolean, Column::OutgoingExternal),
        Field::new("on_demand", Form::Boolean, Column::OnDemand),
        Field::new("caller_id_name", Form::Text, Column::CallerIdName),
        Field::new("internal_caller_id", Form::Text, Column::InternalCallerId),
        Field::new("external_caller_id", Form::Text, Column::ExternalCallerId),
        Field::new("allow_external_calls", Form::Boolean, Column::AllowExternalCalls),
    ];
    const LINKS: &'static [Link<Entity>] = &[
        Link::new("customer", customers::kind, Column::TenantId).required().writable(OnCreate),
        Link::new("available_did_number", available_did_numbers::kind, Column::PhoneNumberId)
            .writable(Always),
    ];
    const FILTERS: &'static [By<Column>] = &[
        By::Id,
        By::LinkedId("customer.id"),
        By::Attribute("external_caller_id"),
        By::Attribute("allow_external_calls"),
    ];

    fn creation(_: &Call, given: &Given) -> service::Result<ExternalAccountCreateInput> {
        Ok(ExternalAccountCreateInput {
            tenant_id: Patch::Set(given.required_link("customer")?),
            account_id: given.id.clone().map_or(Patch::Keep, Patch::Set),
            phone_number_id: given.link("available_did_number"),
            ..ExternalAccountCreateInput::of()
        })
    }

    fn change(id: Id<Entity>, given: &Given) -> service::Result<ExternalAccountUpdateInput> {
        Ok(ExternalAccountUpdateInput {
            phone_number_id: given.link("available_did_number"),
            ..ExternalAccountUpdateInput::of(id)
        })
    }
}
