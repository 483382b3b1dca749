//! `termination_gateways`: where calls leave.

use entity::{
    Id,
    gateway::{Column, Entity, Model},
};
use serde_json::json;
use service::routing::{GatewayCreateInput, GatewayUpdateInput};

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
        Field::<Entity>::new("name", Form::Text, Column::Name, |row| json!(row.name))
            .required()
            .writable(Writable::Always),
        Field::<Entity>::new("host", Form::Text, Column::Host, |row| json!(row.host))
            .required()
            .writable(Writable::Always),
        Field::<Entity>::new("port", Form::Integer(1, 65535), Column::Port, |row| json!(row.port))
            .writable(Writable::Always),
        Field::<Entity>::new("src_rewrite_rule", Form::Text, Column::SrcRewriteRule, |row| {
            json!(row.src_rewrite_rule)
        })
        .writable(Writable::Always),
        Field::<Entity>::new("src_rewrite_result", Form::Text, Column::SrcRewriteResult, |row| {
            json!(row.src_rewrite_result)
        })
        .writable(Writable::Always),
        Field::<Entity>::new("dst_rewrite_rule", Form::Text, Column::DstRewriteRule, |row| {
            json!(row.dst_rewrite_rule)
        })
        .writable(Writable::Always),
        Field::<Entity>::new("dst_rewrite_result", Form::Text, Column::DstRewriteResult, |row| {
            json!(row.dst_rewrite_result)
        })
        .writable(Writable::Always),
        Field::<Entity>::new("authorization_name", Form::Text, Column::AuthorizationName, |row| {
            json!(row.authorization_name)
        })
        .writable(Writable::Always),
        Field::<Entity>::secret("authorization_password", Column::AuthorizationPassword)
            .writable(Writable::Always),
        Field::<Entity>::new("codecs", Form::Choice(CODECS), Column::Codecs, |row| codec::show(&row.codecs))
            .writable(Writable::Always),
        Field::<Entity>::new("network_protocol", Form::Word(PROTOCOLS), Column::NetworkProtocol, |row| {
            json!(codec::shown(PROTOCOLS, row.network_protocol.word()))
        })
        .writable(Writable::Always),
    ];
    const LINKS: &'static [Link<Entity>] =
        &[Link::<Entity>::new("customer", customers::kind, Column::TenantId, |row| {
            row.tenant_id.map(Id::number)
        })
        .writable(Writable::OnCreate)];
    const FILTERS: &'static [By<Entity>] = &[
        By::Id,
        By::Customer(Column::TenantId),
        By::Text("name", Column::Name),
        By::Text("host", Column::Host),
    ];

    fn id(row: &Model) -> String {
        row.uuid.to_string()
    }

    fn creation(_: &Call, given: &Given) -> service::Result<GatewayCreateInput> {
        Ok(GatewayCreateInput {
            tenant_id: given.link("customer"),
            port: given.attribute("port")?,
            src_rewrite_rule: given.attribute("src_rewrite_rule")?,
            src_rewrite_result: given.attribute("src_rewrite_result")?,
            dst_rewrite_rule: given.attribute("dst_rewrite_rule")?,
            dst_rewrite_result: given.attribute("dst_rewrite_result")?,
            authorization_name: given.attribute("authorization_name")?,
            authorization_password: given.attribute("authorization_password")?,
            codecs: given.attribute("codecs")?,
            network_protocol: given.attribute("network_protocol")?,
            ..GatewayCreateInput::of(given.required("name")?, given.required("host")?)
        })
    }

    fn change(id: Id<Entity>, given: &Given) -> service::Result<GatewayUpdateInput> {
        Ok(GatewayUpdateInput {
            name: given.attribute("name")?,
            host: given.attribute("host")?,
            port: given.attribute("port")?,
            src_rewrite_rule: given.attribute("src_rewrite_rule")?,
            src_rewrite_result: given.attribute("src_rewrite_result")?,
            dst_rewrite_rule: given.attribute("dst_rewrite_rule")?,
            dst_rewrite_result: given.attribute("dst_rewrite_result")?,
            authorization_name: given.attribute("authorization_name")?,
            authorization_password: given.attribute("authorization_password")?,
            codecs: given.attribute("codecs")?,
            network_protocol: given.attribute("network_protocol")?,
            ..GatewayUpdateInput::of(id)
        })
    }
}
