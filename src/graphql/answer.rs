//! How answers are written over HTTP.

use async_graphql::{Response as Answer, ServerError, Value};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use service::Error;

use super::{documents::Refusal, finished, negotiation::AnswerType};
use crate::auth::Visit;

/// What is told of one request.
pub(super) enum Told {
    /// What came of it.
    Ran(Answer),
    /// Why nothing was executed; there is no data then.
    Refused { errors: Vec<ServerError> },
}

impl Told {
    /// The answer, with what belongs to every error.
    pub(super) fn of(answer: Answer, visit: &Visit) -> Self {
        let answer = finished(answer, &visit.request_id);
        let refused = !answer.errors.is_empty() && answer.errors.iter().all(|error| error.path.is_empty());
        match refused && answer.data == Value::Null {
            true => Self::Refused { errors: answer.errors },
            false => Self::Ran(answer),
        }
    }

    /// As JSON.
    fn text(&self) -> Vec<u8> {
        match self {
            Self::Ran(answer) => schema::answer(answer),
            Self::Refused { errors } => serde_json::json!({ "errors": errors }).to_string().into_bytes(),
        }
    }

    /// Whether it is what came of the request, and no fault that may pass.
    pub(super) fn is_result(&self) -> bool {
        let internal = |error: &ServerError| {
            let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
            code == Some(&Value::from("INTERNAL"))
        };
        matches!(self, Self::Ran(answer) if !answer.errors.iter().any(internal))
    }
}

/// What is told of one document.
pub(super) fn told(headers: &HeaderMap, told: &Told) -> Response {
    let status = match told {
        Told::Refused { .. } => status_of_document(headers),
        Told::Ran(_) => StatusCode::OK,
    };
    write(headers, status, told.text())
}

/// What is told of a batch.
pub(super) fn all_told(headers: &HeaderMap, told: &[Told]) -> Response {
    let texts: Vec<_> = told.iter().map(Told::text).collect();
    write(headers, StatusCode::OK, [b"[".as_slice(), &texts.join(&b','), b"]"].concat())
}

/// What is told of a document that is not executed.
pub(super) fn refused(headers: &HeaderMap, status: StatusCode, errors: Vec<ServerError>) -> Response {
    write(headers, status, Told::Refused { errors }.text())
}

/// Whether a document was executed is told by the status of the newer type of answers alone.
fn status_of_document(headers: &HeaderMap) -> StatusCode {
    match AnswerType::accepted(headers) {
        Some(AnswerType::Newer) => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    }
}

/// The answer when nothing is executed.
pub(super) fn not_prepared(visit: &Visit, headers: &HeaderMap, refusal: Refusal) -> Response {
    let (status, wait) = match &refusal {
        Refusal::Document(_) => (status_of_document(headers), None),
        Refusal::Unknown(..) => (StatusCode::OK, None), // as its inventors do; clients send the text next
        Refusal::Http(status, _) => (*status, None),
        Refusal::Conflict(_) => (StatusCode::CONFLICT, None),
        Refusal::Hasty(_) => (StatusCode::TOO_MANY_REQUESTS, None),
        Refusal::Request(error) => match error {
            Error::SlowDown(seconds) => (StatusCode::TOO_MANY_REQUESTS, Some(*seconds)),
            Error::Unauthenticated => (StatusCode::UNAUTHORIZED, None),
            Error::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, None),
            _ => (StatusCode::BAD_REQUEST, None),
        },
    };
    let standing = match &refusal {
        Refusal::Hasty(standing) => Some(*standing),
        _ => None,
    };
    let Answer { errors, .. } = finished(refusal.into_response(), &visit.request_id);
    let mut response = refused(headers, status, errors);
    if let Some(standing) = standing {
        standing.write(response.headers_mut());
    }
    let about = match status {
        // No `Basic` challenge: a browser would open a window of its own over the explorer.
        StatusCode::UNAUTHORIZED => Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
        StatusCode::METHOD_NOT_ALLOWED => Some((header::ALLOW, HeaderValue::from_static("POST"))),
        _ => wait.map(|seconds| (header::RETRY_AFTER, seconds.into())),
    };
    response.headers_mut().extend(about);
    response
}

/// An answer in the type that the client likes best.
fn write(headers: &HeaderMap, status: StatusCode, body: Vec<u8>) -> Response {
    let kind = AnswerType::accepted(headers).unwrap_or(AnswerType::Json);
    (status, [(header::CONTENT_TYPE, kind.content_type())], body).into_response()
}
