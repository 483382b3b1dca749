//! GraphQL over HTTP: one request or a batch of them in, one answer or a list of them out.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequestParts, RawQuery, Request, State, WebSocketUpgrade},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use service::{Caller, Error};

use super::{
    DOOR,
    answer::not_prepared,
    asked::{Asked, Sent},
    documents::Refusal,
    negotiation::{AnswerType, BodyType},
    refuse_hasty, socket, upload,
    work::Work,
};
use crate::{
    app::{App, Unread, read_body},
    auth::Visit,
    idempotency,
    rate::Standing,
};

/// `POST /graphql`.
pub(super) async fn post(
    State(app): State<App>,
    visit: Visit,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut standing = None;
    let posted = posted(&app, &visit, &uri, &headers, body, &mut standing).await;
    finish(&visit, &headers, posted, standing)
}

async fn posted(
    app: &App,
    visit: &Visit,
    uri: &Uri,
    headers: &HeaderMap,
    body: Body,
    standing: &mut Option<Standing>,
) -> Result<Response, Refusal> {
    demand_acceptable(headers)?;
    let kind = BodyType::of(headers);
    match kind {
        BodyType::Json => {}
        BodyType::Multipart => upload::demand_preflight(headers)?,
        // A form of another site's page can send only simple types.
        BodyType::Other => {
            let message = "send `Content-Type: application/json`";
            return Err(Refusal::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
    }
    let caller = who(app, visit).await?;
    pay(app, visit, &caller, 0, standing)?;
    let limits = &app.config.limits;
    let (bytes, sent) = match kind {
        BodyType::Multipart => (None, upload::read(headers, body, limits).await?),
        _ => {
            let bytes = read(app, body).await?;
            let sent = Sent::read(&bytes, limits.batch)?;
            (Some(bytes), sent)
        }
    };
    let mut work = Work::of(app, sent, &caller)?;
    pay(app, visit, &caller, work.points(), standing)?;
    work.paid(*standing);
    if !idempotency::has_key(headers) || !work.writes() || caller.account().is_err() {
        return work.answer(app, visit, headers).await;
    }
    let Some(body) = bytes else {
        return Err(Refusal::http(StatusCode::BAD_REQUEST, "an Idempotency-Key goes with JSON alone"));
    };
    let keyed = idempotency::Asked { method: &Method::POST, uri, headers, body: &body };
    let run = {
        let (app, visit, headers) = (app.clone(), visit.clone(), headers.clone());
        async move |caller| {
            let answered = work.by(&app, &caller).answer(&app, &visit, &headers).await;
            finish(&visit, &headers, answered, None)
        }
    };
    Ok(keyed.once(app, &caller, run).await?)
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
    let mut standing = None;
    let got = got(&app, &visit, &parts.headers, &text.unwrap_or_default(), &mut standing).await;
    finish(&visit, &parts.headers, got, standing)
}

async fn got(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    text: &str,
    standing: &mut Option<Standing>,
) -> Result<Response, Refusal> {
    demand_acceptable(headers)?;
    let caller = who(app, visit).await?;
    pay(app, visit, &caller, 0, standing)?;
    let asked = Asked::of_query_string(text)?;
    let mut work = Work::of(app, Sent::One(Box::new(asked)), &caller)?;
    if work.writes() {
        return Err(Refusal::http(StatusCode::METHOD_NOT_ALLOWED, "GET is for queries alone"));
    }
    pay(app, visit, &caller, work.points(), standing)?;
    work.paid(*standing);
    work.answer(app, visit, headers).await
}

/// Refuses a client that could read none of our answers.
fn demand_acceptable(headers: &HeaderMap) -> Result<(), Refusal> {
    match AnswerType::accepted(headers) {
        Some(_) => Ok(()),
        None => {
            let message = "the answer is `application/graphql-response+json` or `application/json`";
            Err(Refusal::http(StatusCode::NOT_ACCEPTABLE, message))
        }
    }
}

/// Who is calling, be it nobody.
pub(super) async fn who(app: &App, visit: &Visit) -> service::Result<Caller> {
    visit.caller_or_anonymous(app, DOOR).await
}

/// Reads a body within its bounds.
pub(super) async fn read(app: &App, body: Body) -> Result<Bytes, Refusal> {
    read_body(body, &app.config.limits).await.map_err(|unread| match unread {
        Unread::TooLarge => {
            let much = Error::LimitExceeded("the body is too large".to_owned());
            Refusal::Http(StatusCode::PAYLOAD_TOO_LARGE, much)
        }
        Unread::Stalled => Refusal::http(StatusCode::REQUEST_TIMEOUT, "the body did not come"),
    })
}

/// Takes points from who is calling, and notes what is left.
///
/// # Errors
/// When there are none.
fn pay(
    app: &App,
    visit: &Visit,
    caller: &Caller,
    points: u64,
    standing: &mut Option<Standing>,
) -> Result<(), Refusal> {
    *standing = app.rate.charge(caller, visit.address, points, app.services.now());
    refuse_hasty(*standing)
}

/// The answer, with what is left to who asked.
fn finish(
    visit: &Visit,
    headers: &HeaderMap,
    answered: Result<Response, Refusal>,
    standing: Option<Standing>,
) -> Response {
    let mut response = answered.unwrap_or_else(|refusal| not_prepared(visit, headers, refusal));
    if let Some(standing) = standing {
        standing.write(response.headers_mut());
    }
    response
}
