//! GraphQL over server-sent events at `/graphql/stream`, both modes of the protocol `graphql-sse`: an operation
//! with a stream of its own, and many that share a reserved one.

use std::sync::{Arc, Mutex};

use async_graphql::parser::types::OperationType;
use axum::{
    body::Body,
    extract::{RawQuery, State},
    http::{HeaderMap, Method, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use schema::Bookmark;
use serde_json::Value;
use service::{Caller, Error};

use super::{
    answer::{not_prepared, refused},
    asked::Asked,
    documents::Refusal,
    events::{Events, alone, events_of},
    finished,
    http::{read, who},
    negotiation::{BodyType, accepts},
    operations::{Busy, Operation, Operations, Told, full},
    prepare_paid,
    reservation::{Closed, Reservation},
};
use crate::{app::App, auth::Visit};

const TOKEN: &str = "x-graphql-event-stream-token";
const LAST_EVENT_ID: &str = "last-event-id";

/// Answers every method: PUT reserves a stream, GET opens it, POST begins an operation in it and DELETE ends
/// one; without a token, GET and POST begin an operation with a stream of its own.
pub(super) async fn serve(
    State(app): State<App>,
    method: Method,
    visit: Visit,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Body,
) -> Response {
    let asking = Asking { app, visit, headers, query: query.unwrap_or_default() };
    let answered = match method {
        Method::PUT => asking.reserve().await,
        Method::DELETE => asking.end().await,
        Method::POST => asking.post(body).await,
        Method::GET => asking.get().await,
        // The head of a stream without the stream.
        _ => Err(Refusal::http(StatusCode::METHOD_NOT_ALLOWED, "ask by GET, POST, PUT or DELETE")),
    };
    answered.unwrap_or_else(|refusal| not_prepared(&asking.visit, &asking.headers, refusal))
}

/// One request.
struct Asking {
    app: App,
    visit: Visit,
    headers: HeaderMap,
    query: String,
}

impl Asking {
    /// Reserves a stream and answers its token.
    async fn reserve(&self) -> Result<Response, Refusal> {
        self.demand_acceptable("text/plain")?;
        let caller = who(&self.app, &self.visit).await?;
        let token = self.app.reservations.make(&self.app, &caller).map_err(much)?;
        Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], token).into_response())
    }

    /// Opens a reserved stream, or begins an operation that is in the query string.
    async fn get(&self) -> Result<Response, Refusal> {
        let asked = Asked::of_query_string(&self.query)?;
        match self.token() {
            Some(token) if asked.query.is_none() => {
                self.demand_acceptable("text/event-stream")?;
                match self.app.reservations.open(token) {
                    Ok(events) => Ok(events.into_response(&self.app)),
                    Err(Closed::Unknown) => Err(no_stream()),
                    Err(Closed::Open) => {
                        Err(Refusal::http(StatusCode::CONFLICT, "the stream is open already"))
                    }
                }
            }
            _ => self.begin(asked, true).await,
        }
    }

    /// Begins an operation that is in the body.
    async fn post(&self, body: Body) -> Result<Response, Refusal> {
        // A form can send only simple types, so asking for JSON keeps other sites out.
        if BodyType::of(&self.headers) != BodyType::Json {
            let message = "send `Content-Type: application/json`";
            return Err(Refusal::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        let asked = serde_json::from_slice(&read(&self.app, body).await?);
        let asked = asked.map_err(|wrong| Error::BadRequest(format!("not a GraphQL request: {wrong}")));
        self.begin(asked?, false).await
    }

    /// Ends an operation of a reserved stream.
    async fn end(&self) -> Result<Response, Refusal> {
        let caller = who(&self.app, &self.visit).await?;
        let stream = self.reserved(&caller, &self.token().unwrap_or_default())?;
        let id = self.parameter("operationId");
        let id = id.ok_or_else(|| Error::BadRequest("`operationId` says which operation ends".to_owned()))?;
        stream.operations().end(&id);
        Ok(StatusCode::OK.into_response())
    }

    /// Begins an operation, in the reserved stream when there is a token.
    async fn begin(&self, asked: Asked, reads_only: bool) -> Result<Response, Refusal> {
        let caller = who(&self.app, &self.visit).await?;
        match self.token() {
            None => self.begin_alone(asked, caller, reads_only),
            Some(token) => self.begin_shared(asked, caller, reads_only, &token),
        }
    }

    fn begin_alone(&self, asked: Asked, caller: Caller, reads_only: bool) -> Result<Response, Refusal> {
        self.demand_acceptable("text/event-stream")?;
        let operation = match self.operation(asked, caller, reads_only) {
            Ok(operation) => operation,
            // Of an answer with another status a browser would show nothing to its page.
            Err(refusal @ (Refusal::Document(_) | Refusal::Unknown(..))) => {
                let answer = finished(refusal.into_response(), &self.visit.request_id);
                return Ok(events_of(alone("", Told::Refused(&answer.errors)).into()));
            }
            Err(refusal) => return Err(refusal),
        };
        let (mut operations, stepped) = Operations::new(&self.app, alone);
        operations.begin(String::new(), operation);
        let operations = Arc::new(Mutex::new(operations));
        Ok(Events { operations, stepped, opened: None, ends_at: None }.into_response(&self.app))
    }

    fn begin_shared(
        &self,
        asked: Asked,
        caller: Caller,
        reads_only: bool,
        token: &str,
    ) -> Result<Response, Refusal> {
        let stream = self.reserved(&caller, token)?;
        let id = operation_id(&asked).ok_or_else(|| {
            Error::BadRequest("`extensions.operationId` says which operation this is".to_owned())
        })?;
        let operation = match self.operation(asked, caller, reads_only) {
            Ok(operation) => operation,
            // Whoever asks waits for 202, and must not take 200 for it.
            Err(refusal @ (Refusal::Document(_) | Refusal::Unknown(..))) => {
                let errors = finished(refusal.into_response(), &self.visit.request_id).errors;
                return Ok(refused(&self.headers, StatusCode::BAD_REQUEST, errors));
            }
            Err(refusal) => return Err(refusal),
        };
        let mut operations = stream.operations();
        match operations.admit(&id) {
            Ok(()) => operations.begin(id, operation),
            Err(Busy::Taken) => {
                return Err(Refusal::http(StatusCode::CONFLICT, "another operation has this id"));
            }
            Err(Busy::Full) => return Err(much(full())),
        }
        Ok(StatusCode::ACCEPTED.into_response())
    }

    /// What will run, from the event on that the client has heard last.
    fn operation(&self, asked: Asked, caller: Caller, reads_only: bool) -> Result<Operation, Refusal> {
        let prepared = Box::new(prepare_paid(&self.app, asked, caller.clone(), self.visit.address)?);
        if reads_only && prepared.operation == OperationType::Mutation {
            let message = "GET is for queries and subscriptions";
            return Err(Refusal::http(StatusCode::METHOD_NOT_ALLOWED, message));
        }
        let last = self.headers.get(LAST_EVENT_ID).map(|last| last.to_str().unwrap_or("?"));
        let bookmark = Some(Bookmark::after(last.filter(|last| !last.is_empty())));
        Ok(Operation { prepared, caller, request_id: self.visit.request_id.clone(), bookmark })
    }

    /// The stream that this caller has reserved.
    fn reserved(&self, caller: &Caller, token: &str) -> Result<Arc<Reservation>, Refusal> {
        self.app.reservations.of(token, caller.account()?).ok_or_else(no_stream)
    }

    /// The token of a reserved stream.
    fn token(&self) -> Option<String> {
        let header = self.headers.get(TOKEN).map(|token| token.to_str().unwrap_or_default().to_owned());
        header.or_else(|| self.parameter("token"))
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let mut parameters = form_urlencoded::parse(self.query.as_bytes());
        parameters.find(|(one, value)| one == name && !value.is_empty()).map(|(_, value)| value.into_owned())
    }

    /// Refuses a client that does not take an answer of this type.
    fn demand_acceptable(&self, kind: &str) -> Result<(), Refusal> {
        match accepts(&self.headers, kind) {
            true => Ok(()),
            false => Err(Refusal::http(StatusCode::NOT_ACCEPTABLE, &format!("the answer is `{kind}`"))),
        }
    }
}

/// What a client calls an operation of a reserved stream.
fn operation_id(asked: &Asked) -> Option<String> {
    match asked.extensions.as_ref()?.get("operationId")? {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

fn no_stream() -> Refusal {
    Refusal::http(StatusCode::NOT_FOUND, "no such stream is reserved")
}

/// The refusal of more than there may be.
fn much(error: Error) -> Refusal {
    match error {
        Error::LimitExceeded(_) => Refusal::Http(StatusCode::TOO_MANY_REQUESTS, error),
        other => other.into(),
    }
}
