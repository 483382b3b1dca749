//! Places in a list, as cursors tell them.

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value as Json;

use crate::{Error, Result};

/// A place in a list: by what it is sorted, then the sort values of a row, its id last.
#[derive(Clone, Debug, PartialEq)]
pub struct Place(pub(crate) Vec<Json>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_string(&self.0).map_err(|_| fmt::Error)?))
    }
}
impl FromStr for Place {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let values =
            BASE64_URL_SAFE_NO_PAD.decode(text).ok().and_then(|json| serde_json::from_slice(&json).ok());
        values.map(Self).ok_or_else(|| Error::BadRequest("not a cursor of this list".into()))
    }
}
