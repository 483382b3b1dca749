//! `termination_routes`: which calls leave through which gateway.

use entity::{
    Id,
    route::{Column, Entity, Model},
};
use serde_json::json;
use service::{
    Error, Patch,
    routing::{RouteCreateInput, RouteUpdateInput},
};

use super::{
    customers,
    facts::{Form, Serves, Writable},
    given::Given,
    kind::Kind,
    rows::{By, Field, Key, Link, Type, facts},
    store::Call,
    termination_gateways,
};

/// The type.
pub fn kind() -> &'static Kind {
    static KIND: Kind = Kind::new(facts::<TerminationRoutes>);
    &KIND
}

struct TerminationRoutes;

impl Type for TerminationRoutes {
    type Entity = Entity;

    const NAME: &'static str = "termination_routes";
    const KEY: Key<Column> = Key::Uuid(Column::Uuid);
    const SERVES: Serves = Serves::ALL;
    const FIELDS: &'static [Field<Entity>] = &[
        Field::<Entity>::new("name", Form::Text, Column::Name, |row| json!(row.name))
            .required()
            .writable(Writable::Always),
        Field::<Entity>::new("src_prefix", Form::Prefix, Column::SrcPrefix, |row| json!(row.src_prefix))
            .writable(Writable::Always),
        Field::<Entity>::new("dst_prefix", Form::Prefix, Column::DstPrefix, |row| json!(row.dst_prefix))
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
    ];
    const LINKS: &'static [Link<Entity>] = &[
        Link::<Entity>::new("customer", customers::kind, Column::TenantId, |row| {
            row.tenant_id.map(Id::number)
        })
        .writable(Writable::OnCreate),
        Link::<Entity>::new("gateway", termination_gateways::kind, Column::GatewayId, |row| {
            Some(row.gateway_id.number())
        })
        .required()
        .writable(Writable::Always),
    ];
    const FILTERS: &'static [By<Entity>] =
        &[By::Id, By::Customer(Column::TenantId), By::Text("name", Column::Name)];

    fn id(row: &Model) -> String {
        row.uuid.to_string()
    }

    fn creation(_: &Call, given: &Given) -> service::Result<RouteCreateInput> {
        Ok(RouteCreateInput {
            tenant_id: given.link("customer"),
            src_prefix: given.attribute("src_prefix")?,
            dst_prefix: given.attribute("dst_prefix")?,
            src_rewrite_rule: given.attribute("src_rewrite_rule")?,
            src_rewrite_result: given.attribute("src_rewrite_result")?,
            dst_rewrite_rule: given.attribute("dst_rewrite_rule")?,
            dst_rewrite_result: given.attribute("dst_rewrite_result")?,
            ..RouteCreateInput::of(given.required("name")?, given.required_link("gateway")?)
        })
    }

    fn change(id: Id<Entity>, given: &Given) -> service::Result<RouteUpdateInput> {
        let gateway = match given.link("gateway") {
            Patch::Keep => Patch::Keep,
            Patch::Set(Some(gateway)) => Patch::Set(gateway),
            Patch::Set(None) => return Err(Error::broken("a route without a gateway")),
        };
        Ok(RouteUpdateInput {
            name: given.attribute("name")?,
            gateway_id: gateway,
            src_prefix: given.attribute("src_prefix")?,
            dst_prefix: given.attribute("dst_prefix")?,
            src_rewrite_rule: given.attribute("src_rewrite_rule")?,
            src_rewrite_result: given.attribute("src_rewrite_result")?,
            dst_rewrite_rule: given.attribute("dst_rewrite_rule")?,
            dst_rewrite_result: given.attribute("dst_rewrite_result")?,
            ..RouteUpdateInput::of(id)
        })
    }
}
