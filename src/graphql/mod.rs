//! The GraphQL door over HTTP, WebSocket and server-sent events.

mod answer;
mod asked;
mod cost;
mod documents;
mod events;
mod http;
mod limits;
mod listed;
mod negotiation;
mod operations;
mod reservation;
mod scan;
mod socket;
mod stream;
mod upload;
mod work;

use std::net::IpAddr;

use axum::{Router, routing};
use service::Caller;

use self::{
    asked::Asked,
    documents::{Prepared, Refusal},
};
pub use self::{documents::Documents, reservation::Reservations};
use crate::{
    app::App,
    rate::{Standing, points},
};

/// What this door is called in the log of changes.
pub(crate) const DOOR: &str = "graphql";

/// `/graphql`: POST, GET for queries alone, and the WebSocket; below it the event streams.
pub fn router() -> Router<App> {
    let streams = routing::get(stream::serve).post(stream::serve).put(stream::serve).delete(stream::serve);
    Router::new()
        .route("/graphql", routing::get(http::get).post(http::post))
        .route("/graphql/stream", streams)
}

/// Makes what this caller asks ready to run, with a call of its own: never share one, or siblings of two
/// documents would load together.
fn prepare(app: &App, asked: Asked, caller: Caller) -> Result<Prepared, Refusal> {
    app.documents.prepare(schema::Call::new(app.services.clone(), caller), asked)
}

/// The same, paid for by who asks for it.
fn prepare_paid(
    app: &App,
    asked: Asked,
    caller: Caller,
    address: Option<IpAddr>,
) -> Result<Prepared, Refusal> {
    let prepared = prepare(app, asked, caller.clone())?;
    refuse_hasty(app.rate.charge(&caller, address, points(prepared.complexity), app.services.now()))?;
    Ok(prepared)
}

/// Refuses who has no points left.
fn refuse_hasty(standing: Option<Standing>) -> Result<(), Refusal> {
    match standing {
        Some(standing) if standing.wait > 0 => Err(Refusal::Hasty(standing)),
        _ => Ok(()),
    }
}

/// Gives every error a code, and internal ones the request's id to ask us with.
fn finished(mut response: async_graphql::Response, request_id: &str) -> async_graphql::Response {
    for error in &mut response.errors {
        let extensions = error.extensions.get_or_insert_default();
        match extensions.get("code") {
            None => extensions.set("code", "BAD_REQUEST"),
            Some(async_graphql::Value::String(code)) if code == "INTERNAL" => {
                extensions.set("requestId", request_id);
            }
            Some(_) => {}
        }
    }
    response
}
