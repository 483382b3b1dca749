//! `external_account_routes`: subscribers outside the platform, by the ids that the operator gave them.

use entity::{
    Id,
    external_account::{Column, Entity, Model},
};
use serde_json::json;
use service::{
    Patch,
    people::{ExternalAccountCreateInput, ExternalAccountUpdateInput},
};

use super::{
    available_did_numbers, customers,
    facts::{Form, Serves, Writable},
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
        Field::<Entity>::new("incoming_internal", Form::Boolean, Column::IncomingInternal, |row| {
            json!(row.incoming_internal)
        }),
        Field::<Entity>::new("incoming_external", Form::Boolean, Column::IncomingExternal, |row| {
            json!(row.incoming_external)
        }),
        Field::<Entity>::new("outgoing_internal", Form::Boolean, Column::OutgoingInternal, |row| {
            json!(row.outgoing_internal)
        }),
        Field::<Entity>::new("outgoing_external", Form::Boolean, Column::OutgoingExternal, |row| {
            json!(row.outgoing_external)
        }),
        Field::<Entity>::new("on_demand", Form::Boolean, Column::OnDemand, |row| json!(row.on_demand)),
        Field::<Entity>::new("caller_id_name", Form::Text, Column::CallerIdName, |row| {
            json!(row.caller_id_name)
        }),
        Field::<Entity>::new("internal_caller_id", Form::Text, Column::InternalCallerId, |row| {
            json!(row.internal_caller_id)
        }),
        Field::<Entity>::new("external_caller_id", Form::Text, Column::ExternalCallerId, |row| {
            json!(row.external_caller_id)
        }),
        Field::<Entity>::new("allow_external_calls", Form::Boolean, Column::AllowExternalCalls, |row| {
            json!(row.allow_external_calls)
        }),
    ];
    const LINKS: &'static [Link<Entity>] = &[
        Link::<Entity>::new("customer", customers::kind, Column::TenantId, |row| {
            Some(row.tenant_id.number())
        })
        .required()
        .writable(Writable::OnCreate),
        Link::<Entity>::new(
            "available_did_number",
            available_did_numbers::kind,
            Column::PhoneNumberId,
            |row| row.phone_number_id.map(Id::number),
        )
        .writable(Writable::Always),
    ];
    const FILTERS: &'static [By<Entity>] = &[
        By::Id,
        By::Customer(Column::TenantId),
        By::Text("external_caller_id", Column::ExternalCallerId),
        By::Truth("allow_external_calls", Column::AllowExternalCalls),
    ];

    fn id(row: &Model) -> String {
        row.account_id.clone()
    }

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
