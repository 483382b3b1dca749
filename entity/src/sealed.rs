//! Secrets that must be recoverable, as they lie in the database: encrypted.

use std::fmt;

use sea_orm::{
    ActiveValue, ColIdx, ColumnType, IntoActiveValue, QueryResult, TryGetError, TryGetable, Value,
    sea_query::{ArrayType, Nullable, StringLen, ValueType, ValueTypeErr},
};

/// A secret column: plain text on its way into a row, ciphertext once the row is written.
///
/// Every binary column is one of these, and the unit of work encrypts them all before it writes.
/// It has no GraphQL type and shows nothing in a log.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

const OPEN: u8 = 0;
const CLOSED: u8 = 1;

impl Sealed {
    /// A secret that the unit of work has still to encrypt.
    pub fn open(text: &str) -> Self {
        Self([&[OPEN], text.as_bytes()].concat())
    }

    /// A secret that is encrypted.
    pub fn closed(ciphertext: &[u8]) -> Self {
        Self([&[CLOSED], ciphertext].concat())
    }

    /// The plain text, while it is not encrypted yet.
    pub fn as_open(&self) -> Option<&str> {
        match self.0.split_first() {
            Some((&OPEN, text)) => std::str::from_utf8(text).ok(),
            _ => None,
        }
    }

    /// The ciphertext, once it is encrypted.
    pub fn as_closed(&self) -> Option<&[u8]> {
        match self.0.split_first() {
            Some((&CLOSED, ciphertext)) => Some(ciphertext),
            _ => None,
        }
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}
impl From<Sealed> for Value {
    fn from(sealed: Sealed) -> Self {
        Value::Bytes(Some(sealed.0))
    }
}
impl TryGetable for Sealed {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        Vec::<u8>::try_get_by(row, index).map(Self)
    }
}
impl ValueType for Sealed {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        <Vec<u8> as ValueType>::try_from(value).map(Self)
    }
    fn type_name() -> String {
        "Sealed".into()
    }
    fn array_type() -> ArrayType {
        ArrayType::Bytes
    }
    fn column_type() -> ColumnType {
        ColumnType::VarBinary(StringLen::None)
    }
}
impl Nullable for Sealed {
    fn null() -> Value {
        Value::Bytes(None)
    }
}
impl IntoActiveValue<Sealed> for Sealed {
    fn into_active_value(self) -> ActiveValue<Sealed> {
        ActiveValue::Set(self)
    }
}
