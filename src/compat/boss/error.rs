//! What this API answers when it does not do what it was asked: a status, its words and a small body.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use hyper::ext::ReasonPhrase;
use serde::Serialize;
use service::{Code, Error, Problem, Unrepeatable};
use utoipa::ToSchema;

use super::body::Answer;
use crate::app::Unread;

/// A status with the words of the contract, which also stand in the status line.
#[derive(Clone, Debug)]
pub struct Refusal {
    status: StatusCode,
    reason: &'static str,
    problems: Vec<Problem>,
    wait: Option<u64>,
}

/// The result of a call of this API.
pub type Result<T> = std::result::Result<T, Refusal>;

/// 400: the body breaks a rule.
pub const BAD_REQUEST: Refusal = Refusal::of(StatusCode::BAD_REQUEST, "Bad Request");
/// 400: the domain has all the users that it may have.
pub const ACCOUNTS_LIMIT: Refusal = Refusal::of(StatusCode::BAD_REQUEST, "Accounts Limit Exceeded");
/// 401: no credentials, or wrong ones.
pub const UNAUTHORIZED: Refusal = Refusal::of(StatusCode::UNAUTHORIZED, "Unauthorized");
/// 403: the caller is no operator, or one that may only read.
pub const FORBIDDEN: Refusal = Refusal::of(StatusCode::FORBIDDEN, "Forbidden");
/// 403: nobody logs in to a frozen domain.
pub const DOMAIN_FROZEN: Refusal = Refusal::of(StatusCode::FORBIDDEN, "Domain Frozen");
/// 403: freezing changes nothing.
pub const DOMAIN_ALREADY_FROZEN: Refusal = Refusal::of(StatusCode::FORBIDDEN, "Domain Already Frozen");
/// 403: unfreezing changes nothing.
pub const DOMAIN_ALREADY_UNFROZEN: Refusal = Refusal::of(StatusCode::FORBIDDEN, "Domain Already Unfrozen");
/// 403: disabling changes nothing.
pub const TELNUM_ALREADY_DISABLED: Refusal = Refusal::of(StatusCode::FORBIDDEN, "Telnum Already Disabled");
/// 403: enabling changes nothing.
pub const TELNUM_ALREADY_ENABLED: Refusal = Refusal::of(StatusCode::FORBIDDEN, "Telnum Already Enabled");
/// 404: no such path.
pub const NOT_FOUND: Refusal = Refusal::of(StatusCode::NOT_FOUND, "Not Found");
/// 404: no such domain.
pub const DOMAIN_NOT_FOUND: Refusal = Refusal::of(StatusCode::NOT_FOUND, "Domain Not Found");
/// 404: no such user in the domain.
pub const USER_NOT_FOUND: Refusal = Refusal::of(StatusCode::NOT_FOUND, "User Not Found");
/// 404: no such number, or not in the domain.
pub const TELNUM_NOT_FOUND: Refusal = Refusal::of(StatusCode::NOT_FOUND, "Telnum Not Found");
/// 405: the path is there, but not for this method.
pub const METHOD_NOT_ALLOWED: Refusal = Refusal::of(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
/// 406: the password is too weak.
pub const NOT_ACCEPTABLE: Refusal = Refusal::of(StatusCode::NOT_ACCEPTABLE, "Not Acceptable");
/// 409: the domain is there already.
pub const DOMAIN_ALREADY_EXISTS: Refusal = Refusal::of(StatusCode::CONFLICT, "Domain Already Exists");
/// 409: the login is taken in the domain.
pub const USER_ALREADY_EXISTS: Refusal = Refusal::of(StatusCode::CONFLICT, "User Already Exists");
/// 409: the number is there already.
pub const TELNUM_ALREADY_EXISTS: Refusal = Refusal::of(StatusCode::CONFLICT, "Telnum Already Exists");
/// 408: the body did not come in time.
pub const REQUEST_TIMEOUT: Refusal = Refusal::of(StatusCode::REQUEST_TIMEOUT, "Request Timeout");
/// 409: a request with the same `Idempotency-Key` has no answer.
pub const CONFLICT: Refusal = Refusal::of(StatusCode::CONFLICT, "Conflict");
/// 422: the `Idempotency-Key` came with another request.
pub const UNPROCESSABLE_ENTITY: Refusal =
    Refusal::of(StatusCode::UNPROCESSABLE_ENTITY, "Unprocessable Entity");
/// 413: the body is larger than the server takes.
pub const PAYLOAD_TOO_LARGE: Refusal = Refusal::of(StatusCode::PAYLOAD_TOO_LARGE, "Payload Too Large");
/// 429: too many failed log-ins.
pub const TOO_MANY_REQUESTS: Refusal = Refusal::of(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
/// 500: a fault of ours.
pub const INTERNAL: Refusal = Refusal::of(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");

impl Refusal {
    const fn of(status: StatusCode, reason: &'static str) -> Self {
        Self { status, reason, problems: Vec::new(), wait: None }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The words of the status line.
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// The same refusal with what is wrong, and the key to blame if there is one.
    pub fn because(mut self, key: Option<&str>, message: impl Into<String>) -> Self {
        let field = key.map(|key| vec![key.to_owned()]);
        self.problems.push(Problem { code: Code::Invalid, field, message: message.into() });
        self
    }
}

impl From<Unread> for Refusal {
    fn from(why: Unread) -> Self {
        match why {
            Unread::TooLarge => PAYLOAD_TOO_LARGE,
            Unread::Stalled => REQUEST_TIMEOUT,
        }
    }
}

impl From<Unrepeatable> for Refusal {
    fn from(why: Unrepeatable) -> Self {
        let refusal = match why {
            Unrepeatable::Failed(error) => return error.into(),
            Unrepeatable::Malformed => BAD_REQUEST,
            Unrepeatable::OtherRequest => UNPROCESSABLE_ENTITY,
            Unrepeatable::UnderWay | Unrepeatable::AnswerLost(_) => CONFLICT,
        };
        refusal.because(None, why.to_string())
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(problems) => Self { problems, ..BAD_REQUEST },
            Error::BadRequest(_) | Error::LimitExceeded(_) => BAD_REQUEST,
            Error::Forbidden(..) => FORBIDDEN,
            Error::Unauthenticated => UNAUTHORIZED,
            Error::SlowDown(seconds) => Self { wait: Some(seconds), ..TOO_MANY_REQUESTS },
            Error::Internal(cause) => {
                tracing::error!(door = super::DOOR, %cause, "a request failed");
                INTERNAL
            }
        }
    }
}

/// Words broken rules as the contract does, each by its kind and the column to blame; what is not
/// listed is worded as usual.
pub fn worded<const N: usize>(cases: [(Code, &'static str, Refusal); N]) -> impl FnOnce(Error) -> Refusal {
    move |error| {
        let Error::Refused(problems) = &error else { return error.into() };
        let is = |code: Code, column: &str| {
            let blamed = |path: &Option<Vec<String>>| path.as_deref().is_none_or(|path| path == [column]);
            problems.iter().any(|problem| problem.code == code && blamed(&problem.field))
        };
        match cases.into_iter().find(|(code, column, _)| is(*code, column)) {
            Some((_, _, refusal)) => refusal,
            None => error.into(),
        }
    }
}

/// The row that the path named is gone since it was found.
pub fn gone(refusal: Refusal) -> impl FnOnce(Error) -> Refusal {
    worded([(Code::NotFound, "id", refusal)])
}

/// The body of an error.
#[derive(Debug, Serialize, ToSchema)]
pub struct Complaint {
    /// The words of the status line.
    #[schema(example = "Domain Not Found")]
    message: &'static str,
    /// What is wrong with the body, if that is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    detail: Vec<Detail>,
}

/// One thing that is wrong with a body.
#[derive(Debug, Serialize, ToSchema)]
pub struct Detail {
    /// The key to blame, if there is one.
    #[schema(example = "extDigits")]
    field: Option<String>,
    /// What to do about it.
    #[schema(example = "must be 2 to 5")]
    message: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let detail = |problem: Problem| Detail {
            field: problem.field.map(|path| word(&path)),
            message: problem.message,
        };
        let detail = self.problems.into_iter().map(detail).collect();
        let mut response = (self.status, Answer(Complaint { message: self.reason, detail })).into_response();
        response.extensions_mut().insert(ReasonPhrase::from_static(self.reason.as_bytes()));
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"boss\""));
        }
        if let Some(seconds) = self.wait {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// The columns that this API names otherwise than in camel case.
const WORDS: &[(&str, &str)] = &[
    ("access_url", "accessURL"),
    ("max_lines_incoming", "maxLines"),
    ("max_lines_outgoing", "maxLines"),
    ("dial_plan_id", "dialplan"),
    ("route_id", "route"),
    ("frozen", "isFrozen"),
    ("record_expiration_days", "record.expiration_days"),
    ("record_send_link_to", "record.sendLinkTo"),
    ("local_gateway_limit", "local_gw.limit"),
    ("name", "realName"),
    ("number", "extension"),
    ("mobile_delay", "mobileRule.delay"),
    ("gateway_ids", "gateways"),
    ("tenant_id", "allocatedTo"),
    ("sip_password", "SIPPassword"),
];

/// A column's path as a key of this API.
fn word(path: &[String]) -> String {
    let key = |column: &String| match WORDS.iter().find(|(ours, _)| ours == column) {
        Some((_, theirs)) => (*theirs).to_owned(),
        None => camel_case(column),
    };
    path.iter().map(key).collect::<Vec<_>>().join(".")
}

fn camel_case(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let mut letters = part.chars();
        let head = letters.next().map(|letter| letter.to_ascii_uppercase());
        text + &head.into_iter().chain(letters).collect::<String>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_in_the_words_of_this_api() {
        let told = |path: &[&str]| word(&path.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>());
        assert_eq!(told(&["access_url"]), "accessURL");
        assert_eq!(told(&["accounts_limit"]), "accountsLimit");
        assert_eq!(told(&["gateway_ids", "2"]), "gateways.2");
    }
}
