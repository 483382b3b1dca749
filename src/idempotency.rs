//! `Idempotency-Key`: a write that is sent again is answered as the first time, through any door.
//!
//! A request with a key runs to its end even when its client goes away, so that there is an answer for
//! the client that asks again. Nothing here concerns requests without the header.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::Response,
};
use futures_util::FutureExt;
use hyper::ext::ReasonPhrase;
use serde::{Deserialize, Serialize};
use service::{Caller, Claim, Error, Turn, Unrepeatable};
use tracing::Instrument;

use crate::{
    app::{App, Unread, read_body},
    auth::{Known, Visit},
};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The headers of an answer that are kept with it.
const KEPT: &[HeaderName] = &[header::CONTENT_TYPE, header::LOCATION, header::CACHE_CONTROL];

/// Marks an answer that says that nothing was done, so that the key is still free.
#[derive(Clone, Copy, Debug)]
pub struct NothingDone;

/// Whether a request says that it must not be run twice.
pub fn has_key(headers: &HeaderMap) -> bool {
    headers.contains_key(KEY)
}

/// What a request with a key asks for.
pub struct Asked<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Its path and query.
    pub uri: &'a Uri,
    /// Its headers, with the key among them.
    pub headers: &'a HeaderMap,
    /// Its body.
    pub body: &'a [u8],
}

impl Asked<'_> {
    /// The key, as far as it is a single readable one.
    fn key(&self) -> Option<&str> {
        let mut keys = self.headers.get_all(KEY).iter();
        let key = keys.next().filter(|_| keys.next().is_none())?;
        key.to_str().ok()
    }

    /// Runs the request unless it was run before, and then answers what was answered then. Whoever runs it
    /// does so as the caller that is handed in.
    ///
    /// # Errors
    /// When the key is none, is another request's, or its first request has no answer.
    pub async fn once<F>(
        self,
        app: &App,
        caller: &Caller,
        run: impl FnOnce(Caller) -> F + Send + 'static,
    ) -> Result<Response, Unrepeatable>
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let key = self.key().ok_or(Unrepeatable::Malformed)?;
        let content_type = self.headers.get(header::CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
        let target = self.uri.path_and_query().map_or("", |target| target.as_str());
        let parts = [self.method.as_str().as_bytes(), target.as_bytes(), content_type, self.body];
        let longest = Duration::from_secs(app.config.limits.seconds);
        match app.services.claim(caller, key, &parts, longest).await? {
            Turn::Answered(answer) => Ok(replayed(&answer)?),
            Turn::Run(claim) => {
                let run = run(caller.clone().with_claim(claim.clone()));
                to_the_end(app.clone(), claim, run).await
            }
        }
    }
}

/// Runs a request and keeps its answer, whether or not anybody still waits for it.
#[expect(
    clippy::disallowed_methods,
    reason = "a client that goes away asks again, and then needs the answer"
)]
async fn to_the_end(
    app: App,
    claim: Arc<Claim>,
    run: impl Future<Output = Response> + Send + 'static,
) -> Result<Response, Unrepeatable> {
    let running = async move {
        // The server's end waits for it as it does for sockets.
        let _stopping = app.stopping.subscribe();
        let (parts, body) = match AssertUnwindSafe(run).catch_unwind().await {
            Ok(response) => response.into_parts(),
            Err(panic) => {
                settle(&app, &claim, None).await;
                std::panic::resume_unwind(panic);
            }
        };
        let Ok(body) = to_bytes(body, usize::MAX).await else {
            settle(&app, &claim, None).await;
            return Err(Error::broken("an answer broke off").into());
        };
        let response = Response::from_parts(parts, Body::from(body.clone()));
        let answer = if is_kept(&response, &claim) { Answer::of(&response, &body) } else { None };
        settle(&app, &claim, answer).await;
        Ok(response)
    };
    match tokio::spawn(running.in_current_span()).await {
        Ok(answered) => answered,
        Err(failure) => match failure.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(ended) => Err(Error::internal(ended).into()),
        },
    }
}

/// Keeps an answer or frees the key. That it cannot is no reason to withhold the answer.
async fn settle(app: &App, claim: &Claim, answer: Option<Answer>) {
    let answer = answer.map(|answer| serde_json::to_string(&answer));
    let settled = match answer.transpose() {
        Ok(answer) => app.services.settle(claim, answer.as_deref()).await,
        Err(failure) => Err(Error::internal(failure)),
    };
    if let Err(failure) = settled {
        tracing::error!(%failure, "the answer to a request with a key is not kept");
    }
}

/// Whether an answer is the result of the request: it wrote, tried to, did all that was asked, or found it done.
fn is_kept(response: &Response, claim: &Claim) -> bool {
    let status = response.status();
    let passing = [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT];
    if status.is_server_error() || passing.contains(&status) {
        return false;
    }
    let nothing_done = response.extensions().get::<NothingDone>().is_some();
    let is_done = status.is_success() || status == StatusCode::CONFLICT;
    claim.has_written() || !nothing_done && (claim.has_tried() || is_done)
}

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Answer {
    status: u16,
    reason: Option<String>,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    /// None for what is no text, which no door answers to a write.
    fn of(response: &Response, body: &Bytes) -> Option<Self> {
        let reason = response.extensions().get::<ReasonPhrase>();
        let reason = reason.map(|reason| String::from_utf8_lossy(reason.as_bytes()).into_owned());
        let header = |name: &HeaderName| {
            let value = response.headers().get(name)?.to_str().ok()?;
            Some((name.to_string(), value.to_owned()))
        };
        let headers = KEPT.iter().filter_map(header).collect();
        let body = str::from_utf8(body).ok()?.to_owned();
        Some(Self { status: response.status().as_u16(), reason, headers, body })
    }
}

/// The answer as it was the first time, and the word that it is not new.
fn replayed(kept: &str) -> Result<Response, Error> {
    let answer: Answer = serde_json::from_str(kept).map_err(Error::internal)?;
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).map_err(Error::internal)?;
    if let Some(reason) = answer.reason {
        let reason = ReasonPhrase::try_from(reason.into_bytes()).map_err(Error::internal)?;
        response.extensions_mut().insert(reason);
    }
    for (name, value) in &answer.headers {
        let name = HeaderName::try_from(name).map_err(Error::internal)?;
        response.headers_mut().insert(name, HeaderValue::try_from(value).map_err(Error::internal)?);
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// The status of a refusal, in any dialect.
pub fn status(refused: &Unrepeatable) -> StatusCode {
    match refused {
        Unrepeatable::Malformed => StatusCode::BAD_REQUEST,
        Unrepeatable::OtherRequest => StatusCode::UNPROCESSABLE_ENTITY,
        Unrepeatable::UnderWay | Unrepeatable::AnswerLost(_) => StatusCode::CONFLICT,
        Unrepeatable::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// How a legacy door speaks of requests with a key.
#[derive(Clone, Copy)]
pub struct Dialect {
    /// What it is called in the log of changes.
    pub door: &'static str,
    /// Words a body that could not be read.
    pub unread: fn(Unread) -> Response,
    /// Words why a request is neither run nor answered as before.
    pub refused: fn(Unrepeatable) -> Response,
}

/// Goes around a legacy door: runs each POST with a key once.
///
/// Who is not let in is left to the handler, which says so in its own words.
pub async fn legacy(State((app, dialect)): State<(App, Dialect)>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !has_key(request.headers()) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(visit) = Visit::from_request_parts(&mut parts, &app).await;
    let known = visit.caller(&app, dialect.door).await;
    let caller = match known {
        Ok(caller) => caller,
        refused => {
            // So that a wrong password counts once.
            parts.extensions.insert(Known(refused));
            return next.run(Request::from_parts(parts, body)).await;
        }
    };
    let body = match read_body(body, &app.config.limits).await {
        Ok(body) => body,
        Err(why) => return (dialect.unread)(why),
    };
    let (method, uri, headers) = (parts.method.clone(), parts.uri.clone(), parts.headers.clone());
    let asked = Asked { method: &method, uri: &uri, headers: &headers, body: &body };
    let again = body.clone();
    let run = async move |caller| {
        parts.extensions.insert(Known(Ok(caller)));
        let mut response = next.run(Request::from_parts(parts, Body::from(again))).await;
        let stored = response.headers().get(header::CACHE_CONTROL);
        if stored.is_some_and(|value| value.as_bytes() == b"no-store") {
            response.extensions_mut().insert(NothingDone); // a log-in, which writes in nobody's name
        }
        response
    };
    match asked.once(&app, &caller, run).await {
        Ok(response) => response,
        Err(refused) => (dialect.refused)(refused),
    }
}
