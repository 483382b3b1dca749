//! Typed row numbers, so that the id of one resource cannot stand for another.

use std::{borrow::Cow, fmt, hash, marker::PhantomData, str::FromStr};

use async_graphql::{
    ContextSelectionSet, InputType, InputValueError, InputValueResult, OutputType, Positioned, ServerResult,
    parser::types::Field, registry::Registry,
};
use sea_orm::{
    ActiveValue, ColIdx, ColumnType, DbErr, IntoActiveValue, QueryResult, TryFromU64, TryGetError,
    TryGetable, Value,
    sea_query::{ArrayType, Nullable, ValueType, ValueTypeErr},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Resource;

/// The primary key of a row of `E`, shown in GraphQL as the opaque `ID` `<kind>_<number>`.
pub struct Id<E>(i64, PhantomData<fn() -> E>);

impl<E> Id<E> {
    /// The id with this number, whether a row has it or not.
    pub const fn new(number: i64) -> Self {
        Self(number, PhantomData)
    }

    /// The number alone, as the database and the legacy APIs know it.
    pub const fn number(self) -> i64 {
        self.0
    }
}

// By hand, because derives would ask the same of `E`.
impl<E> Clone for Id<E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E> Copy for Id<E> {}
/// The number 0, which no row has.
impl<E> Default for Id<E> {
    fn default() -> Self {
        Self::new(0)
    }
}
impl<E> PartialEq for Id<E> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<E> Eq for Id<E> {}
impl<E> PartialOrd for Id<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> Ord for Id<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<E> hash::Hash for Id<E> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<E> fmt::Debug for Id<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({})", self.0)
    }
}
impl<E: Resource> fmt::Display for Id<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", E::KIND.word(), self.0)
    }
}
impl<E: Resource> FromStr for Id<E> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_prefix(E::KIND.word()).and_then(|rest| rest.strip_prefix('_'));
        match number.and_then(plain_number) {
            Some(number) => Ok(Self::new(number)),
            None => Err(format!("not the id of a {}", E::KIND.word().replace('_', " "))),
        }
    }
}

/// The decimal number written by these digits alone, without sign or leading zero.
pub fn plain_number(digits: &str) -> Option<i64> {
    let plain = digits.bytes().all(|digit| digit.is_ascii_digit()) && !digits.starts_with('0');
    if plain { digits.parse().ok() } else { None }
}

impl<E> From<Id<E>> for i64 {
    fn from(id: Id<E>) -> Self {
        id.0
    }
}
impl<E> From<Id<E>> for Value {
    fn from(id: Id<E>) -> Self {
        Value::BigInt(Some(id.0))
    }
}
impl<E> TryGetable for Id<E> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        i64::try_get_by(row, index).map(Self::new)
    }
}
impl<E> ValueType for Id<E> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        <i64 as ValueType>::try_from(value).map(Self::new)
    }
    fn type_name() -> String {
        "Id".into()
    }
    fn array_type() -> ArrayType {
        ArrayType::BigInt
    }
    fn column_type() -> ColumnType {
        ColumnType::BigInteger
    }
}
impl<E> Nullable for Id<E> {
    fn null() -> Value {
        Value::BigInt(None)
    }
}
impl<E> TryFromU64 for Id<E> {
    fn try_from_u64(number: u64) -> Result<Self, DbErr> {
        i64::try_from_u64(number).map(Self::new)
    }
}
impl<E> IntoActiveValue<Id<E>> for Id<E> {
    fn into_active_value(self) -> ActiveValue<Id<E>> {
        ActiveValue::Set(self)
    }
}

// In JSON columns an id is its number.
impl<E> Serialize for Id<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}
impl<'de, E> Deserialize<'de> for Id<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self::new)
    }
}

impl<E: Resource> InputType for Id<E> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <async_graphql::ID as InputType>::type_name()
    }
    fn create_type_info(registry: &mut Registry) -> String {
        <async_graphql::ID as InputType>::create_type_info(registry)
    }
    fn parse(value: Option<async_graphql::Value>) -> InputValueResult<Self> {
        match value {
            Some(async_graphql::Value::String(text)) => text.parse().map_err(InputValueError::custom),
            other => Err(InputValueError::expected_type(other.unwrap_or_default())),
        }
    }
    fn to_value(&self) -> async_graphql::Value {
        async_graphql::Value::String(self.to_string())
    }
    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}
impl<E: Resource> OutputType for Id<E> {
    fn type_name() -> Cow<'static, str> {
        <async_graphql::ID as OutputType>::type_name()
    }
    fn create_type_info(registry: &mut Registry) -> String {
        <async_graphql::ID as OutputType>::create_type_info(registry)
    }
    async fn resolve(
        &self,
        _: &ContextSelectionSet<'_>,
        _: &Positioned<Field>,
    ) -> ServerResult<async_graphql::Value> {
        Ok(async_graphql::Value::String(self.to_string()))
    }
}
