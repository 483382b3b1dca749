//! What can go wrong, in a closed set of kinds; each door words them in its own dialect.

use std::sync::Arc;

use entity::Kind;
use sea_orm::{DbErr, SqlErr};

use crate::Action;

/// The result of anything the domain does.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something was not done; nothing was written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The request breaks rules that the caller can mend.
    #[error("refused: {0:?}")]
    Refused(Vec<Problem>),
    /// The caller may not do this to any row of the kind.
    #[error("not allowed to {} a {}", .1.word(), .0.word())]
    Forbidden(Kind, Action),
    /// Nobody is logged in, or what was sent does not log anybody in.
    #[error("log in first")]
    Unauthenticated,
    /// Too many failed log-ins; the number is the seconds to wait.
    #[error("too many failed log-ins, wait {0} seconds")]
    SlowDown(u64),
    /// The request makes no sense, whoever asks.
    #[error("{0}")]
    BadRequest(String),
    /// The request asks for more than one may ask for.
    #[error("{0}")]
    LimitExceeded(String),
    /// A fault of ours; callers learn nothing of it.
    #[error("internal error: {0}")]
    Internal(Arc<dyn std::error::Error + Send + Sync>),
}

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which kind of rule.
    pub code: Code,
    /// The path of the field to blame in column names, such as `["rules", "2", "pattern"]`.
    pub field: Option<Vec<String>>,
    /// What to do about it.
    pub message: String,
}

/// What a caller can mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "UserErrorCode")]
pub enum Code {
    /// A value is missing.
    Required,
    /// A value is not of the form that it must have.
    Invalid,
    /// A text is longer than it may be.
    TooLong,
    /// A number is smaller or larger than it may be.
    OutOfRange,
    /// Another row has this value already.
    Taken,
    /// There is no such row, or the caller may not see it.
    NotFound,
    /// Other rows still refer to this one.
    InUse,
    /// A limit of the tenant is reached.
    LimitReached,
    /// Somebody else wrote in between, or an `Idempotency-Key` came with another request.
    Conflict,
    /// The tenant is frozen.
    Frozen,
    /// It is in that state already.
    Unchanged,
    /// The caller may not do this.
    Forbidden,
}

impl Error {
    /// One broken rule; `field` is a column's name.
    pub fn refused(code: Code, field: Option<&str>, message: impl Into<String>) -> Self {
        let field = field.map(|name| vec![name.to_owned()]);
        Self::Refused(vec![Problem { code, field, message: message.into() }])
    }

    /// There is no such row, or the caller may not see it.
    pub fn not_found(field: &str) -> Self {
        Self::refused(Code::NotFound, Some(field), "there is no such thing")
    }

    /// A fault of ours.
    pub fn internal(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Arc::new(cause))
    }

    /// A fault of ours that no library reported.
    pub fn broken(what: &str) -> Self {
        Self::Internal(Arc::from(Box::<dyn std::error::Error + Send + Sync>::from(what)))
    }

    /// Whether a broken rule of this kind is among the reasons.
    pub fn has(&self, code: Code) -> bool {
        matches!(self, Self::Refused(problems) if problems.iter().any(|problem| problem.code == code))
    }
}

impl From<DbErr> for Error {
    fn from(failure: DbErr) -> Self {
        match failure.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(said)) => {
                Self::refused(Code::Taken, last_column(&said), "another one has this value")
            }
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
                Self::refused(Code::InUse, None, "other things still refer to it")
            }
            _ if failure.to_string().contains("deadlock detected") => {
                Self::refused(Code::Conflict, None, "somebody else wrote at the same time, try again")
            }
            // A text to look for; those to store are refused before.
            _ if failure.to_string().contains("invalid byte sequence") => {
                Self::BadRequest("a text has the character NUL".to_owned())
            }
            _ => Self::internal(failure),
        }
    }
}

/// The last column of a unique index: SQLite names `table.column, table.column`, PostgreSQL the
/// index `table__column__column`.
fn last_column(said: &str) -> Option<&str> {
    let quoted = said.split('"').rfind(|part| part.contains("__"));
    match quoted {
        Some(index) => index.rsplit("__").next(),
        None if said.contains("__") => said.trim().rsplit("__").next(),
        None => said.rsplit('.').next().map(str::trim),
    }
}

/// Broken rules, collected so that a caller hears of all of them at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Notes a broken rule unless `holds`.
    pub fn unless(&mut self, holds: bool, column: impl sea_orm::IdenStatic, message: &str) {
        self.note(holds, Code::Invalid, column, message);
    }

    /// Notes a rule of this kind unless it `holds`.
    pub fn note(&mut self, holds: bool, code: Code, column: impl sea_orm::IdenStatic, message: &str) {
        if !holds {
            self.push(code, vec![column.as_str().to_owned()], message);
        }
    }

    /// Notes a text that is longer than `max` characters.
    pub fn at_most(&mut self, text: &str, max: usize, column: impl sea_orm::IdenStatic) {
        if text.chars().count() > max {
            self.note(false, Code::TooLong, column, &format!("use at most {max} characters"));
        }
    }

    /// Notes a text that is empty, blank or longer than `max` characters.
    pub fn filled(&mut self, text: &str, max: usize, column: impl sea_orm::IdenStatic) {
        self.note(!text.trim().is_empty(), Code::Required, column, "must not be empty");
        self.at_most(text, max, column);
    }

    /// Notes a number outside the range.
    pub fn within(
        &mut self,
        number: i32,
        range: std::ops::RangeInclusive<i32>,
        column: impl sea_orm::IdenStatic,
    ) {
        if !range.contains(&number) {
            let message = match *range.end() {
                i32::MAX => format!("must be at least {}", range.start()),
                end => format!("must be {} to {end}", range.start()),
            };
            self.note(false, Code::OutOfRange, column, &message);
        }
    }

    /// Notes a broken rule at a path.
    pub fn push(&mut self, code: Code, field: Vec<String>, message: &str) {
        self.0.push(Problem { code, field: Some(field), message: message.to_owned() });
    }

    /// Refuses if anything was noted.
    pub fn result(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Refused(self.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::last_column;

    #[test]
    fn both_databases_name_the_column_to_blame() {
        assert_eq!(last_column("UNIQUE constraint failed: user.tenant_id, user.login"), Some("login"));
        assert_eq!(last_column("UNIQUE constraint failed: tenant.domain"), Some("domain"));
        let postgres = "duplicate key value violates unique constraint \"user__tenant_id__login\"";
        assert_eq!(last_column(postgres), Some("login"));
        assert_eq!(last_column("tenant__domain"), Some("domain"));
    }
}
