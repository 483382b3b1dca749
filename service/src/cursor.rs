//! Places in the log of changes.

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::{Error, Result};

/// A place in the log; one sequence for all subscriptions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor {
    pub(crate) transaction: i64,
    pub(crate) sequence: i64,
}

impl Cursor {
    pub(crate) fn at(transaction: i64, sequence: i64) -> Self {
        Self { transaction, sequence }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("change:{}:{}", self.transaction, self.sequence);
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(text))
    }
}
impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let read = || {
            let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
            let (transaction, sequence) = text.strip_prefix("change:")?.split_once(':')?;
            Some(Cursor { transaction: transaction.parse().ok()?, sequence: sequence.parse().ok()? })
        };
        read()
            .filter(|cursor| cursor.transaction >= 0 && cursor.sequence >= 0 && cursor.to_string() == text)
            .ok_or_else(never_a_cursor)
    }
}

pub(crate) fn never_a_cursor() -> Error {
    Error::BadRequest("`since` was never a cursor".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_text() {
        let cursor = Cursor { transaction: 7, sequence: 42 };
        assert_eq!(cursor.to_string().parse::<Cursor>().ok(), Some(cursor));
        for text in ["", "42", "Y2hhbmdl", "Y2hhbmdlOjE6LTI"] {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
    }
}
