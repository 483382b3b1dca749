//! What async-graphql's strict validation leaves out: it looks at an argument that holds a variable only
//! with the values of one request in place, and a document that is kept must be valid with any.

use async_graphql::parser::types::TypeCondition;
use async_graphql::{
    Name, Positioned, ServerError, Value,
    parser::types::{ExecutableDocument, Field, OperationType, Selection, SelectionSet},
    registry::{MetaType, Registry},
};

use crate::value;

/// What is wrong with the arguments of a document that hold a variable somewhere within.
pub(crate) fn refuse_literals(registry: &Registry, document: &ExecutableDocument) -> Vec<ServerError> {
    let mut walk = Walk { registry, errors: Vec::new() };
    for (_, operation) in document.operations.iter() {
        let root = match operation.node.ty {
            OperationType::Query => Some(&registry.query_type),
            OperationType::Mutation => registry.mutation_type.as_ref(),
            OperationType::Subscription => registry.subscription_type.as_ref(),
        };
        walk.selections(root.map(String::as_str), &operation.node.selection_set.node);
    }
    for fragment in document.fragments.values() {
        let of = fragment.node.type_condition.node.on.node.as_str();
        walk.selections(Some(of), &fragment.node.selection_set.node);
    }
    walk.errors
}

struct Walk<'r> {
    registry: &'r Registry,
    errors: Vec<ServerError>,
}

impl Walk<'_> {
    /// Looks at selections of a type.
    fn selections(&mut self, of: Option<&str>, selections: &SelectionSet) {
        for item in &selections.items {
            match &item.node {
                Selection::Field(field) => self.field(of, field),
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let of = condition
                        .map(|Positioned { node: TypeCondition { on }, .. }| on.node.as_str())
                        .or(of);
                    self.selections(of, &inline.node.selection_set.node);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn field(&mut self, of: Option<&str>, field: &Positioned<Field>) {
        let registry = self.registry;
        let parent = of.and_then(|name| registry.types.get(name));
        // What is unknown here is introspection, whose arguments take no objects.
        let known = parent.and_then(|parent| parent.field_by_name(&field.node.name.node));
        for (name, value) in &field.node.arguments {
            let argument = known.and_then(|known| known.args.get(name.node.as_str()));
            let mut holds = false;
            let literal = value.node.clone().into_const_with(|_: Name| {
                holds = true;
                Ok::<_, std::convert::Infallible>(Value::Enum(Name::new(value::OF_VARIABLE)))
            });
            let (Some(argument), Ok(literal), true) = (argument, literal, holds) else { continue };
            if let Some((path, why)) = value::refusal(registry, &argument.ty, &literal) {
                let message = format!("Invalid value for argument \"{}{path}\", {why}", argument.name);
                self.errors.push(ServerError::new(message, Some(name.pos)));
            }
        }
        let below = known.and_then(|known| registry.concrete_type_by_name(&known.ty)).map(MetaType::name);
        self.selections(below, &field.node.selection_set.node);
    }
}
