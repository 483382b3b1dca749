//! The line that everything is compared with: a server written by hand for exactly the measured requests.
//!
//! Each handler is one prepared statement whose answer is finished JSON, made by the database. It logs in as the
//! server does: what was good a moment ago is good from memory, else one statement asks.

mod database;
mod graphql;
mod login;
mod rest;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};

use database::Database;
use login::Logins;

/// How the hand-written server is started.
#[derive(clap::Args)]
pub struct Arguments {
    /// The address to listen at
    #[arg(long)]
    listen: SocketAddr,
    /// The database, postgres://… or sqlite://…
    #[arg(long)]
    database: String,
    /// How many connections to the database it may have
    #[arg(long)]
    connections: u32,
}

/// What every handler has at hand.
#[derive(Clone)]
struct Baseline {
    database: Database,
    logins: Arc<Logins>,
}

/// Serves until the process ends.
///
/// # Errors
/// When the database or the address cannot be had.
pub async fn serve(arguments: Arguments) -> Result<()> {
    let database = Database::open(&arguments.database, arguments.connections).await?;
    let baseline = Baseline { database, logins: Arc::default() };
    let router = Router::new()
        .route("/q1", routing::post(graphql::q1))
        .route("/q2", routing::post(graphql::q2))
        .route("/q3", routing::post(graphql::q3))
        .route("/q4", routing::post(graphql::q4))
        .route("/q5", routing::post(graphql::q5))
        .route("/sys/boss/v1/telnums/{number}", routing::get(rest::telnum).put(rest::update_telnum))
        .route("/api/rest/public/operator/available_did_numbers", routing::get(rest::numbers))
        .with_state(baseline);
    let listener = tokio::net::TcpListener::bind(arguments.listen).await?;
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        // A delay here would be no fair line to measure by.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await?)
}

/// Why there is no answer.
enum Refusal {
    /// Nobody is logged in.
    Unauthenticated,
    /// The request cannot be read.
    Unreadable,
    /// There is no such row.
    NotFound,
    /// The database failed.
    Failed(sqlx::Error),
}

impl From<sqlx::Error> for Refusal {
    fn from(failure: sqlx::Error) -> Self {
        Self::Failed(failure)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Unauthenticated => StatusCode::UNAUTHORIZED.into_response(),
            Self::Unreadable => StatusCode::BAD_REQUEST.into_response(),
            Self::NotFound => StatusCode::NOT_FOUND.into_response(),
            Self::Failed(failure) => {
                eprintln!("baseline: {failure}");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// A finished text as an answer.
fn json(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], text).into_response()
}

/// A name for a request in the log of changes.
fn request_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{:016x}", COUNT.fetch_add(1, Ordering::Relaxed))
}
