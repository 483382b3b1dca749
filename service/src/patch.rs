//! Absent, null and a value are three things in every update.

use std::borrow::Cow;

use async_graphql::{InputType, InputValueError, InputValueResult, registry::Registry};
use sea_orm::{ActiveValue, Value};
use serde::{Deserialize, Deserializer};

/// A field of an update: left as it is, or set. `Patch<Option<T>>` may be set to null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Leave it as it is; on a new row, take the default.
    #[default]
    Keep,
    /// Write this.
    Set(T),
}

impl<T> Patch<T> {
    /// The value to write.
    pub fn as_set(&self) -> Option<&T> {
        match self {
            Patch::Keep => None,
            Patch::Set(value) => Some(value),
        }
    }

    /// The value to write.
    pub fn into_set(self) -> Option<T> {
        match self {
            Patch::Keep => None,
            Patch::Set(value) => Some(value),
        }
    }

    /// The same patch of another value.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Patch::Keep => Patch::Keep,
            Patch::Set(value) => Patch::Set(with(value)),
        }
    }

    /// Puts the value onto a row's column; an equal one is not written.
    pub fn apply<V>(self, column: &mut ActiveValue<V>)
    where
        T: Into<V>,
        V: Into<Value> + PartialEq,
    {
        if let Patch::Set(value) = self {
            column.set_if_not_equals(value.into());
        }
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Patch::Set(value)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        T::deserialize(json).map(Patch::Set)
    }
}

impl<T: InputType> InputType for Patch<T> {
    type RawValueType = T::RawValueType;

    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }
    fn qualified_type_name() -> String {
        // Nullable whatever `T` is, because it may be absent.
        T::qualified_type_name().trim_end_matches('!').to_owned()
    }
    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry);
        Self::qualified_type_name()
    }
    fn parse(value: Option<async_graphql::Value>) -> InputValueResult<Self> {
        match value {
            None => Ok(Patch::Keep),
            some => T::parse(some).map(Patch::Set).map_err(InputValueError::propagate),
        }
    }
    fn to_value(&self) -> async_graphql::Value {
        match self {
            Patch::Keep => async_graphql::Value::Null,
            Patch::Set(value) => value.to_value(),
        }
    }
    fn as_raw_value(&self) -> Option<&T::RawValueType> {
        self.as_set().and_then(InputType::as_raw_value)
    }
}
