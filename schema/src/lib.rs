//! The GraphQL door: views of rows, roots and the schema. It does not know HTTP.

#[macro_use]
mod macros;
mod batch;
mod call;
mod change;
mod connection;
mod failure;
mod filter;
mod node;
mod numbering;
mod people;
mod platform;
mod resolve;
mod root;
mod routing;
mod view;

use std::sync::Arc;

use async_graphql::{Data, Executor, Request, Response, futures_util::stream::BoxStream};

pub use call::Call;
pub use failure::{code_of, failure_response};
pub use filter::{BooleanFilter, DateTimeFilter, EnumFilter, IdFilter, IntFilter, StringFilter};
pub(crate) use view::{View, ViewKey, ViewRow};

/// What a resolver answers.
pub(crate) type Result<T> = async_graphql::Result<T>;

/// Bounds on a document, checked before it runs.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How deep selections may nest.
    pub depth: usize,
    /// How many aliases a document may have.
    pub aliases: usize,
    /// How many directives a field may have.
    pub directives: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 15, aliases: 100, directives: 100 }
    }
}

/// The schema, wrapped so that no other crate compiles its resolvers again.
#[derive(Clone)]
pub struct Schema(Arc<root::Built>);

impl Schema {
    /// The schema with these bounds.
    pub fn new(limits: Limits) -> Self {
        Self(Arc::new(root::build(limits)))
    }

    /// The schema in the schema definition language.
    pub fn sdl(&self) -> String {
        self.0.sdl_with_options(async_graphql::SDLExportOptions::new().prefer_single_line_descriptions())
    }
}

impl Executor for Schema {
    async fn execute(&self, request: Request) -> Response {
        self.0.execute(request).await
    }

    fn execute_stream(&self, request: Request, session: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        self.0.execute_stream_with_session_data(request, session.unwrap_or_default())
    }
}

/// The schema in the schema definition language, as `schema.graphql` holds it.
pub fn sdl() -> String {
    Schema::new(Limits::default()).sdl()
}
