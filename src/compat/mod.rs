//! The legacy doors: each finds out who calls, reads its shape, calls `service` and writes its shape.

pub mod boss;
pub mod phone_systems;

use axum::{Router, middleware::from_fn_with_state};
use entity::Kind;
use service::{Action, Caller, Error};
use utoipa::openapi::OpenApi;

use crate::{app::App, auth::Visit, idempotency};

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

/// Writes an API's one list of operations: `"name" METHOD "path" => handler, what the OpenAPI document tells;`.
macro_rules! operation_table {
    ($($id:literal $method:ident $path:literal => $handler:path, $told:expr;)*) => {
        /// The operations, as the contract names them.
        pub const OPERATIONS: &[$crate::compat::Operation] = &[
            $($crate::compat::Operation { id: $id, method: stringify!($method), path: $path },)*
        ];

        /// The methods of each path.
        pub fn methods() -> std::collections::BTreeMap<&'static str, axum::routing::MethodRouter<$crate::app::App>> {
            use axum::routing::{MethodFilter, MethodRouter};
            let mut paths = std::collections::BTreeMap::new();
            $(let methods: MethodRouter<_> = paths.remove($path).unwrap_or_default();
            paths.insert($path, methods.on(MethodFilter::$method, $handler));)*
            paths
        }

        /// What the OpenAPI document tells of each.
        pub fn descriptions() -> Vec<Told> {
            vec![$($told),*]
        }
    };
}
pub(crate) use operation_table;

/// Whoever calls, if it is an operator: these APIs are for nobody else.
///
/// # Errors
/// Unauthenticated for nobody, Forbidden for anybody else.
pub(crate) async fn operator(visit: &Visit, app: &App, door: &'static str) -> service::Result<Caller> {
    let caller = visit.caller(app, door).await?;
    if caller.is_operator() { Ok(caller) } else { Err(Error::Forbidden(Kind::Tenant, Action::Read)) }
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
