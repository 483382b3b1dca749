//! The part of the configuration that bounds what one request may ask for.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

/// What one request may ask for.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The body, in bytes.
    #[serde(deserialize_with = "whole")]
    pub body_bytes: usize,
    /// Words, marks and values in a GraphQL document.
    #[serde(deserialize_with = "whole")]
    pub tokens: usize,
    /// How deep a GraphQL selection goes.
    #[serde(deserialize_with = "whole")]
    pub depth: usize,
    /// Aliases in a GraphQL document.
    #[serde(deserialize_with = "whole")]
    pub aliases: usize,
    /// Root fields of a GraphQL operation.
    #[serde(deserialize_with = "whole")]
    pub root_fields: usize,
    /// Directives in a GraphQL document.
    #[serde(deserialize_with = "whole")]
    pub directives: usize,
    /// Fields that a GraphQL answer may have, with as many rows in each list as are asked for.
    #[serde(deserialize_with = "whole")]
    pub complexity: u64,
    /// Requests in one batch.
    #[serde(deserialize_with = "whole")]
    pub batch: usize,
    /// One file that is sent beside a request, in bytes.
    #[serde(deserialize_with = "whole")]
    pub upload_bytes: usize,
    /// The files that are sent beside a request.
    #[serde(deserialize_with = "whole")]
    pub upload_files: usize,
    /// All files that are sent beside a request, in bytes.
    #[serde(deserialize_with = "whole")]
    pub upload_total_bytes: usize,
    /// Operations at a time on one WebSocket or event stream.
    #[serde(deserialize_with = "whole")]
    pub operations: usize,
    /// How long the client of a WebSocket may take to say who it is, and that of a reserved event stream
    /// to open it, in seconds.
    #[serde(deserialize_with = "seconds")]
    pub init_seconds: u64,
    /// How often a WebSocket or event stream is asked or told that it is alive, in seconds.
    #[serde(deserialize_with = "seconds")]
    pub ping_seconds: u64,
    /// How long a query or mutation may take, in seconds.
    #[serde(deserialize_with = "whole")]
    pub seconds: u64,
}

/// A number of the kind that counts, or its digits: neither a truth value nor a fraction.
pub(super) fn whole<'de, D: Deserializer<'de>, T: TryFrom<u64>>(value: D) -> Result<T, D::Error> {
    struct Whole;
    impl de::Visitor<'_> for Whole {
        type Value = u64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number that is not negative")
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<u64, E> {
            Ok(number)
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<u64, E> {
            number.try_into().map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
            text.trim().parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
        }
    }
    let number = value.deserialize_any(Whole)?;
    number
        .try_into()
        .map_err(|_| de::Error::invalid_value(de::Unexpected::Unsigned(number), &"a smaller number"))
}

/// A number of seconds that is neither nothing nor more than a day.
fn seconds<'de, D: Deserializer<'de>>(value: D) -> Result<u64, D::Error> {
    let number = whole(value)?;
    let problem = || de::Error::invalid_value(de::Unexpected::Unsigned(number), &"1 to 86400 seconds");
    if (1..=86_400).contains(&number) { Ok(number) } else { Err(problem()) }
}
