//! `termination_routes`: which calls leave through which gateway.

use entity::{
    Id,
    route::{Column, Entity},
};
use service::routing::{RouteCreateInput, RouteUpdateInput};

use super::{
    customers,
    facts::{
        Form, Serves,
        Writable::{Always, OnCreate},
    },
    given::Given,
    kind::Kind,
    rows::{By, Field, Key, Link, Type, facts, written},
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
        Field::new("name", Form::Text, Column::Name).required().writable(Always),
        Field::new("src_prefix", Form::Prefix, Column::SrcPrefix).writable(Always),
        Field::new("dst_prefix", Form::Prefix, Column::DstPrefix).writable(Always),
        Field::new("src_rewrite_rule", Form::Text, Column::SrcRewriteRule).writable(Always),
        Field::new("src_rewrite_result", Form::Text, Column::SrcRewriteResult).writable(Always),
        Field::new("dst_rewrite_rule", Form::Text, Column::DstRewriteRule).writable(Always),
        Field::new("dst_rewrite_result", Form::Text, Column::DstRewriteResult).writable(Always),
    ];
    const LINKS: &'static [Link<Entity>] = &[
        Link::new("customer", customers::kind, Column::TenantId).writable(OnCreate),
        Link::new("gateway", termination_gateways::kind, Column::GatewayId).required().writable(Always),
    ];
    const FILTERS: &'static [By<Column>] = &[By::Id, By::LinkedId("customer.id"), By::Attribute("name")];

    written! { |given|
        RouteCreateInput {
            tenant_id: given.link("customer"),
            ..RouteCreateInput::of(given.required("name")?, given.required_link("gateway")?)
        }
        RouteUpdateInput { name: given.attribute("name")?, gateway_id: given.kept_link("gateway")?, }
        both {
            src_prefix, dst_prefix, src_rewrite_rule, src_rewrite_result, dst_rewrite_rule, dst_rewrite_result,
        }
    }
}
