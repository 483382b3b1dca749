//! GraphQL over WebSocket, sub-protocol `graphql-transport-ws`.

use std::{collections::HashMap, time::Duration};

use async_graphql::{Executor, parser::types::OperationType};
use axum::{
    extract::{
        WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket},
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::{SinkExt, StreamExt, stream::SplitStream};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Caller, Error};
use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinSet},
};

use super::{DOOR, finished, limits::refuse, operation_type, with_call};
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

/// What an operation has to tell its socket.
enum Step {
    /// An answer.
    Answer(async_graphql::Response),
    /// That there are no more.
    Complete,
    /// That the socket has to end.
    End(End),
}

/// Which operation tells something: its id and which run of that id it is.
type Run = (String, u64);

/// How many messages may wait for a client that reads slowly; then the socket and its operations wait.
const OUTBOX: usize = 64;
/// How long a client may take to read one message.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Runs a socket until somebody closes it.
///
/// Reading, executing and writing go on side by side, and each operation in a task of its own: none can
/// hold what another waits for, and a client that does not read cannot hold a write half done.
async fn serve(app: App, visit: Visit, caller: Caller, socket: WebSocket) {
    let (mut sink, mut stream) = socket.split();
    let (outbox, mut inbox) = mpsc::channel::<Message>(OUTBOX);
    let writing = async move {
        while let Some(message) = inbox.recv().await {
            match tokio::time::timeout(READ_TIMEOUT, sink.send(message)).await {
                Ok(Ok(())) => {}
                _ => break,
            }
        }
    };
    // Whoever waits longest for room in this queue is next, so that no stream keeps another waiting.
    let (steps, mut stepped) = mpsc::channel(1);
    let mut session = Session {
        app,
        visit,
        caller,
        initialised: false,
        runs: 0,
        running: HashMap::new(),
        tasks: JoinSet::new(),
        steps,
    };
    let talking = async move {
        let ended = session.talk(&mut stream, &mut stepped, &outbox).await;
        let reason: String = ended.1.chars().take(100).collect(); // a close frame has room for 123 bytes
        let frame = CloseFrame { code: ended.0, reason: reason.into() };
        // Behind what waits already; whoever does not read is cut off.
        let _ = tokio::time::timeout(READ_TIMEOUT, outbox.send(Message::Close(Some(frame)))).await;
    };
    tokio::pin!(writing, talking);
    tokio::select! {
        () = &mut writing => {}
        () = &mut talking => writing.await,
    }
}

/// One client's socket.
struct Session {
    app: App,
    visit: Visit,
    caller: Caller,
    initialised: bool,
    /// How many operations were begun.
    runs: u64,
    running: HashMap<String, Running>,
    /// The operations, which end with the socket.
    tasks: JoinSet<()>,
    steps: mpsc::Sender<(Run, Step)>,
}

/// An operation that goes on until it ends or is let go.
struct Running(u64, AbortHandle);

impl Drop for Running {
    fn drop(&mut self) {
        self.1.abort();
    }
}

impl Session {
    /// Hears the client and its operations until one of them ends the socket.
    async fn talk(
        &mut self,
        stream: &mut SplitStream<WebSocket>,
        stepped: &mut mpsc::Receiver<(Run, Step)>,
        outbox: &mpsc::Sender<Message>,
    ) -> End {
        let mut stopping = self.app.stopping.subscribe();
        let init = tokio::time::sleep(INIT_TIMEOUT);
        tokio::pin!(init);
        let mut ping = tokio::time::interval(PING_EVERY);
        ping.tick().await; // the first tick is at once
        loop {
            let message = tokio::select! {
                () = &mut init, if !self.initialised => break end(4408, "Connection initialisation timeout"),
                () = async { drop(stopping.wait_for(|stopping| *stopping).await) } => break end(1001, "Going away"),
                _ = ping.tick() => Ok(Some(json!({ "type": "ping" }))),
                Some((run, step)) = stepped.recv() => self.stepped(run, step),
                said = stream.next() => match said {
                    None | Some(Ok(Message::Close(_))) => break end(1000, ""),
                    // Of all that can be wrong here, only this can still be told.
                    Some(Err(_)) => break end(1009, "Message too big"),
                    Some(Ok(Message::Text(text))) => self.said(&text).await,
                    Some(Ok(Message::Binary(_))) => break end(4400, "Binary messages are not understood"),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                },
            };
            match message {
                Ok(None) => {}
                Ok(Some(message)) => {
                    let message = Message::Text(message.to_string().into());
                    // Waits with a client that reads slowly; whoever does not read at all is cut off.
                    if outbox.send(message).await.is_err() {
                        break end(1001, "Going away");
                    }
                }
                Err(ended) => break ended,
            }
        }
    }

    /// What to tell the client of a step of one of its operations.
    fn stepped(&mut self, (id, run): Run, step: Step) -> Result<Option<Value>, End> {
        if self.running.get(&id).is_none_or(|running| running.0 != run) {
            return Ok(None); // the client has completed it
        }
        let response = match step {
            Step::Answer(response) => finished(response, &self.visit.request_id),
            Step::Complete => {
                self.running.remove(&id);
                return Ok(Some(json!({ "type": "complete", "id": id })));
            }
            Step::End(ended) => return Err(ended),
        };
        if self.caller.account().is_ok() && is_logged_out(&response) {
            return Err(end(4403, "Forbidden"));
        }
        let message = message_of(&id, response);
        if message["type"] == "error" {
            self.running.remove(&id);
        }
        Ok(Some(message))
    }

    /// What to answer to what the client says.
    async fn said(&mut self, text: &str) -> Result<Option<Value>, End> {
        let said: Said = serde_json::from_str(text).map_err(|_| end(4400, "Invalid message received"))?;
        match said {
            Said::ConnectionInit { .. } if self.initialised => {
                Err(end(4429, "Too many initialisation requests"))
            }
            Said::ConnectionInit { payload } => {
                match who(&self.app, &self.visit, payload.as_ref()).await {
                    Ok(Some(known)) => self.caller = known,
                    Ok(None) => {}
                    Err(Error::Internal(_)) => return Err(end(4500, "Internal server error")),
                    Err(_) => return Err(end(4403, "Forbidden")),
                }
                self.initialised = true;
                Ok(Some(json!({ "type": "connection_ack" })))
            }
            Said::Ping { payload } => {
                let mut pong = json!({ "type": "pong" });
                if let Some(payload) = payload {
                    pong["payload"] = payload;
                }
                Ok(Some(pong))
            }
            Said::Pong { .. } => Ok(None),
            Said::Subscribe { .. } if !self.initialised => Err(end(4401, "Unauthorized")),
            Said::Subscribe { id, .. } if self.running.contains_key(&id) => {
                let id: String = id.chars().take(60).collect();
                Err(End(4409, format!("Subscriber for {id} already exists")))
            }
            Said::Subscribe { id, payload } => self.subscribe(id, payload),
            Said::Complete { id } => {
                self.running.remove(&id);
                Ok(None)
            }
        }
    }

    /// Begins an operation, unless it is refused at once.
    fn subscribe(&mut self, id: String, payload: Value) -> Result<Option<Value>, End> {
        let request: Result<async_graphql::Request, _> = serde_json::from_value(payload);
        let mut request = request.map_err(|_| end(4400, "Invalid message received"))?;
        let mut refusal = refuse(&mut request, &self.app.config.limits).err();
        if self.running.len() >= self.app.config.limits.operations {
            refusal = Some(Error::BadRequest("too many operations on this socket".into()));
        }
        if let Some(refusal) = refusal {
            let response = finished(schema::failure_response(refusal), &self.visit.request_id);
            return Ok(Some(message_of(&id, response)));
        }
        let streams = operation_type(&mut request) == Some(OperationType::Subscription);
        let request = with_call(&self.app, request, self.caller.clone());
        let (app, caller, steps) = (self.app.clone(), self.caller.clone(), self.steps.clone());
        self.runs += 1;
        let run = (id.clone(), self.runs);
        while self.tasks.try_join_next().is_some() {} // only so that they are forgotten
        let task = self.tasks.spawn(async move {
            let tell = async |step| steps.send((run.clone(), step)).await.is_ok();
            // What the account may do is asked anew for each operation.
            let ended = match app.services.is_good(&caller).await {
                Ok(true) => None,
                Ok(false) => Some(end(4403, "Forbidden")),
                Err(_) => Some(end(4500, "Internal server error")),
            };
            if let Some(ended) = ended {
                tell(Step::End(ended)).await;
                return;
            }
            if streams {
                let mut answers = app.schema.execute_stream(request, None);
                while let Some(answer) = answers.next().await {
                    if !tell(Step::Answer(answer)).await {
                        return;
                    }
                }
            } else {
                let longest = Duration::from_secs(app.config.limits.seconds);
                let late = || schema::failure_response(Error::BadRequest("the request took too long".into()));
                let answer = tokio::time::timeout(longest, app.schema.execute(request)).await;
                tell(Step::Answer(answer.unwrap_or_else(|_| late()))).await;
            }
            tell(Step::Complete).await;
        });
        self.running.insert(id, Running(self.runs, task));
        Ok(None)
    }
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

/// Ends a socket that nothing was said on.
async fn close(mut socket: WebSocket, code: u16, reason: &str) {
    let _ = socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
}
