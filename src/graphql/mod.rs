//! The GraphQL door over HTTP and WebSocket.

mod http;
mod limits;
mod scan;
mod socket;

use async_graphql::parser::types::OperationType;
use axum::{Router, routing};
use service::Caller;

use crate::app::App;

/// What this door is called in the log of changes.
pub(crate) const DOOR: &str = "graphql";

/// `/graphql`: POST, GET for queries alone, and the WebSocket.
pub fn router() -> Router<App> {
    Router::new().route("/graphql", routing::get(http::get).post(http::post))
}

/// A request with its own call: never share one, or siblings of two documents would load together.
fn with_call(app: &App, request: async_graphql::Request, caller: Caller) -> async_graphql::Request {
    request.data(schema::Call::new(app.services.clone(), caller))
}

/// What kind of operation a request means; none when its document says so badly, as execution will tell.
fn operation_type(request: &mut async_graphql::Request) -> Option<OperationType> {
    let name = request.operation_name.clone();
    let document = request.parsed_query().ok()?;
    let mut meant = document.operations.iter().filter(|(one, _)| match (&name, one) {
        (Some(name), Some(one)) => one.as_str() == name,
        (Some(_), None) => false,
        (None, _) => true,
    });
    meant.next().map(|(_, operation)| operation.node.ty)
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
