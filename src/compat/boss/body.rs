//! Reading and writing JSON as this API wants it.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error as _, IntoDeserializer},
};
use serde_json::{Map, Value};

use super::error::{BAD_REQUEST, INTERNAL, Refusal, Result};

/// The body of a request: an object.
pub struct Sent(Map<String, Value>);

impl Sent {
    /// Reads a body; none is `{}`, and anything but an object is refused.
    pub fn read(body: &[u8]) -> Result<Self> {
        let object: Map<String, Value> = match body {
            [] => Map::new(),
            body => {
                serde_json::from_slice(body).map_err(|wrong| BAD_REQUEST.because(None, wrong.to_string()))?
            }
        };
        Ok(Self(object.into_iter().map(|(key, value)| (key, whole(value))).collect()))
    }

    /// The keys that `T` knows; others are ignored.
    pub fn take<T: DeserializeOwned>(&self) -> Result<T> {
        T::deserialize(&self.0).map_err(|_| self.blame::<T>())
    }

    /// Names the first key that alone is too much for `T`, whose keys may all be absent. What serde
    /// says is not shown, because it repeats the value, which may be a password.
    fn blame<T: DeserializeOwned>(&self) -> Refusal {
        let alone = |(key, value): (&String, &Value)| Map::from_iter([(key.clone(), value.clone())]);
        let wrong = self.0.iter().find(|pair| T::deserialize(&alone(*pair)).is_err());
        BAD_REQUEST.because(wrong.map(|(key, _)| key.as_str()), "is not of the form that it must have")
    }
}

/// Writes whole numbers without a fraction: to JSON `3.0` and `3` are the same number.
fn whole(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 1e15);
            match float {
                #[expect(clippy::cast_possible_truncation, reason = "it is whole and within the bounds")]
                Some(float) if number.is_f64() => Value::from(float as i64),
                _ => Value::Number(number),
            }
        }
        Value::Array(items) => items.into_iter().map(whole).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, whole(value))).collect(),
        other => other,
    }
}

/// An object inside the body; serde alone would read a list as a struct too.
#[derive(Clone, Debug, Default)]
pub struct Object<T>(pub T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> std::result::Result<Self, D::Error> {
        let object = Map::deserialize(json)?;
        T::deserialize(object).map(Self).map_err(D::Error::custom)
    }
}

/// A word of a closed set; serde alone would read `{"word": null}` as one too.
#[derive(Clone, Copy, Debug)]
pub struct Word<T>(pub T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> std::result::Result<Self, D::Error> {
        let word = String::deserialize(json)?;
        T::deserialize(word.into_deserializer()).map(Self)
    }
}

/// The body of an answer.
pub struct Answer<T>(pub T);

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(json) => {
                let json_type = HeaderValue::from_static("application/json; charset=utf-8");
                ([(header::CONTENT_TYPE, json_type)], json).into_response()
            }
            Err(cause) => {
                tracing::error!(door = super::DOOR, %cause, "an answer cannot be written");
                INTERNAL.into_response()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use service::Patch;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Inner {
        on: Patch<bool>,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Colour {
        Red,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Body {
        number: Patch<i32>,
        text: Patch<Option<String>>,
        inner: Patch<Object<Inner>>,
        colour: Patch<Word<Colour>>,
    }

    fn read(text: impl AsRef<[u8]>) -> Option<Body> {
        Sent::read(text.as_ref()).and_then(|sent| sent.take()).ok()
    }

    #[test]
    fn absent_null_and_a_value_are_three_things() {
        assert_eq!(read("").unwrap().text, Patch::Keep);
        assert_eq!(read("{}").unwrap().text, Patch::Keep);
        assert_eq!(read(r#"{"text": null}"#).unwrap().text, Patch::Set(None));
        assert_eq!(read(r#"{"text": ""}"#).unwrap().text, Patch::Set(Some(String::new())));
        let body = read(r#"{"inner": {"on": true}, "colour": "red", "unknown": [1]}"#).unwrap();
        assert_eq!(body.inner.into_set().unwrap().0.on, Patch::Set(true));
        assert_eq!(body.colour.into_set().unwrap().0, Colour::Red);
        assert_eq!(body.number, Patch::Keep);
    }

    #[test]
    fn what_is_no_such_object_is_refused() {
        let deep = format!(r#"{{"unknown": {}{}}}"#, "[".repeat(5000), "]".repeat(5000));
        for wrong in [
            "null",
            "[]",
            "[1]",
            "\"text\"",
            "3",
            "true",
            "{",
            "{}{}",
            r#"{"number": 3.5}"#,
            r#"{"number": "3"}"#,
            r#"{"number": 1e400}"#,
            r#"{"number": 99999999999}"#,
            r#"{"number": null}"#,
            r#"{"text": 3}"#,
            r#"{"inner": [true]}"#,
            r#"{"inner": null}"#,
            r#"{"inner": {"on": 1}}"#,
            r#"{"colour": {"red": null}}"#,
            r#"{"colour": "blue"}"#,
            r#"{"text": "\ud800"}"#,
            deep.as_str(),
        ] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
        assert!(read(b"{\"text\": \"\xff\"}").is_none());
    }
}
