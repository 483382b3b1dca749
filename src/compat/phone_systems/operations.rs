//! The operations of the contract that are mounted, and those that are not yet.

use crate::compat::Operation;

/// The operations that are mounted, as the contract names them.
pub const OPERATIONS: &[Operation] = &[
    of("customers.list", "GET", "/api/rest/public/operator/customers"),
    of("customers.create", "POST", "/api/rest/public/operator/customers"),
    of("customers.show", "GET", "/api/rest/public/operator/customers/{id}"),
    of("customers.update", "PATCH", "/api/rest/public/operator/customers/{id}"),
    of("customers.delete", "DELETE", "/api/rest/public/operator/customers/{id}"),
    of("sessions.create", "POST", "/api/rest/public/operator/sessions"),
    of("auth.redirect", "GET", "/api/rest/public/operator/auth"),
    of("customer_admin_sessions.create", "POST", "/api/rest/public/operator/customer_admin_sessions"),
    of("incoming_trunks.list", "GET", "/api/rest/public/operator/incoming_trunks"),
    of("incoming_trunks.create", "POST", "/api/rest/public/operator/incoming_trunks"),
    of("incoming_trunks.show", "GET", "/api/rest/public/operator/incoming_trunks/{id}"),
    of("incoming_trunks.update", "PATCH", "/api/rest/public/operator/incoming_trunks/{id}"),
    of("incoming_trunks.delete", "DELETE", "/api/rest/public/operator/incoming_trunks/{id}"),
    of(
        "incoming_trunks.customer.relationship",
        "GET",
        "/api/rest/public/operator/incoming_trunks/{id}/relationships/customer",
    ),
    of("incoming_trunks.customer.related", "GET", "/api/rest/public/operator/incoming_trunks/{id}/customer"),
    of("available_did_numbers.list", "GET", "/api/rest/public/operator/available_did_numbers"),
    of("available_did_numbers.create", "POST", "/api/rest/public/operator/available_did_numbers"),
    of("available_did_numbers.show", "GET", "/api/rest/public/operator/available_did_numbers/{id}"),
    of("available_did_numbers.update", "PATCH", "/api/rest/public/operator/available_did_numbers/{id}"),
    of("available_did_numbers.delete", "DELETE", "/api/rest/public/operator/available_did_numbers/{id}"),
    of(
        "available_did_numbers.customer.relationship",
        "GET",
        "/api/rest/public/operator/available_did_numbers/{id}/relationships/customer",
    ),
    of(
        "available_did_numbers.customer.related",
        "GET",
        "/api/rest/public/operator/available_did_numbers/{id}/customer",
    ),
    of("termination_gateways.list", "GET", "/api/rest/public/operator/termination_gateways"),
    of("termination_gateways.create", "POST", "/api/rest/public/operator/termination_gateways"),
    of("termination_gateways.show", "GET", "/api/rest/public/operator/termination_gateways/{id}"),
    of("termination_gateways.update", "PATCH", "/api/rest/public/operator/termination_gateways/{id}"),
    of("termination_gateways.delete", "DELETE", "/api/rest/public/operator/termination_gateways/{id}"),
    of(
        "termination_gateways.customer.relationship",
        "GET",
        "/api/rest/public/operator/termination_gateways/{id}/relationships/customer",
    ),
    of(
        "termination_gateways.customer.related",
        "GET",
        "/api/rest/public/operator/termination_gateways/{id}/customer",
    ),
    of("termination_routes.list", "GET", "/api/rest/public/operator/termination_routes"),
    of("termination_routes.create", "POST", "/api/rest/public/operator/termination_routes"),
    of("termination_routes.show", "GET", "/api/rest/public/operator/termination_routes/{id}"),
    of("termination_routes.update", "PATCH", "/api/rest/public/operator/termination_routes/{id}"),
    of("termination_routes.delete", "DELETE", "/api/rest/public/operator/termination_routes/{id}"),
    of(
        "termination_routes.customer.relationship",
        "GET",
        "/api/rest/public/operator/termination_routes/{id}/relationships/customer",
    ),
    of(
        "termination_routes.customer.related",
        "GET",
        "/api/rest/public/operator/termination_routes/{id}/customer",
    ),
    of(
        "termination_routes.gateway.relationship",
        "GET",
        "/api/rest/public/operator/termination_routes/{id}/relationships/gateway",
    ),
    of(
        "termination_routes.gateway.related",
        "GET",
        "/api/rest/public/operator/termination_routes/{id}/gateway",
    ),
    of(
        "termination_routes.gateway.relationship_update",
        "PATCH",
        "/api/rest/public/operator/termination_routes/{id}/relationships/gateway",
    ),
    of(
        "termination_routes.gateway.relationship_clear",
        "DELETE",
        "/api/rest/public/operator/termination_routes/{id}/relationships/gateway",
    ),
    of("external_account_routes.list", "GET", "/api/rest/public/operator/external_account_routes"),
    of("external_account_routes.create", "POST", "/api/rest/public/operator/external_account_routes"),
    of("external_account_routes.show", "GET", "/api/rest/public/operator/external_account_routes/{id}"),
    of("external_account_routes.update", "PATCH", "/api/rest/public/operator/external_account_routes/{id}"),
    of("external_account_routes.delete", "DELETE", "/api/rest/public/operator/external_account_routes/{id}"),
    of(
        "external_account_routes.customer.relationship",
        "GET",
        "/api/rest/public/operator/external_account_routes/{id}/relationships/customer",
    ),
    of(
        "external_account_routes.customer.related",
        "GET",
        "/api/rest/public/operator/external_account_routes/{id}/customer",
    ),
    of(
        "external_account_routes.available_did_number.relationship",
        "GET",
        "/api/rest/public/operator/external_account_routes/{id}/relationships/available_did_number",
    ),
    of(
        "external_account_routes.available_did_number.related",
        "GET",
        "/api/rest/public/operator/external_account_routes/{id}/available_did_number",
    ),
    of(
        "external_account_routes.available_did_number.relationship_update",
        "PATCH",
        "/api/rest/public/operator/external_account_routes/{id}/relationships/available_did_number",
    ),
    of(
        "external_account_routes.available_did_number.relationship_clear",
        "DELETE",
        "/api/rest/public/operator/external_account_routes/{id}/relationships/available_did_number",
    ),
    of("sip_device_routes.list", "GET", "/api/rest/public/operator/sip_device_routes"),
    of("sip_device_routes.show", "GET", "/api/rest/public/operator/sip_device_routes/{id}"),
    of("sip_device_routes.update", "PATCH", "/api/rest/public/operator/sip_device_routes/{id}"),
    of(
        "sip_device_routes.customer.relationship",
        "GET",
        "/api/rest/public/operator/sip_device_routes/{id}/relationships/customer",
    ),
    of(
        "sip_device_routes.customer.related",
        "GET",
        "/api/rest/public/operator/sip_device_routes/{id}/customer",
    ),
];

/// The operations of call records, which are kept by a later version; the list only shrinks.
pub const MISSING: &[&str] = &[
    "termination_cdrs.list",
    "termination_cdrs.show",
    "termination_cdrs.customer.relationship",
    "termination_cdrs.customer.related",
    "termination_cdrs.termination_route.relationship",
    "termination_cdrs.termination_route.related",
    "termination_cdrs.termination_gateway.relationship",
    "termination_cdrs.termination_gateway.related",
    "incoming_trunk_cdrs.list",
    "incoming_trunk_cdrs.list_alias_cdcs",
    "incoming_trunk_cdrs.list_alias_space",
    "incoming_trunk_cdrs.show",
    "incoming_trunk_cdrs.customer.relationship",
    "incoming_trunk_cdrs.customer.related",
    "incoming_trunk_cdrs.incoming_trunk.relationship",
    "incoming_trunk_cdrs.incoming_trunk.related",
];

const fn of(id: &'static str, method: &'static str, path: &'static str) -> Operation {
    Operation { id, method, path }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::phone_systems::{endpoint::Endpoint, kind};

    #[test]
    fn the_list_is_what_the_types_serve() {
        let mut served: Vec<_> = kind::all()
            .into_iter()
            .flat_map(Endpoint::all)
            .filter_map(|endpoint| Some((endpoint.id()?, endpoint.method(), endpoint.path())))
            .collect();
        let listed = OPERATIONS.iter().filter(|one| one.id != "auth.redirect");
        let mut listed: Vec<_> =
            listed.map(|one| (one.id.to_owned(), one.method, one.path.to_owned())).collect();
        served.sort();
        listed.sort();
        assert_eq!(listed, served);
    }
}
