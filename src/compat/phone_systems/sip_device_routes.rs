//! `sip_device_routes`: what phones register with; it is made and removed elsewhere.

use entity::{
    Id,
    sip_account::{Column, Entity},
};
use service::people::{ANY_NETWORK, SipAccountUpdateInput};

use super::{
    customers,
    facts::{Form, Serves, Writable::OnUpdate},
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
        Field::new("username", Form::Text, Column::Username),
        Field::new("password", Form::Text, Column::Password),
        Field::new("incoming_internal", Form::Boolean, Column::IncomingInternal),
        Field::new("incoming_external", Form::Boolean, Column::IncomingExternal),
        Field::new("outgoing_internal", Form::Boolean, Column::OutgoingInternal),
        Field::new("outgoing_external", Form::Boolean, Column::OutgoingExternal),
        Field::new("on_demand", Form::Boolean, Column::OnDemand),
        Field::new("allow_external_calls", Form::Boolean, Column::AllowExternalCalls),
        Field::new("caller_id_name", Form::Text, Column::CallerIdName),
        Field::new("internal_caller_id", Form::Text, Column::InternalCallerId),
        Field::new("external_caller_id", Form::Text, Column::ExternalCallerId),
        Field::new("user_agent", Form::Text, Column::UserAgent),
        Field::new("is_online", Form::Boolean, Column::IsOnline),
        Field::new("use_allowed_ips", Form::Boolean, Column::UseAllowedIps).writable(OnUpdate),
        Field::new("allowed_ips", Form::Default(ANY_NETWORK), Column::AllowedIps).writable(OnUpdate),
    ];
    const LINKS: &'static [Link<Entity>] =
        &[Link::new("customer", customers::kind, Column::TenantId).required()];
    const FILTERS: &'static [By<Column>] = &[
        By::Id,
        By::LinkedId("customer.id"),
        By::Attribute("username"),
        By::Attribute("caller_id_name"),
        By::Attribute("allow_external_calls"),
        By::Attribute("internal_caller_id"),
        By::Attribute("external_caller_id"),
    ];

    fn change(id: Id<Entity>, given: &Given) -> service::Result<SipAccountUpdateInput> {
        Ok(SipAccountUpdateInput {
            use_allowed_ips: given.attribute("use_allowed_ips")?,
            allowed_ips: given.attribute("allowed_ips")?,
            ..SipAccountUpdateInput::of(id)
        })
    }
}
