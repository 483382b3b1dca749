//! The API `boss`: the operator REST API of a hosted cloud PBX, over the same rows as all the others.
//!
//! Its contract is `contracts/boss.md`. A call is checked in this order: who calls (401), what the
//! path names (404), conflict and state (409, 403), the body (400).

mod body;
mod call;
mod catalogue;
mod domain;
mod domain_shape;
mod domain_telnum;
mod error;
mod openapi;
mod service_settings;
mod session;
mod telnum;
mod user;
mod user_shape;

use axum::{
    Router,
    http::header,
    response::IntoResponse,
    routing::{any, get, post, put},
};

pub use openapi::openapi;

use self::error::{METHOD_NOT_ALLOWED, NOT_FOUND, Refusal};
use super::Operation;
use crate::{app::App, idempotency::Dialect};

/// What this API is called in the log of changes.
const DOOR: &str = "boss";

/// How this API speaks of requests with an `Idempotency-Key`.
pub const DIALECT: Dialect = Dialect {
    door: DOOR,
    unread: |why| Refusal::from(why).into_response(),
    refused: |why| Refusal::from(why).into_response(),
};

/// Every operation, in the order of the contract.
#[rustfmt::skip]
pub const OPERATIONS: &[Operation] = &[
    Operation { id: "boss.domain.list", method: "GET", path: "/sys/boss/v1/domains" },
    Operation { id: "boss.domain.exists", method: "HEAD", path: "/sys/boss/v1/domains/{domain}" },
    Operation { id: "boss.domain.get", method: "GET", path: "/sys/boss/v1/domains/{domain}" },
    Operation { id: "boss.domain.stat", method: "GET", path: "/sys/boss/v1/domains/{domain}/stat" },
    Operation { id: "boss.domain.services.get", method: "GET", path: "/sys/boss/v1/domains/{domain}/services" },
    Operation { id: "boss.domain.isfrozen", method: "GET", path: "/sys/boss/v1/domains/{domain}/isfrozen" },
    Operation { id: "boss.domain.create", method: "POST", path: "/sys/boss/v1/domains/{domain}" },
    Operation { id: "boss.domain.update", method: "PUT", path: "/sys/boss/v1/domains/{domain}" },
    Operation { id: "boss.domain.services.update", method: "PUT", path: "/sys/boss/v1/domains/{domain}/services" },
    Operation { id: "boss.domain.freeze", method: "PUT", path: "/sys/boss/v1/domains/{domain}/freeze" },
    Operation { id: "boss.domain.unfreeze", method: "PUT", path: "/sys/boss/v1/domains/{domain}/unfreeze" },
    Operation { id: "boss.domain.delete", method: "DELETE", path: "/sys/boss/v1/domains/{domain}" },
    Operation { id: "boss.domain.fmc.get", method: "GET", path: "/sys/boss/v1/domains/{domain}/fmc-ipcompany" },
    Operation { id: "boss.domain.fmc.enable", method: "PUT", path: "/sys/boss/v1/domains/{domain}/fmc-ipcompany/enable" },
    Operation { id: "boss.domain.fmc.disable", method: "PUT", path: "/sys/boss/v1/domains/{domain}/fmc-ipcompany/disable" },
    Operation { id: "boss.user.list", method: "GET", path: "/sys/boss/v1/domains/{domain}/users" },
    Operation { id: "boss.user.exists", method: "HEAD", path: "/sys/boss/v1/domains/{domain}/users/{login}" },
    Operation { id: "boss.user.get", method: "GET", path: "/sys/boss/v1/domains/{domain}/users/{login}" },
    Operation { id: "boss.user.checkpasswordstrength", method: "POST", path: "/sys/boss/v1/domains/{domain}/users/{login}/checkpasswordstrength" },
    Operation { id: "boss.user.create", method: "POST", path: "/sys/boss/v1/domains/{domain}/users/{login}" },
    Operation { id: "boss.user.update", method: "PUT", path: "/sys/boss/v1/domains/{domain}/users/{login}" },
    Operation { id: "boss.user.password", method: "PUT", path: "/sys/boss/v1/domains/{domain}/users/{login}/password" },
    Operation { id: "boss.user.sippassword", method: "PUT", path: "/sys/boss/v1/domains/{domain}/users/{login}/sippassword" },
    Operation { id: "boss.user.delete", method: "DELETE", path: "/sys/boss/v1/domains/{domain}/users/{login}" },
    Operation { id: "boss.password.generate", method: "GET", path: "/sys/boss/v1/generatepassword" },
    Operation { id: "boss.telnum.list", method: "GET", path: "/sys/boss/v1/telnums" },
    Operation { id: "boss.telnum.exists", method: "HEAD", path: "/sys/boss/v1/telnums/{telnum}" },
    Operation { id: "boss.telnum.get", method: "GET", path: "/sys/boss/v1/telnums/{telnum}" },
    Operation { id: "boss.telnum.create", method: "POST", path: "/sys/boss/v1/telnums/{telnum}" },
    Operation { id: "boss.telnum.update", method: "PUT", path: "/sys/boss/v1/telnums/{telnum}" },
    Operation { id: "boss.telnum.allocate", method: "PUT", path: "/sys/boss/v1/telnums/{telnum}/allocate" },
    Operation { id: "boss.telnum.deallocate", method: "PUT", path: "/sys/boss/v1/telnums/{telnum}/deallocate" },
    Operation { id: "boss.telnum.delete", method: "DELETE", path: "/sys/boss/v1/telnums/{telnum}" },
    Operation { id: "boss.domain_telnum.list", method: "GET", path: "/sys/boss/v1/domains/{domain}/telnums" },
    Operation { id: "boss.domain_telnum.exists", method: "HEAD", path: "/sys/boss/v1/domains/{domain}/telnums/{telnum}" },
    Operation { id: "boss.domain_telnum.get", method: "GET", path: "/sys/boss/v1/domains/{domain}/telnums/{telnum}" },
    Operation { id: "boss.domain_telnum.disable", method: "PUT", path: "/sys/boss/v1/domains/{domain}/telnums/{telnum}/disable" },
    Operation { id: "boss.domain_telnum.enable", method: "PUT", path: "/sys/boss/v1/domains/{domain}/telnums/{telnum}/enable" },
    Operation { id: "boss.gateway.list", method: "GET", path: "/sys/boss/v1/gateways" },
    Operation { id: "boss.route.list", method: "GET", path: "/sys/boss/v1/routes" },
    Operation { id: "boss.dialplan.list", method: "GET", path: "/sys/boss/v1/dialplans" },
    Operation { id: "boss.session.domain", method: "GET", path: "/sys/boss/v1/domains/{domain}/session" },
    Operation { id: "boss.session.user", method: "GET", path: "/sys/boss/v1/domains/{domain}/users/{login}/session" },
    Operation { id: "boss.session.auth", method: "POST", path: "/boss/v1/users/{login}/auth" },
];

/// The routes of this API. Paths that it does not have are answered in its own words too.
pub fn router() -> Router<App> {
    Router::new()
        .route("/sys/boss/v1/domains", get(domain::list))
        .route(
            "/sys/boss/v1/domains/{domain}",
            get(domain::get)
                .head(domain::exists)
                .post(domain::create)
                .put(domain::update)
                .delete(domain::delete),
        )
        .route("/sys/boss/v1/domains/{domain}/stat", get(domain::stat))
        .route(
            "/sys/boss/v1/domains/{domain}/services",
            get(service_settings::get).put(service_settings::update),
        )
        .route("/sys/boss/v1/domains/{domain}/isfrozen", get(domain::is_frozen))
        .route("/sys/boss/v1/domains/{domain}/freeze", put(domain::freeze))
        .route("/sys/boss/v1/domains/{domain}/unfreeze", put(domain::unfreeze))
        .route("/sys/boss/v1/domains/{domain}/fmc-ipcompany", get(service_settings::fmc))
        .route("/sys/boss/v1/domains/{domain}/fmc-ipcompany/enable", put(service_settings::enable_fmc))
        .route("/sys/boss/v1/domains/{domain}/fmc-ipcompany/disable", put(service_settings::disable_fmc))
        .route("/sys/boss/v1/domains/{domain}/users", get(user::list))
        .route(
            "/sys/boss/v1/domains/{domain}/users/{login}",
            get(user::get).head(user::exists).post(user::create).put(user::update).delete(user::delete),
        )
        .route(
            "/sys/boss/v1/domains/{domain}/users/{login}/checkpasswordstrength",
            post(user::check_password_strength),
        )
        .route("/sys/boss/v1/domains/{domain}/users/{login}/password", put(user::set_password))
        .route("/sys/boss/v1/domains/{domain}/users/{login}/sippassword", put(user::set_sip_password))
        .route("/sys/boss/v1/generatepassword", get(user::generate_password))
        .route("/sys/boss/v1/telnums", get(telnum::list))
        .route(
            "/sys/boss/v1/telnums/{telnum}",
            get(telnum::get)
                .head(telnum::exists)
                .post(telnum::create)
                .put(telnum::update)
                .delete(telnum::delete),
        )
        .route("/sys/boss/v1/telnums/{telnum}/allocate", put(telnum::allocate))
        .route("/sys/boss/v1/telnums/{telnum}/deallocate", put(telnum::deallocate))
        .route("/sys/boss/v1/domains/{domain}/telnums", get(domain_telnum::list))
        .route(
            "/sys/boss/v1/domains/{domain}/telnums/{telnum}",
            get(domain_telnum::get).head(domain_telnum::exists),
        )
        .route("/sys/boss/v1/domains/{domain}/telnums/{telnum}/disable", put(domain_telnum::disable))
        .route("/sys/boss/v1/domains/{domain}/telnums/{telnum}/enable", put(domain_telnum::enable))
        .route("/sys/boss/v1/gateways", get(catalogue::gateways))
        .route("/sys/boss/v1/routes", get(catalogue::routes))
        .route("/sys/boss/v1/dialplans", get(catalogue::dial_plans))
        .route("/sys/boss/v1/domains/{domain}/session", get(session::of_domain).head(no_head))
        .route("/sys/boss/v1/domains/{domain}/users/{login}/session", get(session::of_user).head(no_head))
        .route("/boss/v1/users/{login}/auth", post(session::auth))
        .method_not_allowed_fallback(method_not_allowed)
        .route("/sys/boss/v1", any(not_found))
        .route("/sys/boss/v1/", any(not_found))
        .route("/sys/boss/v1/{*path}", any(not_found))
        .route("/boss/v1", any(not_found))
        .route("/boss/v1/{*path}", any(not_found))
}

async fn not_found() -> Refusal {
    NOT_FOUND
}

/// Whoever asks with HEAD makes nothing, and a link that nobody gets would be made.
async fn no_head() -> impl IntoResponse {
    ([(header::ALLOW, "GET")], METHOD_NOT_ALLOWED)
}

async fn method_not_allowed() -> Refusal {
    METHOD_NOT_ALLOWED
}
