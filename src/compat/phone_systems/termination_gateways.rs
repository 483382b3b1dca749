//! `termination_gateways`: where calls leave.

use entity::{
    Id,
    gateway::{Column, Entity},
};
use service::routing::{GatewayCreateInput, GatewayUpdateInput};

use super::{
    customers,
    facts::{
        Form, Serves, Words,
        Writable::{Always, OnCreate},
    },
    given::Given,
    incoming_trunks::CODECS,
    kind::Kind,
    rows::{By, Field, Key, Link, Type, facts, written},
    store::Call,
};

/// The type.
pub fn kind() -> &'static Kind {
    static KIND: Kind = Kind::new(facts::<TerminationGateways>);
    &KIND
}

const PROTOCOLS: Words = &[
    ("IPv4_only", "IPV4_ONLY"),
    ("IPv6_only", "IPV6_ONLY"),
    ("IPv4_pref", "IPV4_PREF"),
    ("IPv6_pref", "IPV6_PREF"),
    ("Dualstack", "DUALSTACK"),
];

struct TerminationGateways;

impl Type for TerminationGateways {
    type Entity = Entity;

    const NAME: &'static str = "termination_gateways";
    const KEY: Key<Column> = Key::Uuid(Column::Uuid);
    const SERVES: Serves = Serves::ALL;
    const FIELDS: &'static [Field<Entity>] = &[
        Field::new("name", Form::Text, Column::Name).required().writable(Always),
        Field::new("host", Form::Text, Column::Host).required().writable(Always),
        Field::new("port", Form::Integer(1, 65535), Column::Port).writable(Always),
        Field::new("src_rewrite_rule", Form::Text, Column::SrcRewriteRule).writable(Always),
        Field::new("src_rewrite_result", Form::Text, Column::SrcRewriteResult).writable(Always),
        Field::new("dst_rewrite_rule", Form::Text, Column::DstRewriteRule).writable(Always),
        Field::new("dst_rewrite_result", Form::Text, Column::DstRewriteResult).writable(Always),
        Field::new("authorization_name", Form::Text, Column::AuthorizationName).writable(Always),
        Field::new("authorization_password", Form::Text, Column::AuthorizationPassword).writable(Always),
        Field::new("codecs", Form::Choice(CODECS), Column::Codecs).writable(Always),
        Field::new("network_protocol", Form::Word(PROTOCOLS), Column::NetworkProtocol).writable(Always),
    ];
    const LINKS: &'static [Link<Entity>] =
        &[Link::new("customer", customers::kind, Column::TenantId).writable(OnCreate)];
    const FILTERS: &'static [By<Column>] =
        &[By::Id, By::LinkedId("customer.id"), By::Attribute("name"), By::Attribute("host")];

    written! { |given|
        GatewayCreateInput {
            tenant_id: given.link("customer"),
            ..GatewayCreateInput::of(given.required("name")?, given.required("host")?)
        }
        GatewayUpdateInput { name: given.attribute("name")?, host: given.attribute("host")?, }
        both {
            port, src_rewrite_rule, src_rewrite_result, dst_rewrite_rule, dst_rewrite_result,
            authorization_name, authorization_password, codecs, network_protocol,
        }
    }
}
