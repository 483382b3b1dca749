//! The rows behind a type, told apart from their tables.

use futures_util::future::BoxFuture;
use sea_orm::sea_query::SelectStatement;
use serde_json::Value;
use service::Caller;

use super::{given::Given, query::Query};
use crate::app::App;

/// Who asks, and what is needed to answer.
pub struct Call {
    /// The server.
    pub app: App,
    /// The operator.
    pub caller: Caller,
    /// The public address of the server, without a slash at its end.
    pub base: String,
}

impl Call {
    /// The domain.
    pub fn services(&self) -> &service::Services {
        &self.app.services
    }
}

/// A row as its type shows it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its number in the store.
    pub number: i64,
    /// Its id on the wire.
    pub id: String,
    /// The values of the type's attributes, in their order.
    pub attributes: Vec<Value>,
    /// The number that each of the type's relationships leads to, in their order.
    pub related: Vec<Option<i64>>,
}

/// A future of the domain.
pub type Work<'a, T> = BoxFuture<'a, service::Result<T>>;

/// The rows behind a type. What a type does not serve is left to these answers, which say so.
pub trait Store: Send + Sync {
    /// A page of rows, and how many match in all.
    fn list<'a>(&'a self, _call: &'a Call, _query: &'a Query) -> Work<'a, (Vec<Shown>, u64)> {
        Box::pin(async { Ok((Vec::new(), 0)) })
    }

    /// The row with an id.
    fn find<'a>(&'a self, _call: &'a Call, _id: &'a str) -> Work<'a, Option<Shown>> {
        Box::pin(async { Ok(None) })
    }

    /// The rows with these numbers.
    fn load<'a>(&'a self, _call: &'a Call, _numbers: Vec<i64>) -> Work<'a, Vec<Shown>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// The numbers of the rows with these ids, as a query; none when no relationship leads here.
    fn numbers(&self, _ids: &[String]) -> Option<SelectStatement> {
        None
    }

    /// Makes a row.
    fn create<'a>(&'a self, _call: &'a Call, _given: &'a Given) -> Work<'a, Shown> {
        Box::pin(async { Err(not_served()) })
    }

    /// Changes a row.
    fn update<'a>(&'a self, _call: &'a Call, _number: i64, _given: &'a Given) -> Work<'a, Shown> {
        Box::pin(async { Err(not_served()) })
    }

    /// Says what the domain has against making a row, or changing the one with a number; writes
    /// nothing.
    fn rehearse<'a>(&'a self, _call: &'a Call, _number: Option<i64>, _given: &'a Given) -> Work<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Removes a row.
    fn delete<'a>(&'a self, _call: &'a Call, _number: i64) -> Work<'a, ()> {
        Box::pin(async { Err(not_served()) })
    }

    /// The attribute or relationship that a column holds.
    fn holder(&self, _column: &str) -> Option<Holder> {
        None
    }
}

/// What a column of the store holds for this API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The id.
    Id,
    /// The attribute with this name.
    Attribute(&'static str),
    /// The relationship with this name.
    Relationship(&'static str),
}

/// What a store says to a write that no route leads to.
pub fn not_served() -> service::Error {
    service::Error::BadRequest("this is not served".into())
}
