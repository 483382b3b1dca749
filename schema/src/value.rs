//! Whether values are of the types that the schema gives them.

use async_graphql::{
    ServerError, Value, Variables,
    parser::types::OperationDefinition,
    registry::{MetaType, MetaTypeName, Registry},
};

/// Refuses variables that are not of their types, and required ones that are not there: execution would
/// take those as absent, and leave out unknown fields.
pub(crate) fn refuse_variables(
    registry: &Registry,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Result<(), ServerError> {
    for definition in &operation.variable_definitions {
        let (pos, definition) = (definition.pos, &definition.node);
        let (name, of) = (&definition.name.node, &definition.var_type.node);
        let refused = |why: String| Err(ServerError::new(why, Some(pos)));
        let Some(given) = variables.get(name) else {
            if !of.nullable && definition.default_value.is_none() {
                return refused(format!(
                    "the variable \"${name}\" of the required type \"{of}\" has no value"
                ));
            }
            continue;
        };
        if *given == Value::Null && !of.nullable {
            return refused(format!("the variable \"${name}\" of the required type \"{of}\" has no value"));
        }
        if let Some((path, why)) = refusal(registry, &of.to_string(), given) {
            return refused(format!("Invalid value for variable \"${name}{path}\", {why}"));
        }
    }
    Ok(())
}

/// Stands in a literal for a variable, whose own type tells whether it fits; no name is so.
pub(crate) const OF_VARIABLE: &str = "$";

/// Stands in a variable for a file that is sent beside it; no JSON is read as this.
pub fn file() -> Value {
    Value::Binary(Default::default())
}

/// Why a value is not of a type, and where in it.
pub(crate) fn refusal(registry: &Registry, of: &str, value: &Value) -> Option<(String, String)> {
    let here = |why: String| Some((String::new(), why));
    match (MetaTypeName::create(of), value) {
        (_, Value::Enum(word)) if word.as_str() == OF_VARIABLE => None,
        (MetaTypeName::NonNull(inner), Value::Null) => here(format!("expected type \"{inner}\"")),
        (MetaTypeName::NonNull(inner), _) => refusal(registry, inner, value),
        (_, Value::Null) => None,
        (MetaTypeName::List(inner), Value::List(items)) => {
            items.iter().enumerate().find_map(|(at, item)| below(&at, refusal(registry, inner, item)))
        }
        // A value is as good as a list of one.
        (MetaTypeName::List(inner), _) => refusal(registry, inner, value),
        (MetaTypeName::Named(name), Value::Binary(_)) => {
            here(format!("expected type \"{name}\", not a file"))
        }
        (MetaTypeName::Named(name), _) => match registry.types.get(name) {
            Some(MetaType::Scalar { is_valid: Some(is_valid), .. }) if !is_valid(value) => {
                here(format!("expected type \"{name}\""))
            }
            Some(MetaType::Enum { enum_values, .. }) => match value {
                Value::Enum(word) if enum_values.contains_key(word.as_str()) => None,
                Value::String(word) if enum_values.contains_key(word) => None,
                Value::Enum(_) | Value::String(_) => {
                    here(format!("enumeration type \"{name}\" does not contain the value {value}"))
                }
                _ => here(format!("expected type \"{name}\"")),
            },
            Some(input @ MetaType::InputObject { .. }) => object_refusal(registry, input, value),
            _ => None,
        },
    }
}

fn object_refusal(registry: &Registry, input: &MetaType, value: &Value) -> Option<(String, String)> {
    let MetaType::InputObject { input_fields, name, oneof, .. } = input else { return None };
    let here = |why: String| Some((String::new(), why));
    let Value::Object(given) = value else { return here(format!("expected type \"{name}\"")) };
    if let Some(unknown) = given.keys().find(|field| !input_fields.contains_key(field.as_str())) {
        return here(format!("unknown field \"{unknown}\" of type \"{name}\""));
    }
    if *oneof && (given.len() != 1 || given.values().any(|value| *value == Value::Null)) {
        return here(format!("\"{name}\" takes exactly one field, and not null"));
    }
    input_fields.values().find_map(|field| match given.get(field.name.as_str()) {
        Some(value) => below(&field.name, refusal(registry, &field.ty, value)),
        None if field.ty.ends_with('!') && field.default_value.is_none() => {
            here(format!("field \"{}\" of type \"{}\" is required but not provided", field.name, field.ty))
        }
        None => None,
    })
}

/// A refusal as it is told one step further out.
fn below(step: &dyn std::fmt::Display, refusal: Option<(String, String)>) -> Option<(String, String)> {
    refusal.map(|(path, why)| (format!(".{step}{path}"), why))
}
