//! Event streams: how the answers of operations become events, and the body that carries them.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_graphql::ServerError;
use axum::{
    body::{Body, Bytes},
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde::Serialize;
use service::Cursor;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use super::{
    operations::{Operations, Stepped, Told},
    reservation::Opened,
};
use crate::app::App;

/// A line that says nothing, so that proxies and browsers know that the stream is alive.
const NOTHING: &str = ":\n\n";

/// An answer without data.
#[derive(Serialize)]
struct Errors<'e> {
    errors: &'e [ServerError],
}

/// Says which operation an event is of, when the stream has several.
#[derive(Serialize)]
struct Of<'o, P> {
    id: &'o str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<P>,
}

fn event(name: &str, cursor: Option<Cursor>, told: &impl Serialize) -> String {
    let id = cursor.map(|cursor| format!("id: {cursor}\n")).unwrap_or_default();
    // JSON has no line breaks.
    let told = serde_json::to_string(told).unwrap_or_default();
    format!("event: {name}\n{id}data: {told}\n\n")
}

/// The events of an operation that has a stream of its own.
pub(super) fn alone(_: &str, told: Told<'_>) -> String {
    // Browsers pass over an event without data.
    const COMPLETE: &str = "event: complete\ndata: \n\n";
    match told {
        Told::Next(answer, cursor) => event("next", cursor, answer),
        Told::Refused(errors) => event("next", None, &Errors { errors }) + COMPLETE,
        Told::Complete => COMPLETE.to_owned(),
    }
}

/// The events of an operation that shares a stream with others.
pub(super) fn shared(id: &str, told: Told<'_>) -> String {
    let complete = || event("complete", None, &Of::<()> { id, payload: None });
    match told {
        Told::Next(answer, cursor) => event("next", cursor, &Of { id, payload: Some(answer) }),
        Told::Refused(errors) => {
            event("next", None, &Of { id, payload: Some(Errors { errors }) }) + &complete()
        }
        Told::Complete => complete(),
    }
}

/// The operations of a stream, which requests begin and end while it goes on.
pub(super) type Shared = Arc<Mutex<Operations>>;

/// A stream of events.
pub(super) struct Events {
    pub(super) operations: Shared,
    pub(super) stepped: Stepped,
    /// The reservation that it fulfils; without one it ends with its only operation.
    pub(super) opened: Option<Opened>,
    /// When the token of who reserved it ends.
    pub(super) ends_at: Option<Instant>,
}

/// A stream on its way to the client. It is asked for no more than the connection has room for.
struct Sending {
    events: Events,
    stopping: watch::Receiver<bool>,
    ping_every: Duration,
    begun: bool,
    over: bool,
}

impl Events {
    /// The answer that carries them.
    pub(super) fn into_response(self, app: &App) -> Response {
        let sending = Box::new(Sending {
            events: self,
            stopping: app.stopping.subscribe(),
            ping_every: Duration::from_secs(app.config.limits.ping_seconds),
            begun: false,
            over: false,
        });
        let parts = stream::unfold(sending, async |mut sending| {
            let part = sending.next().await?;
            Some((Ok::<_, Infallible>(Bytes::from(part)), sending))
        });
        events_of(Body::from_stream(parts))
    }
}

/// The answer that these events are.
pub(super) fn events_of(body: Body) -> Response {
    let about = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-cache")];
    (about, [("x-accel-buffering", "no")], body).into_response()
}

impl Sending {
    fn operations(&self) -> MutexGuard<'_, Operations> {
        self.events.operations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What comes next; none at the end.
    async fn next(&mut self) -> Option<String> {
        if !self.begun {
            self.begun = true;
            return Some(NOTHING.to_owned()); // some browsers wait for it
        }
        let ends_at = self.events.ends_at;
        while !self.over {
            let step = tokio::select! {
                // Without `complete`, so that the client comes back.
                () = async { drop(self.stopping.wait_for(|stopping| *stopping).await) } => return None,
                () = async { sleep_until(ends_at.unwrap_or_else(Instant::now)).await }, if ends_at.is_some() => {
                    self.over = true;
                    let told = self.operations().log_out();
                    return (!told.is_empty()).then_some(told);
                }
                () = sleep(self.ping_every) => return Some(NOTHING.to_owned()),
                step = self.events.stepped.recv() => step?,
            };
            if self.operations().awaits(&step) {
                self.over = self.events.opened.is_none() && step.end.is_some();
                return Some(step.text);
            }
        }
        None
    }
}
