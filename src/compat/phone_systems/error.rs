//! What this API answers when it does not do what it was asked: the error catalogue.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use service::{Code, Error, Unrepeatable};

use super::{MEDIA_TYPE, given::Given, kind::Kind, store::Holder};
use crate::app::Unread;

/// One error object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: u16,
    code: &'static str,
    title: String,
    detail: String,
    pointer: Option<String>,
}

/// An answer of errors.
#[derive(Clone, Debug)]
pub struct Refusal {
    problems: Vec<Problem>,
    header: Option<(HeaderName, HeaderValue)>,
}

/// The result of anything this door does.
pub type Result<T> = std::result::Result<T, Refusal>;

/// What a validation error blames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blamed<'a> {
    /// `data.id`.
    Id,
    /// An attribute, by the name that was sent.
    Attribute(&'a str),
    /// A relationship.
    Relationship(&'a str),
    /// The record as a whole.
    Record,
}

/// The title of a missing value.
pub const BLANK: &str = "can't be blank";
/// The title of a relationship that leads nowhere.
pub const MUST_EXIST: &str = "must exist";
/// The title of a value that another record has.
pub const TAKEN: &str = "has already been taken";
/// The title of a word that is none of those allowed.
pub const NOT_INCLUDED: &str = "is not included in the list";
/// The title of a value of another form.
pub const INVALID: &str = "is invalid";

impl Problem {
    fn new(status: u16, code: &'static str, title: &str, detail: String) -> Self {
        Self { status, code, title: title.to_owned(), detail, pointer: None }
    }

    /// An error of a request that makes no sense, by its code.
    pub fn bad(code: &'static str, title: &str, detail: impl Into<String>) -> Self {
        Self::new(400, code, title, detail.into())
    }

    /// An error of validation.
    pub fn validation(blamed: Blamed<'_>, title: &str) -> Self {
        let (name, pointer) = match blamed {
            Blamed::Id => ("id", "/data/id".to_owned()),
            Blamed::Attribute(name) => (name, format!("/data/attributes/{name}")),
            Blamed::Relationship(name) => (name, format!("/data/relationships/{name}")),
            Blamed::Record => ("base", "/data".to_owned()),
        };
        let status = if blamed == Blamed::Id && title == TAKEN { 409 } else { 422 };
        let pointer = Some(pointer);
        Self { pointer, ..Self::new(status, "100", title, format!("{name} - {title}")) }
    }

    fn show(&self) -> Value {
        let mut error = json!({ "title": self.title, "detail": self.detail, "code": self.code });
        if let Some(pointer) = &self.pointer {
            error["source"] = json!({ "pointer": pointer });
        }
        error["status"] = self.status.to_string().into();
        error
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        vec![problem].into()
    }
}

impl From<Vec<Problem>> for Refusal {
    fn from(problems: Vec<Problem>) -> Self {
        Self { problems, header: None }
    }
}

impl Refusal {
    /// 404: there is no record with this id.
    pub fn no_record(id: &str) -> Self {
        let detail = format!("The record identified by {id} could not be found.");
        Problem::new(404, "404", "Record not found", detail).into()
    }

    /// 404: there is nothing at this path.
    pub fn no_path(path: &str) -> Self {
        Problem::new(404, "404", "Record not found", format!("There is nothing at {path}.")).into()
    }

    /// 405: the path has no such method.
    pub fn method_not_allowed(method: &str) -> Self {
        let detail = format!("The method {method} is not allowed here.");
        Problem::new(405, "405", "Method not allowed", detail).into()
    }

    /// 406: the client takes no such answer.
    pub fn not_acceptable(given: &str) -> Self {
        let detail = format!(
            "All requests must use the '{MEDIA_TYPE}' Accept without media type parameters. This request specified '{given}'."
        );
        Problem::new(406, "406", "Not acceptable", detail).into()
    }

    /// 413: the body is longer than the server reads; 408: it did not come in time.
    pub fn unread(why: Unread) -> Self {
        let (status, code, title, detail) = match why {
            Unread::TooLarge => {
                (413, "413", "Payload too large", "The body is larger than the server takes.")
            }
            Unread::Stalled => (408, "408", "Request timeout", "The body did not come in time."),
        };
        Problem::new(status, code, title, detail.into()).into()
    }

    /// 415: the body is of another type.
    pub fn unsupported_media_type(given: &str) -> Self {
        let detail = format!(
            "All requests that create or update must use the '{MEDIA_TYPE}' Content-Type without media type parameters. This request specified '{given}'."
        );
        Problem::new(415, "415", "Unsupported media type", detail).into()
    }

    /// 400: the body cannot be read.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Problem::bad("400", "Bad Request", detail).into()
    }

    /// 401: no log-in, or a wrong one.
    pub fn unauthenticated() -> Self {
        let detail = "The credentials are missing or wrong.".to_owned();
        Problem::new(401, "401", "Authentication failed", detail).into()
    }

    /// 403: this caller may not do this.
    pub fn forbidden() -> Self {
        let detail = "These credentials may not do this.".to_owned();
        Problem::new(403, "403", "Forbidden", detail).into()
    }

    /// The same with a header.
    pub fn with(mut self, name: HeaderName, value: impl Into<HeaderValue>) -> Self {
        self.header = Some((name, value.into()));
        self
    }

    /// The same in the order of the type's lists: the id, relationships, attributes, the record.
    fn in_order(mut self, kind: &Kind) -> Self {
        let relationships = kind.relationships.iter().map(|one| format!("/data/relationships/{}", one.name));
        let names = kind.attributes.iter().flat_map(|one| [Some(one.name), one.alias]).flatten();
        let attributes = names.map(|name| format!("/data/attributes/{name}"));
        let id = std::iter::once("/data/id".to_owned());
        let order: Vec<String> = id.chain(relationships).chain(attributes).collect();
        self.problems.sort_by_key(|problem| {
            let place = order.iter().position(|one| problem.pointer.as_ref() == Some(one));
            place.unwrap_or(order.len())
        });
        self
    }

    /// What is wrong.
    #[cfg(test)]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The common status; when they differ, the hundred of the highest.
    fn status(&self) -> StatusCode {
        let mut statuses = self.problems.iter().map(|problem| problem.status);
        let first = statuses.next().unwrap_or(500);
        let common = statuses.clone().all(|status| status == first);
        let status = if common { first } else { statuses.fold(first, u16::max) / 100 * 100 };
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Puts an earlier problem before those that a check finds.
pub fn behind<T>(earlier: Option<Problem>, checked: Result<T>) -> Result<T> {
    match (earlier, checked) {
        (None, checked) => checked,
        (Some(problem), Ok(_)) => Err(problem.into()),
        (Some(problem), Err(mut refusal)) => {
            refusal.problems.insert(0, problem);
            Err(refusal)
        }
    }
}

impl From<Unrepeatable> for Refusal {
    fn from(why: Unrepeatable) -> Self {
        let (status, code, title) = match why {
            Unrepeatable::Failed(error) => return error.into(),
            Unrepeatable::Malformed => (400, "400", "Bad Request"),
            Unrepeatable::OtherRequest => (422, "422", "Unprocessable Entity"),
            Unrepeatable::UnderWay | Unrepeatable::AnswerLost(_) => (409, "409", "Conflict"),
        };
        Problem::new(status, code, title, why.to_string()).into()
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(problems) => {
                let record =
                    |problem: &service::Problem| Problem::validation(Blamed::Record, &title(problem));
                problems.iter().map(record).collect::<Vec<_>>().into()
            }
            Error::BadRequest(detail) | Error::LimitExceeded(detail) => Self::bad_request(detail),
            Error::Unauthenticated => {
                let basic = HeaderValue::from_static("Basic realm=\"Application\"");
                Self::unauthenticated().with(header::WWW_AUTHENTICATE, basic)
            }
            Error::Forbidden(..) => Self::forbidden(),
            Error::SlowDown(seconds) => {
                let detail = format!("Too many failed log-ins; wait {seconds} seconds.");
                let problem = Problem::new(429, "429", "Too many requests", detail);
                Self::from(problem).with(header::RETRY_AFTER, seconds)
            }
            Error::Internal(cause) => {
                tracing::error!(door = super::DOOR, %cause, "a request failed");
                let detail = "The server could not answer.".to_owned();
                Problem::new(500, "500", "Internal Server Error", detail).into()
            }
        }
    }
}

/// Words what the domain says of a write; columns become the names that were sent.
pub fn translate(kind: &Kind, given: &Given, id: Option<&str>, error: Error) -> Refusal {
    let Error::Refused(problems) = error else { return error.into() };
    if problems.iter().any(|problem| problem.code == Code::Forbidden) {
        return Refusal::forbidden();
    }
    let is_gone =
        |problem: &service::Problem| problem.code == Code::NotFound && column(problem) == Some("id");
    if let Some(id) = id.filter(|_| problems.iter().any(is_gone)) {
        return Refusal::no_record(id);
    }
    let told = problems.iter().map(|problem| {
        // A foreign key failed: what the write leads to went away in between.
        if (problem.code, column(problem)) == (Code::InUse, None)
            && let Some(name) = given.first_link()
        {
            return Problem::validation(Blamed::Relationship(name), MUST_EXIST);
        }
        let holder = column(problem).and_then(|column| kind.store.holder(column));
        let blamed = match holder {
            Some(Holder::Id) => Blamed::Id,
            Some(Holder::Attribute(name)) => Blamed::Attribute(given.sent_as(name)),
            Some(Holder::Relationship(name)) => Blamed::Relationship(name),
            None => Blamed::Record,
        };
        Problem::validation(blamed, &title(problem))
    });
    Refusal { problems: told.collect(), header: None }.in_order(kind)
}

/// Adds to what this door found what the domain says of the rest.
pub fn joined(kind: &Kind, mut found: Vec<Problem>, said: Refusal) -> Refusal {
    let known = |problem: &Problem| found.iter().any(|one| one.pointer == problem.pointer);
    if said.problems.iter().any(|problem| problem.pointer.is_none()) {
        return said;
    }
    let more =
        said.problems.iter().filter(|problem| problem.pointer.as_deref() != Some("/data") && !known(problem));
    let more: Vec<Problem> = more.cloned().collect();
    found.extend(more);
    Refusal::from(found).in_order(kind)
}

fn column(problem: &service::Problem) -> Option<&str> {
    problem.field.as_ref()?.first().map(String::as_str)
}

/// A broken rule in the words of the contract.
fn title(problem: &service::Problem) -> String {
    let numbers = || problem.message.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    match problem.code {
        Code::Required => BLANK.into(),
        // A frozen customer gets no sessions.
        Code::Invalid | Code::Frozen => INVALID.into(),
        Code::NotFound => MUST_EXIST.into(),
        Code::Taken => TAKEN.into(),
        Code::TooLong => {
            format!("is too long (maximum is {} characters)", numbers().next_back().unwrap_or("255"))
        }
        Code::OutOfRange => match (problem.message.contains("at least"), numbers().next_back()) {
            (_, None) => INVALID.into(),
            (true, Some(least)) => format!("must be greater than or equal to {least}"),
            (false, Some(most)) => format!("must be less than or equal to {most}"),
        },
        Code::InUse | Code::LimitReached | Code::Conflict | Code::Unchanged | Code::Forbidden => {
            problem.message.clone()
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let errors: Vec<Value> = self.problems.iter().map(Problem::show).collect();
        let mut response = Response::new(Body::from(json!({ "errors": errors }).to_string()));
        *response.status_mut() = self.status();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::phone_systems::termination_routes;

    #[test]
    fn a_failed_foreign_key_blames_what_the_write_leads_to() {
        let failed = || Error::refused(Code::InUse, None, "other things still refer to it");
        let told =
            |given: Given| translate(termination_routes::kind(), &given, None, failed()).problems().to_vec();
        let must_exist = |name| vec![Problem::validation(Blamed::Relationship(name), MUST_EXIST)];
        assert_eq!(told(Given::one_link("customer", Some(1))), must_exist("customer"));
        assert_eq!(told(Given::one_link("gateway", Some(1))), must_exist("gateway"));
    }
}
