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
mod operations;
mod service_settings;
mod session;
mod telnum;
mod user;
mod user_shape;

use axum::{
    Router,
    http::header,
    response::IntoResponse,
    routing::{MethodRouter, any},
};

pub use openapi::openapi;
pub use operations::OPERATIONS;

use self::error::{METHOD_NOT_ALLOWED, NOT_FOUND, Refusal};
use crate::{app::App, idempotency::Dialect};

/// What this API is called in the log of changes.
const DOOR: &str = "boss";

/// How this API speaks of requests with an `Idempotency-Key`.
pub const DIALECT: Dialect = Dialect {
    door: DOOR,
    unread: |why| Refusal::from(why).into_response(),
    refused: |why| Refusal::from(why).into_response(),
};

/// The routes of this API. Paths that it does not have are answered in its own words too.
pub fn router() -> Router<App> {
    let mount =
        |router: Router<App>, (path, methods): (&str, MethodRouter<App>)| match path.ends_with("/session") {
            true => router.route(path, methods.head(no_head)),
            false => router.route(path, methods),
        };
    operations::methods()
        .into_iter()
        .fold(Router::new(), mount)
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
