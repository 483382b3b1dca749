//! Columns that hold a list.

use std::{borrow::Cow, fmt};

use async_graphql::{
    ContextSelectionSet, InputType, InputValueError, InputValueResult, OutputType, Positioned, ServerResult,
    parser::types::Field, registry::Registry,
};
use sea_orm::{
    ActiveValue, ColIdx, ColumnType, DbErr, IntoActiveValue, QueryResult, TryGetError, TryGetable, Value,
    sea_query::{ArrayType, Nullable, ValueType, ValueTypeErr},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A JSON column that is a list; in GraphQL it is the plain list of its items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct List<T>(pub Vec<T>);

/// What a list may hold: anything that JSON can.
pub trait Item: Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync {}
impl<T: Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync> Item for T {}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}
impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        Self(items)
    }
}
impl<T> std::ops::Deref for List<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T: Item> From<List<T>> for Value {
    fn from(list: List<T>) -> Self {
        // Items are plain data with text keys, so this cannot fail; null would be refused by the column.
        Value::Json(Some(Box::new(serde_json::to_value(list.0).unwrap_or_default())))
    }
}
impl<T: Item> TryGetable for List<T> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let json = serde_json::Value::try_get_by(row, index)?;
        serde_json::from_value(json).map_err(|wrong| TryGetError::DbErr(DbErr::Json(wrong.to_string())))
    }
}
impl<T: Item> ValueType for List<T> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        let json = <serde_json::Value as ValueType>::try_from(value)?;
        serde_json::from_value(json).map_err(|_| ValueTypeErr)
    }
    fn type_name() -> String {
        "List".into()
    }
    fn array_type() -> ArrayType {
        ArrayType::Json
    }
    fn column_type() -> ColumnType {
        ColumnType::JsonBinary
    }
}
impl<T> Nullable for List<T> {
    fn null() -> Value {
        Value::Json(None)
    }
}
impl<T: Item> IntoActiveValue<List<T>> for List<T> {
    fn into_active_value(self) -> ActiveValue<List<T>> {
        ActiveValue::Set(self)
    }
}

impl<T: InputType> InputType for List<T> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <Vec<T> as InputType>::type_name()
    }
    fn qualified_type_name() -> String {
        <Vec<T> as InputType>::qualified_type_name()
    }
    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<T> as InputType>::create_type_info(registry)
    }
    fn parse(value: Option<async_graphql::Value>) -> InputValueResult<Self> {
        <Vec<T> as InputType>::parse(value).map(Self).map_err(InputValueError::propagate)
    }
    fn to_value(&self) -> async_graphql::Value {
        self.0.to_value()
    }
    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}
impl<T: OutputType> OutputType for List<T> {
    fn type_name() -> Cow<'static, str> {
        <Vec<T> as OutputType>::type_name()
    }
    fn qualified_type_name() -> String {
        <Vec<T> as OutputType>::qualified_type_name()
    }
    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<T> as OutputType>::create_type_info(registry)
    }
    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<async_graphql::Value> {
        self.0.resolve(ctx, field).await
    }
}
