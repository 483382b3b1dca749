//! `sip_device_routes`: what phones register with; it is made and removed elsewhere.

use entity::{
    Id,
    sip_account::{Column, Entity, Model},
};
use serde_json::json;
use service::people::{ANY_NETWORK, SipAccountUpdateInput};

use super::{
    customers,
    facts::{Form, Serves, Writable},
    given::Given,
    kind::Kind,
    rows::{By, Field, Key, Link, Type, facts},
};

/// The type.
pub fn kind() -> &'static Kind {
    static KIND: Kind = Kind::new(facts::<SipDeviceRoutes>);
    &KIND
}

struct SipDeviceRoutes;

impl Type for SipDeviceRoutes {
    type Entity = Entity;

    const NAME: &'static str = "sip_device_routes";
    const KEY: Key<Column> = Key::Uuid(Column::Uuid);
    const SERVES: Serves = Serves { create: false, delete: false, ..Serves::ALL };
    const FIELDS: &'static [Field<Entity>] = &[
        Field::<Entity>::new("username", Form::Text, Column::Username, |row| json!(row.username)),
        Field::<Entity>::secret("password", Column::Password),
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
        Field::<Entity>::new("allow_external_calls", Form::Boolean, Column::AllowExternalCalls, |row| {
            json!(row.allow_external_calls)
        }),
        Field::<Entity>::new("caller_id_name", Form::Text, Column::CallerIdName, |row| {
            json!(row.caller_id_name)
        }),
        Field::<Entity>::new("internal_caller_id", Form::Text, Column::InternalCallerId, |row| {
            json!(row.internal_caller_id)
        }),
        Field::<Entity>::new("external_caller_id", Form::Text, Column::ExternalCallerId, |row| {
            json!(row.external_caller_id)
        }),
        Field::<Entity>::new("user_agent", Form::Text, Column::UserAgent, |row| json!(row.user_agent)),
        Field::<Entity>::new("is_online", Form::Boolean, Column::IsOnline, |row| json!(row.is_online)),
        Field::<Entity>::new("use_allowed_ips", Form::Boolean, Column::UseAllowedIps, |row| {
            json!(row.use_allowed_ips)
        })
        .writable(Writable::OnUpdate),
        Field::<Entity>::new("allowed_ips", Form::Default(ANY_NETWORK), Column::AllowedIps, |row| {
            json!(row.allowed_ips)
        })
        .writable(Writable::OnUpdate),
    ];
    const LINKS: &'static [Link<Entity>] =
        &[Link::<Entity>::new("customer", customers::kind, Column::TenantId, |row| {
            Some(row.tenant_id.number())
        })
        .required()];
    const FILTERS: &'static [By<Entity>] = &[
        By::Id,
        By::Customer(Column::TenantId),
        By::Text("username", Column::Username),
        By::Text("caller_id_name", Column::CallerIdName),
        By::Truth("allow_external_calls", Column::AllowExternalCalls),
        By::Text("internal_caller_id", Column::InternalCallerId),
        By::Text("external_caller_id", Column::ExternalCallerId),
    ];

    fn id(row: &Model) -> String {
        row.uuid.to_string()
    }

    fn change(id: Id<Entity>, given: &Given) -> service::Result<SipAccountUpdateInput> {
        Ok(SipAccountUpdateInput {
            use_allowed_ips: given.attribute("use_allowed_ips")?,
            allowed_ips: given.attribute("allowed_ips")?,
            ..SipAccountUpdateInput::of(id)
        })
    }
}
