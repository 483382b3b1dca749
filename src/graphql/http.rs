//! GraphQL over HTTP: one document in, one answer out.

use std::time::Duration;

use async_graphql::{Executor, parser::types::OperationType};
use axum::{
    body::Body,
    extract::{FromRequestParts, RawQuery, Request, State, WebSocketUpgrade},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use service::{Caller, Error};

use super::{DOOR, finished, limits::refuse, operation_type, socket, with_call};
use crate::{
    app::{App, Unread, read_body},
    auth::Visit,
};

const GRAPHQL_JSON: &str = "application/graphql-response+json";

/// What a request says, as the body or the query string.
#[derive(Deserialize)]
struct Asked {
    query: String,
    #[serde(default, rename = "operationName")]
    operation_name: Option<String>,
    #[serde(default)]
    variables: Option<serde_json::Map<String, serde_json::Value>>,
    #[serde(default)]
    extensions: Option<serde_json::Map<String, serde_json::Value>>,
}

impl Asked {
    fn into_request(self) -> async_graphql::Request {
        let variables = serde_json::Value::Object(self.variables.unwrap_or_default());
        let mut request =
            async_graphql::Request::new(self.query).variables(async_graphql::Variables::from_json(variables));
        // An empty name is as good as none.
        request.operation_name = self.operation_name.filter(|name| !name.is_empty());
        let extensions = self.extensions.into_iter().flatten();
        let extensions =
            extensions.filter_map(|(name, value)| Some((name, async_graphql::Value::from_json(value).ok()?)));
        request.extensions = async_graphql::Extensions(extensions.collect());
        request
    }
}

/// `POST /graphql` with a JSON body.
pub(super) async fn post(State(app): State<App>, visit: Visit, headers: HeaderMap, body: Body) -> Response {
    // A form can send only simple types, so asking for JSON keeps other sites out.
    if !is_json(&headers) {
        return refused(
            &headers,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send `Content-Type: application/json`",
        );
    }
    let caller = match who(&app, &visit).await {
        Ok(caller) => caller,
        Err(error) => return not_logged_in(&headers, error),
    };
    let bytes = match read_body(body, &app.config.limits).await {
        Ok(bytes) => bytes,
        Err(Unread::TooLarge) => {
            return refused(&headers, StatusCode::PAYLOAD_TOO_LARGE, "the body is too large");
        }
        Err(Unread::Stalled) => {
            return refused(&headers, StatusCode::REQUEST_TIMEOUT, "the body did not come");
        }
    };
    // Through an object first: serde alone would read a list as one.
    let object: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_slice(&bytes);
    let asked = object.and_then(|object| serde_json::from_value::<Asked>(object.into()));
    match asked {
        Ok(asked) => {
            let mut request = asked.into_request();
            match refuse(&mut request, &app.config.limits) {
                Ok(()) => answer(&app, &visit, &headers, request, caller).await,
                Err(much) => refused(&headers, StatusCode::BAD_REQUEST, &much.to_string()),
            }
        }
        Err(wrong) => refused(&headers, StatusCode::BAD_REQUEST, &format!("not a GraphQL request: {wrong}")),
    }
}

/// `GET /graphql`: a query in the query string, or the upgrade to a WebSocket.
pub(super) async fn get(
    State(app): State<App>,
    visit: Visit,
    RawQuery(text): RawQuery,
    request: Request,
) -> Response {
    let (mut parts, _) = request.into_parts();
    if parts.headers.contains_key(header::UPGRADE) {
        return match WebSocketUpgrade::from_request_parts(&mut parts, &app).await {
            Ok(upgrade) => socket::upgrade(app, visit, &parts.headers, upgrade).await,
            Err(refusal) => refusal.into_response(),
        };
    }
    let headers = parts.headers;
    let caller = match who(&app, &visit).await {
        Ok(caller) => caller,
        Err(error) => return not_logged_in(&headers, error),
    };
    let mut asked = serde_json::Map::new();
    for (name, value) in form_urlencoded::parse(text.unwrap_or_default().as_bytes()) {
        let value = match &*name {
            "variables" | "extensions" => match serde_json::from_str(&value) {
                Ok(json) => json,
                Err(_) => {
                    return refused(&headers, StatusCode::BAD_REQUEST, &format!("`{name}` is not JSON"));
                }
            },
            _ => value.into_owned().into(),
        };
        asked.insert(name.into_owned(), value);
    }
    let asked = match serde_json::from_value::<Asked>(asked.into()) {
        Ok(asked) => asked,
        Err(wrong) => {
            return refused(&headers, StatusCode::BAD_REQUEST, &format!("not a GraphQL request: {wrong}"));
        }
    };
    let mut asked = asked.into_request();
    if let Err(much) = refuse(&mut asked, &app.config.limits) {
        return refused(&headers, StatusCode::BAD_REQUEST, &much.to_string());
    }
    if operation_type(&mut asked).is_some_and(|operation| operation != OperationType::Query) {
        let mut response = refused(&headers, StatusCode::METHOD_NOT_ALLOWED, "GET is for queries alone");
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    answer(&app, &visit, &headers, asked, caller).await
}

async fn who(app: &App, visit: &Visit) -> service::Result<Caller> {
    visit.caller_or_anonymous(app, DOOR).await
}

async fn answer(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    request: async_graphql::Request,
    caller: Caller,
) -> Response {
    let longest = Duration::from_secs(app.config.limits.seconds);
    let answered = tokio::time::timeout(longest, app.schema.execute(with_call(app, request, caller))).await;
    let Ok(response) = answered else {
        // A write that was not committed yet is undone by dropping it.
        return refused(headers, StatusCode::GATEWAY_TIMEOUT, "the request took too long");
    };
    let response = finished(response, &visit.request_id);
    let refused = !response.errors.is_empty() && response.errors.iter().all(|error| error.path.is_empty());
    if !refused || response.data != async_graphql::Value::Null {
        return write(headers, StatusCode::OK, &response);
    }
    // Nothing was executed: there is no data, and the newer type of answers says so in its status too.
    let status = if is_newer(headers) { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    write(headers, status, &serde_json::json!({ "errors": response.errors }))
}

/// The answer to credentials that are wrong.
fn not_logged_in(headers: &HeaderMap, error: Error) -> Response {
    let (status, wait) = match &error {
        Error::SlowDown(seconds) => (StatusCode::TOO_MANY_REQUESTS, Some(*seconds)),
        Error::Unauthenticated => (StatusCode::UNAUTHORIZED, None),
        Error::BadRequest(_) => (StatusCode::BAD_REQUEST, None),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, None),
    };
    let mut response = write(headers, status, &schema::failure_response(error));
    match wait {
        Some(seconds) => response.headers_mut().insert(header::RETRY_AFTER, seconds.into()),
        // No `Basic` challenge: a browser would open a window of its own over the explorer.
        None => response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
    };
    response
}

fn refused(headers: &HeaderMap, status: StatusCode, message: &str) -> Response {
    let response = schema::failure_response(Error::BadRequest(message.to_owned()));
    let mut body = serde_json::to_value(&response).unwrap_or_default();
    if let Some(body) = body.as_object_mut() {
        body.remove("data"); // nothing was executed
    }
    write(headers, status, &body)
}

fn write(headers: &HeaderMap, status: StatusCode, body: &impl serde::Serialize) -> Response {
    let content_type = if is_newer(headers) { GRAPHQL_JSON } else { "application/json; charset=utf-8" };
    let bytes = serde_json::to_vec(body).unwrap_or_else(|_| b"{\"errors\":[]}".to_vec());
    (status, [(header::CONTENT_TYPE, content_type)], bytes).into_response()
}

/// Whether the caller understands the newer type of answers.
fn is_newer(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .is_some_and(|value| value.to_str().is_ok_and(|accept| accept.contains(GRAPHQL_JSON)))
}

/// Whether the body is said to be JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json") || essence.eq_ignore_ascii_case(GRAPHQL_JSON)
}
