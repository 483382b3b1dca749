//! The legacy doors: each finds out who calls, reads its shape, calls `service` and writes its shape.

pub mod boss;
pub mod phone_systems;

use axum::{Router, middleware::from_fn_with_state};
use utoipa::openapi::OpenApi;

use crate::{app::App, idempotency};

/// One operation of a legacy API as its contract names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name in the contract, such as `boss.domain.get`.
    pub id: &'static str,
    /// Its method.
    pub method: &'static str,
    /// Its path as it is routed.
    pub path: &'static str,
}

/// The routes of all legacy APIs.
pub fn router(app: &App) -> Router<App> {
    let once = |dialect| from_fn_with_state((app.clone(), dialect), idempotency::legacy);
    Router::new()
        .merge(boss::router().layer(once(boss::DIALECT)))
        .merge(phone_systems::router().layer(once(phone_systems::DIALECT)))
}

/// The mounted operations of each legacy API.
pub fn operations() -> [(&'static str, &'static [Operation]); 2] {
    [("boss", boss::OPERATIONS), ("phone_systems", phone_systems::operations())]
}

/// The OpenAPI document of each legacy API.
pub fn documents() -> [(&'static str, OpenApi); 2] {
    [("boss", boss::openapi()), ("phone_systems", phone_systems::openapi())]
}
