//! The GraphQL door: views of rows, roots and the schema. It does not know HTTP.

#[macro_use]
mod macros;
mod batch;
mod call;
mod change;
mod connection;
mod document;
mod failure;
mod follow;
mod history;
mod literal;
mod node;
mod numbering;
mod people;
mod platform;
mod resolve;
mod root;
mod routing;
mod selected;
mod shown;
mod text;
mod value;
mod view;

use std::sync::{Arc, OnceLock};

use async_graphql::{
    Response, SchemaEnv, ValidationMode,
    futures_util::{FutureExt, stream::BoxStream},
};

pub use call::Call;
pub use change::Bookmark;
pub use document::{Document, Ready};
pub use failure::{code_of, failure_response};
pub(crate) use shown::Shown;
pub use text::answer;
pub use value::file;
pub(crate) use view::{View, ViewKey, ViewRow};

/// What a resolver answers.
pub(crate) type Result<T> = async_graphql::Result<T>;

/// The schema, wrapped so that no other crate compiles its resolvers again.
#[derive(Clone)]
pub struct Schema {
    /// Validates and never runs.
    strict: root::Built,
    /// Runs what was validated.
    fast: root::Built,
    env: Arc<OnceLock<SchemaEnv>>,
}

impl Schema {
    /// The schema, which runs documents that nest their selections this deep, those of fragments in their
    /// places; deeper ones are another's to refuse.
    pub fn new(nesting: usize) -> Self {
        let env = Arc::default();
        let strict = root::builder(nesting, ValidationMode::Strict);
        let strict = strict.extension(document::ValidatesOnly(Arc::clone(&env))).finish();
        // From the first request on it is known what types there are.
        let _ = strict.execute("{ __typename }").now_or_never();
        Self { strict, fast: root::builder(nesting, ValidationMode::Fast).finish(), env }
    }

    /// Runs a query or a mutation.
    pub async fn execute(&self, Ready { request, .. }: Ready) -> Response {
        // Cut off after so many steps, siblings would ask in several batches for what they ask for together.
        tokio::task::unconstrained(self.fast.execute(request)).await
    }

    /// Runs an operation of any kind; what is no subscription answers once.
    pub fn execute_stream(&self, Ready { request, .. }: Ready) -> BoxStream<'static, Response> {
        self.fast.execute_stream(request)
    }
}

/// The schema in the schema definition language, as `schema.graphql` holds it.
pub fn sdl() -> String {
    let schema = root::builder(0, ValidationMode::Strict).finish();
    schema.sdl_with_options(async_graphql::SDLExportOptions::new().include_specified_by())
}
