//! The legacy doors: each finds out who calls, reads its shape, calls `service` and writes its shape.

pub mod boss;
pub mod phone_systems;

use axum::Router;
use utoipa::openapi::OpenApi;

use crate::app::App;

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
pub fn router() -> Router<App> {
    Router::new().merge(boss::router()).merge(phone_systems::router())
}

/// The mounted operations of each legacy API.
pub fn operations() -> [(&'static str, &'static [Operation]); 2] {
    [("boss", boss::OPERATIONS), ("phone_systems", phone_systems::OPERATIONS)]
}

/// The OpenAPI document of each legacy API.
pub fn documents() -> [(&'static str, OpenApi); 2] {
    [("boss", boss::openapi()), ("phone_systems", phone_systems::openapi())]
}
