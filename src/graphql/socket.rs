//! GraphQL over WebSocket, sub-protocol `graphql-transport-ws`.

use std::{pin::pin, time::Duration};

use axum::{
    body::Bytes,
    extract::{
        WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket},
    },
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::SinkExt;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use service::{Caller, Error};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::tungstenite;

use super::{
    DOOR,
    asked::Asked,
    documents::Refusal,
    finished,
    operations::{Busy, Operation, Operations, Outcome, Step, Stepped, Told, ends_at, full},
    prepare_paid,
};
use crate::{
    app::App,
    auth::{Visit, authorization},
};

const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to read one message.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// How many pings in a row a client may leave unanswered.
const UNANSWERED: u32 = 2;
/// How long a client may take to close its side.
const FAREWELL: Duration = Duration::from_secs(1);

/// Takes the upgrade, unless another site's page asks for it or the credentials are wrong.
pub(super) async fn upgrade(
    app: App,
    visit: Visit,
    headers: &HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !is_same_origin(headers, app.config.public_url.as_deref()) {
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
    let upgrade = upgrade.read_buffer_size(1024).write_buffer_size(0);
    // In boxes, because futures keep room for all that moves through them, and most sockets only wait.
    let (session, stepped) = Session::new(app, visit, caller);
    upgrade.on_upgrade(move |socket| Box::pin(session.serve(socket, stepped)))
}

/// Whether a page of this host or of the public address asks, or no browser at all.
fn is_same_origin(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let Some(origin) = text(header::ORIGIN) else { return true };
    let host = origin.split_once("://").map(|(_, host)| host);
    let public = || Some(url::Url::parse(public_url?).ok()?.origin().ascii_serialization());
    let of_host = || host.zip(text(header::HOST)).is_some_and(|(one, other)| one.eq_ignore_ascii_case(other));
    of_host() || public().is_some_and(|public| public.eq_ignore_ascii_case(origin))
}

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    ConnectionInit {
        payload: Option<Map<String, Value>>,
    },
    Subscribe {
        id: String,
        payload: Box<Asked>,
    },
    Complete {
        id: String,
    },
    Ping {
        payload: Option<Map<String, Value>>,
    },
    Pong {
        #[serde(rename = "payload")]
        _payload: Option<Map<String, Value>>,
    },
}

/// What the server says.
#[derive(Serialize)]
struct Saying<'s, P> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<P>,
}

fn saying<P: Serialize>(kind: &'static str, id: Option<&str>, payload: Option<P>) -> String {
    serde_json::to_string(&Saying { kind, id, payload }).unwrap_or_default()
}

/// The messages of an operation.
fn words(id: &str, told: Told<'_>) -> String {
    match told {
        Told::Next(answer, _) => saying("next", Some(id), Some(answer)),
        Told::Refused(errors) => saying("error", Some(id), Some(errors)),
        Told::Complete => saying::<()>("complete", Some(id), None),
    }
}

/// Why a socket ends: the code and the reason of its last frame.
struct End(u16, String);

fn end(code: u16, reason: &str) -> End {
    End(code, reason.to_owned())
}

/// What the client is told of something that happened, if anything.
type Answer = Result<Option<String>, End>;

/// One client's socket.
struct Session {
    app: App,
    visit: Visit,
    caller: Caller,
    /// Until when the client has to say who it is; none once it did.
    init_until: Option<Instant>,
    ping_every: Duration,
    ping_at: Instant,
    /// How many pings the client has not answered.
    unanswered: u32,
    /// When the caller's token ends.
    ends_at: Option<Instant>,
    operations: Operations,
}

impl Session {
    fn new(app: App, visit: Visit, caller: Caller) -> (Box<Self>, Stepped) {
        let (operations, stepped) = Operations::new(&app, words);
        let now = Instant::now();
        let limits = &app.config.limits;
        let ping_every = Duration::from_secs(limits.ping_seconds);
        let session = Box::new(Self {
            init_until: Some(now + Duration::from_secs(limits.init_seconds)),
            ping_every,
            ping_at: now + ping_every,
            unanswered: 0,
            ends_at: ends_at(&app, &caller),
            app,
            visit,
            caller,
            operations,
        });
        (session, stepped)
    }

    /// Runs a socket until somebody closes it.
    async fn serve(mut self: Box<Self>, mut socket: WebSocket, mut stepped: Stepped) {
        // Until it is closed, because the server waits for whoever listens to this.
        let mut stopping = self.app.stopping.subscribe();
        let ended = match socket.protocol().and_then(|name| name.to_str().ok()) {
            Some(PROTOCOL) => self.talk(&mut socket, &mut stepped, &mut stopping).await,
            _ => end(4406, "Subprotocol not acceptable"),
        };
        drop(self); // nothing runs for a client that is gone
        close(&mut socket, ended).await;
    }

    /// Hears the client and its operations until one of them ends the socket.
    ///
    /// While a client does not read, the socket and its operations wait, each of them with one message.
    async fn talk(
        &mut self,
        socket: &mut WebSocket,
        stepped: &mut Stepped,
        stopping: &mut watch::Receiver<bool>,
    ) -> End {
        let mut timer = pin!(sleep_until(self.due()));
        loop {
            let answer = tokio::select! {
                () = async { drop(stopping.wait_for(|stopping| *stopping).await) } => break end(1001, "Going away"),
                () = &mut timer => self.on_time(socket).await,
                Some(step) = stepped.recv() => self.stepped(step),
                said = socket.recv() => match said {
                    None | Some(Ok(Message::Close(_))) => break end(1000, ""),
                    Some(Err(failure)) => break told_of(failure),
                    Some(Ok(message)) => self.heard(message).await,
                },
            };
            match answer {
                Ok(None) => {}
                Ok(Some(text)) => {
                    match timeout(READ_TIMEOUT, socket.send(Message::Text(text.into()))).await {
                        Ok(Ok(())) => {}
                        _ => break end(1001, "Going away"),
                    }
                }
                Err(ended) => break ended,
            }
            if timer.deadline() != self.due() {
                timer.as_mut().reset(self.due());
            }
        }
    }

    /// When something has to be done without the client.
    fn due(&self) -> Instant {
        let due = self.ends_at.map_or(self.ping_at, |end| end.min(self.ping_at));
        self.init_until.map_or(due, |until| until.min(due))
    }

    /// Does what has to be done now.
    async fn on_time(&mut self, socket: &mut WebSocket) -> Answer {
        let now = Instant::now();
        if self.init_until.is_some_and(|until| until <= now) {
            return Err(end(4408, "Connection initialisation timeout"));
        }
        if self.ends_at.is_some_and(|end| end <= now) {
            return Err(end(4403, "Forbidden"));
        }
        if now < self.ping_at {
            return Ok(None);
        }
        if self.unanswered >= UNANSWERED {
            return Err(end(1001, "No answer to pings"));
        }
        self.unanswered += 1;
        self.ping_at = now + self.ping_every;
        // Whoever does not know the message answers at least the frame.
        let _ = socket.feed(Message::Ping(Bytes::new())).await;
        Ok(Some(saying::<()>("ping", None, None)))
    }

    /// What to tell the client of a step of one of its operations.
    fn stepped(&mut self, step: Box<Step>) -> Answer {
        match step.end {
            _ if !self.operations.awaits(&step) => Ok(None), // the client has completed it
            Some(Outcome::LoggedOut) => Err(end(4403, "Forbidden")),
            Some(Outcome::Broken) => Err(end(4500, "Internal server error")),
            Some(Outcome::Complete) | None => Ok(Some(step.text)),
        }
    }

    /// What to answer to a message.
    async fn heard(&mut self, message: Message) -> Answer {
        self.unanswered = 0;
        let said = match &message {
            Message::Text(text) => serde_json::from_str(text),
            Message::Binary(_) => return Err(end(4400, "Binary messages are not understood")),
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return Ok(None),
        };
        match said.map_err(|_| end(4400, "Invalid message received"))? {
            Said::ConnectionInit { payload } => self.initialise(payload).await,
            Said::Ping { payload } => Ok(Some(saying("pong", None, payload))),
            Said::Pong { .. } => Ok(None),
            Said::Subscribe { .. } if self.init_until.is_some() => Err(end(4401, "Unauthorized")),
            Said::Subscribe { id, payload } => self.subscribe(id, *payload),
            Said::Complete { id } => {
                self.operations.end(&id);
                Ok(None)
            }
        }
    }

    /// Takes the credentials of `connection_init`, if it brings any.
    async fn initialise(&mut self, payload: Option<Map<String, Value>>) -> Answer {
        if self.init_until.is_none() {
            return Err(end(4429, "Too many initialisation requests"));
        }
        let mut named = payload.iter().flatten();
        if let Some((_, value)) = named.find(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
            let credential = authorization(value.as_str().unwrap_or_default());
            let known = Box::pin(self.visit.caller_with(&self.app, DOOR, &credential)).await;
            let known = known.and_then(|caller| caller.account().map(|_| ()).map(|()| caller));
            self.caller = match known {
                Ok(caller) => caller,
                Err(Error::Internal(_)) => return Err(end(4500, "Internal server error")),
                Err(_) => return Err(end(4403, "Forbidden")),
            };
            self.ends_at = ends_at(&self.app, &self.caller);
        }
        self.init_until = None;
        Ok(Some(saying::<()>("connection_ack", None, None)))
    }

    /// Begins an operation, unless it is refused at once.
    fn subscribe(&mut self, id: String, asked: Asked) -> Answer {
        let is_nothing = asked.query.is_none() && asked.extensions.is_none() && asked.document_id.is_none();
        if id.is_empty() || is_nothing {
            return Err(end(4400, "Invalid message received"));
        }
        let admitted = match self.operations.admit(&id) {
            Ok(()) => Ok(()),
            Err(Busy::Taken) => return Err(End(4409, format!("Subscriber for {id} already exists"))),
            Err(Busy::Full) => Err(Refusal::from(full())),
        };
        let caller = self.caller.clone();
        match admitted.and_then(|()| prepare_paid(&self.app, asked, caller.clone(), self.visit.address)) {
            Ok(prepared) => {
                let prepared = Box::new(prepared);
                let request_id = self.visit.request_id.clone();
                self.operations.begin(id, Operation { prepared, caller, request_id, bookmark: None });
                Ok(None)
            }
            Err(refusal) => {
                let answer = finished(refusal.into_response(), &self.visit.request_id);
                Ok(Some(words(&id, Told::Refused(&answer.errors))))
            }
        }
    }
}

/// What can be told of a client that does not keep to the rules of WebSockets, or is gone.
fn told_of(failure: axum::Error) -> End {
    match failure.into_inner().downcast_ref() {
        Some(tungstenite::Error::Capacity(_)) => end(1009, "Message too big"),
        Some(tungstenite::Error::Utf8(_)) => end(1007, "Not in UTF-8"),
        Some(tungstenite::Error::Protocol(_)) => end(1002, "Not a WebSocket"),
        _ => end(1001, "Going away"),
    }
}

/// Ends a socket.
async fn close(socket: &mut WebSocket, End(code, mut reason): End) {
    reason.truncate(reason.floor_char_boundary(123)); // what a frame has room for
    let farewell = async {
        // It fails when the client said good-bye first; the answer to that waits, and reading sends it off.
        let _ = socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
        while let Some(Ok(_)) = socket.recv().await {}
        // What has not been read would take the last frame away from the client that still sends it.
        if matches!(code, 1002 | 1007 | 1009) {
            std::future::pending().await
        }
    };
    let _ = timeout(FAREWELL, farewell).await;
}
