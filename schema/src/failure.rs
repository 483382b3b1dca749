//! How the domain's refusals look in GraphQL.

use async_graphql::{ErrorExtensions, Response, ServerError, SimpleObject};
use service::{Code, Error};

/// A refusal that the caller cannot mend by another input.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) Error);

impl From<Failure> for async_graphql::Error {
    fn from(Failure(error): Failure) -> Self {
        let code = code_of(&error);
        let message = match &error {
            Error::Internal(cause) => {
                tracing::error!(%cause, "a request failed");
                "internal error".to_owned()
            }
            Error::Refused(problems) => {
                let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
                messages.join("; ")
            }
            other => other.to_string(),
        };
        async_graphql::Error::new(message).extend_with(|_, extensions| extensions.set("code", code))
    }
}

/// The word in `extensions.code`.
pub fn code_of(error: &Error) -> &'static str {
    match error {
        Error::Refused(_) | Error::BadRequest(_) => "BAD_REQUEST",
        Error::Forbidden(..) => "FORBIDDEN",
        Error::Unauthenticated => "UNAUTHENTICATED",
        Error::SlowDown(_) | Error::LimitExceeded(_) => "LIMIT_EXCEEDED",
        Error::Internal(_) => "INTERNAL",
    }
}

/// An answer that holds nothing but this error.
pub fn failure_response(error: Error) -> Response {
    let failure: async_graphql::Error = Failure(error).into();
    let mut said = ServerError::new(failure.message, None);
    said.extensions = failure.extensions;
    Response::from_errors(vec![said])
}

/// A rule that the input breaks.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct UserError {
    /// Which kind of rule.
    code: Code,
    /// The path of the field to blame, counted from the input; null when no field is to blame.
    field: Option<Vec<String>>,
    /// What to do about it.
    message: String,
}

/// What a mutation answers: the result, or the rules that the input breaks.
pub(crate) fn outcome<T>(result: service::Result<T>) -> crate::Result<(Option<T>, Vec<UserError>)> {
    let error = |code, field, message| UserError { code, field, message };
    match result {
        Ok(value) => Ok((Some(value), Vec::new())),
        Err(Error::Refused(problems)) => {
            let path = |names: Vec<String>| names.iter().map(|name| camel(name)).collect();
            let errors = problems.into_iter().map(|one| error(one.code, one.field.map(path), one.message));
            Ok((None, errors.collect()))
        }
        Err(refusal @ Error::Forbidden(..)) => {
            Ok((None, vec![error(Code::Forbidden, None, refusal.to_string())]))
        }
        Err(other) => Err(Failure(other).into()),
    }
}

/// A column's name as GraphQL writes it.
pub(crate) fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut text = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        text.push_str(letters.as_str());
    }
    text
}
