//! What a client asks for, however it is sent.

use std::collections::HashMap;

use async_graphql::Variables;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;
use service::Error;

/// One request for a document to be run.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asked {
    /// The document.
    pub(super) query: Option<String>,
    /// Which of its operations.
    pub(super) operation_name: Option<String>,
    /// The values of its variables.
    #[serde(default)]
    pub(super) variables: Variables,
    /// What is said beside it.
    pub(super) extensions: Option<serde_json::Map<String, Value>>,
    /// Which document of the list; Relay has two names for it.
    #[serde(alias = "doc_id", alias = "id")]
    pub(super) document_id: Option<String>,
    /// A list is no object, and only with this does serde mind.
    #[serde(flatten)]
    _more: HashMap<String, IgnoredAny>,
}

impl Asked {
    /// Reads a query string.
    ///
    /// # Errors
    /// BadRequest when a part of it is not of its form.
    pub(super) fn of_query_string(text: &str) -> Result<Self, Error> {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            let wrong =
                |why: serde_json::Error| Error::BadRequest(format!("`{name}` is not an object: {why}"));
            match &*name {
                "query" => asked.query = Some(value.into_owned()),
                "operationName" => asked.operation_name = Some(value.into_owned()),
                "variables" => asked.variables = serde_json::from_str(&value).map_err(wrong)?,
                "extensions" => asked.extensions = serde_json::from_str(&value).map_err(wrong)?,
                "documentId" | "doc_id" | "id" => asked.document_id = Some(value.into_owned()),
                _ => {}
            }
        }
        Ok(asked)
    }

    /// Which operation is meant; an empty name is as good as none.
    pub(super) fn operation_name(&self) -> Option<&str> {
        self.operation_name.as_deref().filter(|name| !name.is_empty())
    }

    /// Whether the answer is to say what it cost.
    pub(super) fn wants_cost(&self) -> bool {
        let said = self.extensions.as_ref().and_then(|extensions| extensions.get("cost"));
        said.is_some_and(|cost| *cost == Value::Bool(true))
    }

    /// The hash that an automatic persisted query has, as its bytes.
    ///
    /// # Errors
    /// Unsupported for another version, BadRequest for what is no hash.
    pub(super) fn hash(&self) -> Result<Option<[u8; 32]>, NoHash> {
        let persisted = self.extensions.as_ref().and_then(|extensions| extensions.get("persistedQuery"));
        let Some(persisted) = persisted.filter(|persisted| !persisted.is_null()) else { return Ok(None) };
        if persisted.get("version") != Some(&Value::from(1)) {
            return Err(NoHash::Unsupported);
        }
        let hash = persisted.get("sha256Hash").and_then(Value::as_str).unwrap_or_default();
        of_hexadecimal(hash).map(Some).ok_or(NoHash::Crooked)
    }
}

/// What one HTTP request holds.
pub(super) enum Sent {
    /// One request.
    One(Box<Asked>),
    /// A list of them, to be answered by a list.
    Batch(Vec<Asked>),
}

impl Sent {
    /// Reads a body.
    ///
    /// # Errors
    /// LimitExceeded for more requests than a batch may have, BadRequest for what is not of its form.
    pub(super) fn read(bytes: &[u8], batch: usize) -> Result<Self, Error> {
        let wrong = |why: serde_json::Error| Error::BadRequest(format!("not a GraphQL request: {why}"));
        if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'[') {
            return Ok(Self::One(serde_json::from_slice(bytes).map_err(wrong)?));
        }
        // Counted first, because a list of empty objects is many times larger than its text.
        match serde_json::from_slice::<Vec<IgnoredAny>>(bytes).map_err(wrong)?.len() {
            0 => Err(Error::BadRequest("a batch has at least one request".to_owned())),
            number if number > batch => {
                Err(Error::LimitExceeded(format!("a batch has at most {batch} requests")))
            }
            _ => Ok(Self::Batch(serde_json::from_slice(bytes).map_err(wrong)?)),
        }
    }
}

/// Why the hash of an automatic persisted query cannot be used.
pub(super) enum NoHash {
    /// It is of another version than the first.
    Unsupported,
    /// It is not 64 hexadecimal digits.
    Crooked,
}

/// The bytes that 64 hexadecimal digits stand for.
pub(super) fn of_hexadecimal(digits: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
