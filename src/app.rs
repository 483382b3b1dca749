//! All doors behind one router, and what is done to every request and answer.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::{Body, BodyDataStream, Bytes, HttpBody},
    extract::{
        DefaultBodyLimit, MatchedPath, Path, Query, RawQuery, Request, State, rejection::QueryRejection,
    },
    http::{
        Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
            LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use entity::value::SessionType;
use futures_util::{FutureExt, StreamExt};
use migration::Migrator;
use sea_orm::DatabaseConnection;
use sea_orm_migration::MigratorTrait;
use serde_json::json;
use service::{Error, Services};
use tokio::sync::watch;
use tower_http::compression::{
    CompressionLayer,
    predicate::{NotForContentType, Predicate, SizeAbove},
};
use tracing::Instrument;

use crate::{
    auth::{Visit, with_token},
    compat,
    config::{Config, Limits},
    docs_page, graphql, oauth,
    rate::Rate,
    telemetry,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What every handler has at hand.
#[derive(Clone)]
pub struct App {
    /// The domain.
    pub services: Arc<Services>,
    /// The configuration.
    pub config: Arc<Config>,
    /// The GraphQL schema and its documents.
    pub documents: Arc<graphql::Documents>,
    /// The event streams that are reserved or open.
    pub reservations: Arc<graphql::Reservations>,
    /// What each account may still ask of GraphQL.
    pub rate: Arc<Rate>,
    /// Whether requests can be served.
    pub readiness: Readiness,
    /// Turns true when the server ends; whoever goes on by itself subscribes and ends as well.
    pub stopping: Arc<watch::Sender<bool>>,
}

/// Tells whether the database can serve requests, and gives no other way to it.
#[derive(Clone)]
pub struct Readiness(DatabaseConnection);

impl Readiness {
    /// Over the connection for reading.
    pub(crate) fn new(reader: DatabaseConnection) -> Self {
        Self(reader)
    }

    /// The names of the migrations that are still to apply.
    ///
    /// # Errors
    /// When the database does not answer, or has migrations of a newer version.
    pub async fn pending(&self) -> Result<Vec<String>, sea_orm::DbErr> {
        let pending = Migrator::get_pending_migrations_read_only(&self.0).await?;
        Ok(pending.iter().map(|migration| migration.name().to_owned()).collect())
    }
}

/// All that the server answers.
pub fn router(app: App) -> Router {
    let pages = Router::new()
        .route("/", get(front))
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(figures))
        .route("/schema.graphql", get(sdl))
        .route("/.well-known/jwks.json", get(keys))
        // Programs that look at a link before a person does must not use it up.
        .route("/login", get(login).head(|| async { StatusCode::NO_CONTENT }))
        .route("/playground", get(playground_page))
        .route("/playground/", get(playground_page))
        .route("/playground/{*path}", get(playground_file))
        .method_not_allowed_fallback(method_not_allowed);
    let worth = SizeAbove::new(1024).and(NotForContentType::SSE).and(NotForContentType::IMAGES);
    // Parts of a multipart answer must leave at once, not when a compressor has enough of them.
    let worth = worth.and(NotForContentType::const_new("multipart/"));
    Router::new()
        .merge(pages)
        .merge(graphql::router())
        .merge(oauth::router())
        .merge(compat::router(&app))
        .merge(docs_page::router())
        .fallback(|| async { not_found() })
        // Doors read bodies by `read_body`; this is for the extractor that slips in.
        .layer(DefaultBodyLimit::max(app.config.limits.body_bytes))
        .layer(CompressionLayer::new().compress_when(worth))
        .layer(middleware::from_fn(around))
        .with_state(app)
}

/// The id of a request: the caller's, if it is a sane one, else a new one.
#[derive(Clone)]
pub struct RequestId(HeaderValue);

impl RequestId {
    #[expect(clippy::disallowed_methods, reason = "no row has this id, and it must not tell the time")]
    fn of(headers: &HeaderMap) -> Self {
        let sane = |id: &&HeaderValue| {
            (1..=64).contains(&id.len())
                && id.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
        };
        let made = || {
            let id = uuid::Uuid::new_v4().to_string();
            HeaderValue::try_from(id).unwrap_or_else(|_| HeaderValue::from_static("-"))
        };
        Self(headers.get(REQUEST_ID).filter(sane).cloned().unwrap_or_else(made))
    }

    /// The id as a text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or("-")
    }

    /// The id of the request that these extensions belong to.
    pub fn of_extensions(extensions: &Extensions) -> String {
        extensions.get::<Self>().map_or("-", Self::as_str).to_owned()
    }
}

/// Which door a path leads to, for the log and the figures.
fn door(path: &str) -> &'static str {
    const DOORS: &[(&str, &str)] = &[
        ("/graphql", "graphql"),
        ("/sys/boss", "boss"),
        ("/boss", "boss"),
        ("/api/rest/public/operator", "phone_systems"),
        ("/oauth", "oauth"),
        ("/playground", "playground"),
        ("/docs", "docs"),
        ("/openapi", "docs"),
        ("/healthz", "health"),
        ("/readyz", "health"),
        ("/metrics", "health"),
    ];
    let leads =
        |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    DOORS.iter().find(|(prefix, _)| leads(prefix)).map_or("server", |(_, door)| door)
}

fn method_word(method: &Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known.into_iter().find(|word| *word == method.as_str()).unwrap_or("OTHER")
}

/// What is done around every request: its id, its line in the log, its figures, and an answer even to
/// a handler's panic.
async fn around(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let door = door(request.uri().path());
    let method = method_word(request.method());
    // The path as it is routed: a path as it was sent may hold names and tokens.
    let path = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str);
    let span = tracing::info_span!("request", method, path, door, request_id = id.as_str());
    let started = std::time::Instant::now();
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().instrument(span.clone()).await;
    let mut response = answer.unwrap_or_else(|_| {
        span.in_scope(|| tracing::error!("the handler panicked"));
        let body = json!({ "message": "Internal Server Error", "requestId": id.as_str() });
        (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
    });
    let (status, took) = (response.status().as_u16(), started.elapsed());
    telemetry::count(door, method, status, took);
    span.in_scope(|| {
        let milliseconds = took.as_secs_f64() * 1000.0;
        match door {
            // Asked every few seconds, by machines.
            "health" => tracing::debug!(status, milliseconds, "answered"),
            _ => tracing::info!(status, milliseconds, "answered"),
        }
    });
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id.0);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    headers.entry(X_FRAME_OPTIONS).or_insert(HeaderValue::from_static("DENY"));
    response
}

/// Takes the length away from an answer that has no content, which must not have one (RFC 9110, 8.6).
pub fn without_length(mut response: Response) -> Response {
    if response.status() == StatusCode::NO_CONTENT {
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    response
}

/// The answer where there is nothing.
pub fn not_found() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "message": "Not Found" }))).into_response()
}

/// The answer to a method that is not served; `Allow` is added by the router.
pub async fn method_not_allowed() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, Json(json!({ "message": "Method Not Allowed" }))).into_response()
}

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is larger than it may be, or broke off.
    TooLarge,
    /// Nothing more of it came in time.
    Stalled,
}

/// Reads a body within its bounds; each door answers another one in its own shape.
///
/// # Errors
/// Stalled when no part comes for as long as a request may take. TooLarge; some of the surplus is read
/// and dropped, because most clients read no answer before they have sent everything.
pub async fn read_body(body: Body, limits: &Limits) -> Result<Bytes, Unread> {
    const SURPLUS: usize = 8 << 20;
    const PATIENCE: Duration = Duration::from_secs(5);

    let (limit, patience) = (limits.body_bytes, Duration::from_secs(limits.seconds));
    let least = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut body = body.into_data_stream();
    if least > limit.saturating_add(SURPLUS) {
        return Err(Unread::TooLarge);
    }
    let mut read = Vec::with_capacity(least.min(limit));
    let next = async |body: &mut BodyDataStream| tokio::time::timeout(patience, body.next()).await;
    while let Some(part) = next(&mut body).await.map_err(|_| Unread::Stalled)? {
        let part = part.map_err(|_| Unread::TooLarge)?;
        if read.len() + part.len() > limit {
            let drain = async {
                let mut surplus = part.len();
                while surplus < SURPLUS
                    && let Some(Ok(part)) = body.next().await
                {
                    surplus += part.len();
                }
            };
            let _ = tokio::time::timeout(PATIENCE, drain).await;
            return Err(Unread::TooLarge);
        }
        read.extend_from_slice(&part);
    }
    Ok(read.into())
}

async fn ready(State(app): State<App>) -> Response {
    const PATIENCE: Duration = Duration::from_secs(5);
    let (status, words) = match tokio::time::timeout(PATIENCE, app.readiness.pending()).await {
        Ok(Ok(pending)) if pending.is_empty() => (StatusCode::OK, "ready".to_owned()),
        Ok(Ok(pending)) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("{} migrations are pending", pending.len()))
        }
        Ok(Err(failure)) => {
            tracing::warn!(%failure, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer as it should".to_owned())
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer in time".to_owned()),
    };
    (status, [(CACHE_CONTROL, "no-store")], words).into_response()
}

async fn figures() -> Response {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], telemetry::figures().render())
        .into_response()
}

async fn sdl() -> Response {
    static SDL: std::sync::LazyLock<String> = std::sync::LazyLock::new(schema::sdl);
    ([(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-cache")], SDL.as_str()).into_response()
}

async fn keys(State(app): State<App>) -> Response {
    match app.services.public_keys() {
        Ok(keys) => ([(CACHE_CONTROL, "public, max-age=300")], Json(keys)).into_response(),
        Err(failure) => {
            tracing::error!(%failure, "the public keys cannot be told");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[derive(serde::Deserialize)]
struct LinkQuery {
    #[serde(default)]
    t: String,
}

/// Uses up a log-in link and goes on to the tenant's user interface, logged in: the one at its access URL,
/// or the playground when it has none or is asked for there.
async fn login(
    State(app): State<App>,
    visit: Visit,
    query: Result<Query<LinkQuery>, QueryRejection>,
) -> Response {
    let token = query.map(|Query(LinkQuery { t })| t).unwrap_or_default();
    let kept = [(CACHE_CONTROL, "no-store")];
    let allowed = [SessionType::UserLink, SessionType::DomainLink];
    match app.services.redeem_link(&token, &allowed).await {
        Ok((token, tenant)) => {
            let elsewhere = tenant.access_url.filter(|url| service::auth::host_of(url) != visit.host);
            let place = with_token(elsewhere.as_deref().unwrap_or("/playground"), "token", &token);
            (StatusCode::FOUND, kept, [(LOCATION, place)]).into_response()
        }
        Err(Error::Internal(failure)) => {
            tracing::error!(%failure, "a log-in link cannot be used");
            (StatusCode::INTERNAL_SERVER_ERROR, kept, "Something went wrong.\n").into_response()
        }
        Err(_) => {
            (StatusCode::UNAUTHORIZED, kept, "This log-in link is not good any more.\n").into_response()
        }
    }
}

/// Leads to the playground, with the token that a log-in link may have brought along.
async fn front(RawQuery(query): RawQuery) -> Redirect {
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::temporary(&format!("/playground{query}"))
}

async fn playground_page(headers: HeaderMap) -> Response {
    playground_asset("", &headers)
}

async fn playground_file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    playground_asset(&path, &headers)
}

fn playground_asset(path: &str, headers: &HeaderMap) -> Response {
    let Some(asset) = playground::asset(path) else { return not_found() };
    let lasts = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let about = [
        (CACHE_CONTROL, lasts),
        (ETAG, asset.etag),
        (CONTENT_SECURITY_POLICY, playground::CONTENT_SECURITY_POLICY),
    ];
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    if known.flat_map(|tags| tags.split(',')).any(|tag| tag.trim() == asset.etag) {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    (about, [(CONTENT_TYPE, asset.content_type)], asset.bytes).into_response()
}
