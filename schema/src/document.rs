//! Documents that validation has passed once and that run many times.
//!
//! Two schemas share the work: the strict one validates and never runs, the fast one runs and hardly
//! validates. It would leave out an unknown field in silence, so only a `Document` leads to it.

use std::sync::{Arc, OnceLock};

use async_graphql::{
    Positioned, Request, SchemaEnv, ServerError, ValidationResult, Variables,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation},
    futures_util::FutureExt,
    parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition},
};

use crate::{Schema, literal, text, value};

/// A document that is valid whatever its variables are.
pub struct Document {
    parsed: ExecutableDocument,
    env: SchemaEnv,
    merges: bool,
}

/// An operation of a valid document, with variables of their types: ready to run.
pub struct Ready {
    pub(crate) request: Request,
    merges: bool,
}

impl Ready {
    /// The same with this in its data, for resolvers to find.
    #[must_use]
    pub fn with(self, data: impl std::any::Any + Send + Sync) -> Self {
        Self { request: self.request.data(data), ..self }
    }

    /// The same, but rows are written out as text where they are resolved: only [`crate::answer`] may
    /// write what comes of it.
    #[must_use]
    pub fn as_text(self) -> Self {
        if self.merges { self } else { self.with(text::AsText) }
    }
}

impl Document {
    /// What it says.
    pub fn parsed(&self) -> &ExecutableDocument {
        &self.parsed
    }

    /// The operation of this name, or the only one.
    ///
    /// # Errors
    /// When there is none of this name, or no name and several to choose from.
    pub fn operation(&self, name: Option<&str>) -> Result<&Positioned<OperationDefinition>, ServerError> {
        let said = |message: String| ServerError::new(message, None);
        let mut operations = self.parsed.operations.iter();
        match (name, operations.next(), operations.next()) {
            (None, Some((_, only)), None) => Ok(only),
            (None, ..) => Err(said("Operation name required in request.".to_owned())),
            (Some(name), ..) => {
                let mut operations = self.parsed.operations.iter();
                let found = operations.find(|(one, _)| one.is_some_and(|one| one.as_str() == name));
                found
                    .map(|(_, operation)| operation)
                    .ok_or_else(|| said(format!("Unknown operation named \"{name}\"")))
            }
        }
    }

    /// An operation of it with these variables.
    ///
    /// # Errors
    /// When a required variable has no value, or one is not of its type.
    pub fn ready(
        &self,
        operation: &Positioned<OperationDefinition>,
        variables: Variables,
    ) -> Result<Ready, ServerError> {
        value::refuse_variables(&self.env.registry, &operation.node, &variables)?;
        // The text is read no more, and neither is a name: there is one operation left.
        let mut request = Request::new(String::new()).variables(variables);
        request.set_parsed_query(ExecutableDocument {
            operations: DocumentOperations::Single(operation.clone()),
            fragments: self.parsed.fragments.clone(),
        });
        Ok(Ready { request, merges: self.merges })
    }
}

impl Schema {
    /// Validates a document, whatever its variables will be.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn validate(&self, parsed: ExecutableDocument) -> Result<Document, Vec<ServerError>> {
        let mut request = Request::new(String::new());
        request.set_parsed_query(parsed.clone());
        // It ends behind the validation, which waits for nothing.
        let said = self.strict.execute(request).now_or_never();
        let unknown = || vec![ServerError::new("the document cannot be validated", None)];
        let (Some(said), Some(env)) = (said, self.env.get()) else { return Err(unknown()) };
        if said.is_err() {
            return Err(said.errors);
        }
        let errors = literal::refuse_literals(&env.registry, &parsed);
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Document { merges: text::merges(&parsed), parsed, env: env.clone() })
    }
}

/// Ends every request behind its validation, and tells what types there are.
pub(crate) struct ValidatesOnly(pub(crate) Arc<OnceLock<SchemaEnv>>);

impl ExtensionFactory for ValidatesOnly {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self(self.0.clone()))
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for ValidatesOnly {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        self.0.get_or_init(|| ctx.schema_env.clone());
        next.run(ctx).await?;
        Err(Vec::new())
    }
}
