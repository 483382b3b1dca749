//! phone_systems: the Operator API, JSON:API 1.0 below `/api/rest/public/operator`.
//!
//! A type is one small file that lists its attributes, relationships and filters and fills the
//! domain's inputs; everything else is written once:
//!
//! - [`endpoint`] says what may be done where, [`handle`] walks through each request;
//! - [`negotiation`], [`query`] and [`body`] check what is sent, in the order of the contract;
//! - [`given`] casts it and finds what it refers to, [`rows`] reads and writes the rows;
//! - [`graph`] loads what is related, [`document`] lays the answer out, [`error`] words refusals;
//! - [`openapi`] describes it all from the same lists.
//!
//! It has no rules of its own: what the domain refuses is translated into error objects.

mod available_did_numbers;
mod body;
mod cast;
mod columns;
mod customers;
mod document;
mod endpoint;
mod error;
mod external_account_routes;
mod facts;
mod filters;
mod given;
mod graph;
mod handle;
mod incoming_trunk_cdrs;
mod incoming_trunks;
mod kind;
mod negotiation;
mod openapi;
mod operations;
mod params;
mod query;
mod rows;
mod schema;
mod sessions;
mod sip_device_routes;
mod store;
mod termination_cdrs;
mod termination_gateways;
mod termination_routes;

pub use openapi::openapi;
pub use operations::operations;

use axum::{
    Router,
    extract::{Request, State},
    http::{Method, Uri},
    middleware::from_fn,
    response::IntoResponse,
    routing::{MethodFilter, MethodRouter, any, on},
};

use self::{endpoint::Endpoint, error::Refusal};
use crate::{app::App, auth::Visit, idempotency::Dialect};

/// The name of this door in the log of changes.
const DOOR: &str = "phone_systems";
/// How this API speaks of requests with an `Idempotency-Key`.
pub const DIALECT: Dialect = Dialect {
    door: DOOR,
    unread: |why| Refusal::unread(why).into_response(),
    refused: |why| Refusal::from(why).into_response(),
};
/// Where it begins.
const BASE: &str = "/api/rest/public/operator";
/// The media type of every body, in and out.
const MEDIA_TYPE: &str = "application/vnd.api+json";

/// The routes of this API; a slash at the end of a path changes nothing.
pub fn router() -> Router<App> {
    let endpoints = kind::all().into_iter().flat_map(Endpoint::all);
    let (by_uuid, others): (Vec<_>, Vec<_>) = endpoints.partition(Endpoint::is_by_uuid);
    let mounted = |endpoint: Endpoint| {
        let paths: Vec<_> = endpoint.aliases().chain([endpoint.path()]).collect();
        paths.into_iter().map(move |path| (path, method_router(endpoint)))
    };
    let auth = (format!("{BASE}/auth"), sessions::auth());
    let by_uuid = routes(by_uuid.into_iter().flat_map(mounted)).route_layer(from_fn(handle::has_uuid));
    let mut router = routes(others.into_iter().flat_map(mounted).chain([auth])).merge(by_uuid);
    for path in [BASE.to_owned(), format!("{BASE}/"), format!("{BASE}/{{*rest}}")] {
        router = router.route(&path, any(no_path));
    }
    router
}

fn routes(all: impl Iterator<Item = (String, MethodRouter<App>)>) -> Router<App> {
    let both = |router: Router<App>, (path, methods): (String, MethodRouter<App>)| {
        router.route(&path, methods.clone()).route(&format!("{path}/"), methods)
    };
    all.fold(Router::new(), both).method_not_allowed_fallback(method_not_allowed)
}

fn method_router(endpoint: Endpoint) -> MethodRouter<App> {
    let methods = match endpoint.method() {
        "POST" => MethodFilter::POST,
        "PATCH" => MethodFilter::PATCH.or(MethodFilter::PUT),
        "DELETE" => MethodFilter::DELETE,
        _ => MethodFilter::GET,
    };
    on(methods, move |app: State<App>, visit: Visit, id: handle::Id, request: Request| {
        handle::serve(endpoint, app, visit, id, request)
    })
}

async fn method_not_allowed(method: Method) -> Refusal {
    Refusal::method_not_allowed(method.as_str())
}

async fn no_path(uri: Uri) -> Refusal {
    Refusal::no_path(uri.path())
}
