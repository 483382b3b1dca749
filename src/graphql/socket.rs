//! GraphQL over WebSocket, sub-protocol `graphql-transport-ws`.

use std::{collections::HashMap, time::Duration};

use async_graphql::Executor;
use axum::{
    extract::{
        WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket},
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream::SelectAll};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Caller, Error};

use super::{DOOR, finished, with_call};
use crate::{
    app::App,
    auth::{Visit, authorization},
};

const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to say who it is.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);
/// How often the server asks whether the client is still there.
const PING_EVERY: Duration = Duration::from_secs(25);
/// Takes the upgrade, unless another site's page asks for it or the credentials are wrong.
pub(super) async fn upgrade(
    app: App,
    visit: Visit,
    headers: &HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !same_origin(headers) {
        return (StatusCode::FORBIDDEN, "another site may not open this socket").into_response();
    }
    let caller = match visit.caller_or_anonymous(&app, DOOR).await {
        Ok(caller) => caller,
        Err(Error::SlowDown(_)) => return StatusCode::TOO_MANY_REQUESTS.into_response(),
        Err(Error::Unauthenticated) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    let limit = app.config.limits.body_bytes;
    let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(limit).max_frame_size(limit);
    let upgrade = upgrade.read_buffer_size(4 * 1024).write_buffer_size(0);
    upgrade.on_upgrade(move |socket| async move {
        if socket.protocol().and_then(|name| name.to_str().ok()) != Some(PROTOCOL) {
            close(socket, 4406, "Subprotocol not acceptable").await;
            return;
        }
        serve(app, visit, caller, socket).await;
    })
}

/// Whether a browser's page of this host asks, or no browser at all.
fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    match text(header::ORIGIN) {
        None => true,
        Some(origin) => origin.split_once("://").map(|(_, host)| host) == text(header::HOST),
    }
}

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    ConnectionInit {
        payload: Option<Value>,
    },
    Subscribe {
        id: String,
        payload: Value,
    },
    Complete {
        id: String,
    },
    Ping {
        payload: Option<Value>,
    },
    Pong {
        #[serde(rename = "payload")]
        _payload: Option<Value>,
    },
}

/// Why a socket ends.
struct End(u16, String);

fn end(code: u16, reason: &str) -> End {
    End(code, reason.to_owned())
}

/// One step of one operation: an answer, or that there are no more.
type Step = (String, Option<async_graphql::Response>);

/// Runs a socket until somebody closes it.
async fn serve(app: App, visit: Visit, mut caller: Caller, mut socket: WebSocket) {
    let mut initialised = false;
    let mut running: HashMap<String, futures_util::future::AbortHandle> = HashMap::new();
    let mut steps: SelectAll<futures_util::stream::BoxStream<'static, Step>> = SelectAll::new();
    let init = tokio::time::sleep(INIT_TIMEOUT);
    tokio::pin!(init);
    let mut ping = tokio::time::interval(PING_EVERY);
    ping.tick().await; // the first tick is at once
    let ended = loop {
        let said = tokio::select! {
            () = &mut init, if !initialised => break end(4408, "Connection initialisation timeout"),
            _ = ping.tick() => {
                if send(&mut socket, json!({ "type": "ping" })).await.is_err() { return }
                continue;
            }
            Some((id, step)) = steps.next(), if !steps.is_empty() => {
                if !running.contains_key(&id) {
                    continue; // the client has completed it
                }
                let message = match step {
                    Some(response) => {
                        let response = finished(response, &visit.request_id);
                        let gone = caller.account().is_ok() && is_logged_out(&response);
                        let message = message_of(&id, response);
                        if gone {
                            break end(4403, "Forbidden");
                        }
                        message
                    }
                    None => {
                        running.remove(&id);
                        json!({ "type": "complete", "id": id })
                    }
                };
                if message["type"] == "error" {
                    if let Some(stop) = running.remove(&id) { stop.abort() }
                }
                if send(&mut socket, message).await.is_err() { return }
                continue;
            }
            said = socket.recv() => said,
        };
        let text = match said {
            None | Some(Err(_) | Ok(Message::Close(_))) => return,
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Binary(_))) => break end(4400, "Binary messages are not understood"),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
        };
        let said: Said = match serde_json::from_str(&text) {
            Ok(said) => said,
            Err(_) => break end(4400, "Invalid message received"),
        };
        match said {
            Said::ConnectionInit { .. } if initialised => {
                break end(4429, "Too many initialisation requests");
            }
            Said::ConnectionInit { payload } => {
                match who(&app, &visit, payload.as_ref()).await {
                    Ok(Some(known)) => caller = known,
                    Ok(None) => {}
                    Err(Error::Internal(_)) => break end(4500, "Internal server error"),
                    Err(_) => break end(4403, "Forbidden"),
                }
                initialised = true;
                if send(&mut socket, json!({ "type": "connection_ack" })).await.is_err() {
                    return;
                }
            }
            Said::Ping { payload } => {
                let mut pong = json!({ "type": "pong" });
                if let Some(payload) = payload {
                    pong["payload"] = payload;
                }
                if send(&mut socket, pong).await.is_err() {
                    return;
                }
            }
            Said::Pong { .. } => {}
            Said::Subscribe { .. } if !initialised => break end(4401, "Unauthorized"),
            Said::Subscribe { id, .. } if running.contains_key(&id) => {
                break End(
                    4409,
                    format!("Subscriber for {} already exists", id.chars().take(60).collect::<String>()),
                );
            }
            Said::Subscribe { id, payload } => {
                let request: async_graphql::Request = match serde_json::from_value(payload) {
                    Ok(request) => request,
                    Err(_) => break end(4400, "Invalid message received"),
                };
                if running.len() >= app.config.limits.operations {
                    let error = schema::failure_response(Error::BadRequest(
                        "too many operations on this socket".into(),
                    ));
                    if send(&mut socket, message_of(&id, finished(error, &visit.request_id))).await.is_err() {
                        return;
                    }
                    continue;
                }
                let request = with_call(&app, request, caller.clone());
                let answers = app.schema.execute_stream(request, None).map(Some);
                let answers = answers.chain(futures_util::stream::iter([None]));
                let (answers, stop) = futures_util::stream::abortable(answers);
                running.insert(id.clone(), stop);
                steps.push(answers.map(move |step| (id.clone(), step)).boxed());
            }
            Said::Complete { id } => {
                if let Some(stop) = running.remove(&id) {
                    stop.abort();
                }
            }
        }
    };
    close(socket, ended.0, &ended.1).await;
}

/// Who the payload of `connection_init` says is calling; nobody new when it says nothing.
async fn who(app: &App, visit: &Visit, payload: Option<&Value>) -> service::Result<Option<Caller>> {
    let named = payload.and_then(Value::as_object).into_iter().flatten();
    let mut named = named.filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let Some((_, value)) = named.next() else { return Ok(None) };
    let credential = authorization(value.as_str().unwrap_or_default());
    let caller = visit.caller_with(app, DOOR, &credential).await?;
    caller.account()?;
    Ok(Some(caller))
}

/// Whether a stream ended because its account is no longer what it was.
fn is_logged_out(response: &async_graphql::Response) -> bool {
    response.errors.iter().any(|error| {
        let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
        let stream_ended = matches!(response.data, async_graphql::Value::Null);
        stream_ended && code == Some(&async_graphql::Value::from("UNAUTHENTICATED")) && !error.path.is_empty()
    })
}

/// `next`, or `error` for what was refused before it began.
fn message_of(id: &str, response: async_graphql::Response) -> Value {
    let refused = response.errors.iter().any(|error| error.path.is_empty());
    if refused && response.data == async_graphql::Value::Null {
        json!({ "type": "error", "id": id, "payload": response.errors })
    } else {
        json!({ "type": "next", "id": id, "payload": response })
    }
}

async fn send(socket: &mut WebSocket, message: Value) -> Result<(), axum::Error> {
    socket.send(Message::Text(message.to_string().into())).await
}

/// Ends a socket with a code; a close frame has room for 123 bytes of reason.
async fn close(mut socket: WebSocket, code: u16, reason: &str) {
    let reason: String = reason.chars().take(100).collect();
    let _ = socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
}
