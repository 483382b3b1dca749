//! What GraphQL answers, as a test looks at it.

use std::ops::Index;

use serde_json::Value;

/// What GraphQL answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub json: Value,
}

impl Answer {
    /// The data of an answer without errors.
    #[track_caller]
    pub fn data(&self) -> &Value {
        assert!(self.errors().is_empty(), "{}", self.json);
        &self.json["data"]
    }

    /// The errors that are nobody's rule.
    pub fn errors(&self) -> &[Value] {
        self.json["errors"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The rules that the inputs break.
    pub fn user_errors(&self) -> Vec<&Value> {
        let fields = self.json["data"].as_object().into_iter().flat_map(|data| data.values());
        fields.flat_map(|payload| payload["userErrors"].as_array().into_iter().flatten()).collect()
    }

    /// The code of the first error of either sort.
    pub fn code(&self) -> Option<&str> {
        let first = self.errors().first().map(|error| &error["extensions"]["code"]);
        first.or_else(|| self.user_errors().first().map(|error| &error["code"]))?.as_str()
    }

    /// The path of the field that the first broken rule blames, joined by dots.
    pub fn blamed(&self) -> Option<String> {
        let path = self.user_errors().first()?["field"].as_array()?.clone();
        Some(path.iter().map(|step| step.as_str().unwrap_or("?")).collect::<Vec<_>>().join("."))
    }

    /// What is left of the data of a request that went well: its first root field.
    #[track_caller]
    pub fn ok(&self) -> &Value {
        assert!(self.user_errors().is_empty(), "{}", self.json);
        self.data().as_object().and_then(|data| data.values().next()).expect("a root field")
    }
}

impl Index<&str> for Answer {
    type Output = Value;

    #[track_caller]
    fn index(&self, field: &str) -> &Value {
        &self.data()[field]
    }
}
