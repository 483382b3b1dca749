//! What a document may cost, found out before anything walks through it or runs it.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Positioned, Request, Value as Constant, Variables,
    parser::types::{Field, FragmentDefinition, OperationType, Selection, SelectionSet, VariableDefinition},
};
use service::Error;

use super::scan::refuse_crooked;
use crate::config::Limits;

/// How many fragments a document may have; validation compares each with each.
const FRAGMENTS: usize = 200;
/// How many selections a document may have, and how many once its fragments are put in their places.
const SELECTIONS: usize = 10_000;
/// How many root fields an operation may have.
const ROOT_FIELDS: usize = 50;
/// How many rows a list has when nobody says.
const PAGE: u64 = 50;

/// Refuses a document that costs too much to be looked at or to be answered.
pub(super) fn refuse(request: &mut Request, limits: &Limits) -> Result<(), Error> {
    let variables = std::mem::take(&mut request.variables);
    let refused = refuse_with(request, &variables, limits);
    request.variables = variables;
    refused
}

fn refuse_with(request: &mut Request, variables: &Variables, limits: &Limits) -> Result<(), Error> {
    let wrong = |message: &str| Err(Error::BadRequest(message.to_owned()));
    refuse_crooked(&request.query)?;
    let meant = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else { return Ok(()) }; // execution says what is wrong
    if document.fragments.len() > FRAGMENTS {
        return wrong("the document has too many fragments");
    }
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    let (mut selections, mut directives) = (0, 0);
    for some in operations.chain(fragments) {
        count(some, &mut selections, &mut directives);
    }
    if selections > SELECTIONS {
        return wrong("the document has too many fields");
    }
    if directives > limits.directives {
        return wrong("the document has too many directives");
    }
    let mut sizes = Sizes::default();
    for (name, operation) in document.operations.iter() {
        let selections = &operation.node.selection_set.node;
        let Some(fields) = sizes.of(selections, &document.fragments) else {
            return Ok(()); // a circle of fragments, which validation refuses
        };
        if fields > SELECTIONS {
            return wrong("the document has too many fields");
        }
        let roots = selections.items.len();
        if roots > ROOT_FIELDS {
            return wrong("the operation has too many root fields");
        }
        if operation.node.ty == OperationType::Subscription && roots != 1 {
            return wrong("a subscription has one root field");
        }
        if meant.is_some() && meant.as_deref() != name.map(Name::as_str) {
            continue; // what follows is of the operation that will run
        }
        let definitions = &operation.node.variable_definitions;
        let cost = Cost { fragments: &document.fragments, definitions, variables };
        let cost = cost.of(selections, 1);
        refuse_missing(definitions, variables)?;
        if cost > limits.complexity {
            let bound = limits.complexity;
            return Err(Error::BadRequest(format!(
                "the answer may have {cost} fields, more than {bound}: ask for fewer rows"
            )));
        }
    }
    Ok(())
}

/// Adds up how many selections and directives stand here, those of other fragments not counted.
fn count(within: &SelectionSet, selections: &mut usize, directives: &mut usize) {
    *selections += within.items.len();
    for item in &within.items {
        *directives += item.node.directives().len();
        match &item.node {
            Selection::Field(field) => count(&field.node.selection_set.node, selections, directives),
            Selection::InlineFragment(inline) => {
                count(&inline.node.selection_set.node, selections, directives);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// Refuses an operation whose required variables are not all there: execution would take them as absent.
fn refuse_missing(
    definitions: &[Positioned<VariableDefinition>],
    variables: &Variables,
) -> Result<(), Error> {
    for definition in definitions {
        let definition = &definition.node;
        let given = variables.get(&definition.name.node);
        let missing = given.map_or(definition.default_value.is_none(), |value| *value == Constant::Null);
        if !definition.var_type.node.nullable && missing {
            let (name, of) = (&definition.name.node, &definition.var_type.node);
            let message = format!("the variable \"${name}\" of the required type \"{of}\" has no value");
            return Err(Error::BadRequest(message));
        }
    }
    Ok(())
}

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// How many fields selections have with their fragments in place; each fragment is counted once.
#[derive(Default)]
struct Sizes<'d> {
    known: HashMap<&'d str, usize>,
    within: HashSet<&'d str>,
}

impl<'d> Sizes<'d> {
    /// None when fragments go in a circle.
    fn of(&mut self, selections: &'d SelectionSet, fragments: &'d Fragments) -> Option<usize> {
        let mut fields = 0_usize;
        for item in &selections.items {
            let more = match &item.node {
                Selection::Field(field) => {
                    self.of(&field.node.selection_set.node, fragments)?.saturating_add(1)
                }
                Selection::InlineFragment(inline) => self.of(&inline.node.selection_set.node, fragments)?,
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    match (self.known.get(name), fragments.get(name)) {
                        (Some(size), _) => *size,
                        (None, None) => 0,
                        (None, Some(_)) if !self.within.insert(name) => return None,
                        (None, Some(fragment)) => {
                            let size = self.of(&fragment.node.selection_set.node, fragments)?;
                            self.within.remove(name);
                            self.known.insert(name, size);
                            size
                        }
                    }
                }
            };
            fields = fields.saturating_add(more);
        }
        Some(fields)
    }
}

/// How many fields the answer may have, with as many rows in each list as are asked for.
struct Cost<'d> {
    fragments: &'d Fragments,
    definitions: &'d [Positioned<VariableDefinition>],
    variables: &'d Variables,
}

impl Cost<'_> {
    /// The fields of selections that have no circle, in a list of this many rows.
    fn of(&self, selections: &SelectionSet, rows: u64) -> u64 {
        let cost = |item: &Positioned<Selection>| match &item.node {
            Selection::Field(field) => {
                let field = &field.node;
                let below = self.of(&field.selection_set.node, self.rows_of(field));
                // A connection shows its rows in these; the other fields called so are given ids.
                let times = match field.name.node.as_str() {
                    "nodes" | "edges" => self.ids_of(field).unwrap_or(rows),
                    _ => 1,
                };
                below.saturating_add(1).saturating_mul(times)
            }
            Selection::InlineFragment(inline) => self.of(&inline.node.selection_set.node, rows),
            Selection::FragmentSpread(spread) => {
                let fragment = self.fragments.get(&spread.node.fragment_name.node);
                fragment.map_or(0, |fragment| self.of(&fragment.node.selection_set.node, rows))
            }
        };
        selections.items.iter().map(cost).fold(0, u64::saturating_add)
    }

    /// How many rows a list is asked for.
    fn rows_of(&self, field: &Field) -> u64 {
        let size = |name| match self.argument(field, name)? {
            Constant::Number(number) => number.as_u64(),
            _ => None,
        };
        size("first").or_else(|| size("last")).unwrap_or(PAGE)
    }

    /// How many ids a field is given.
    fn ids_of(&self, field: &Field) -> Option<u64> {
        match self.argument(field, "ids")? {
            Constant::List(ids) => Some(ids.len() as u64),
            Constant::Number(ids) => ids.as_u64(),
            _ => Some(1),
        }
    }

    /// The value of an argument; of a variable with a list, how long it is.
    fn argument(&self, field: &Field, name: &str) -> Option<Constant> {
        let value = field.get_argument(name)?.node.clone();
        let default = |name: &Name| {
            let definition = self.definitions.iter().find(|definition| definition.node.name.node == *name);
            definition.and_then(|definition| Some(&definition.node.default_value.as_ref()?.node))
        };
        // Not the list itself: a document can name it ten thousand times.
        let of_variable = |name: Name| {
            Ok(match self.variables.get(&name).or_else(|| default(&name)) {
                Some(Constant::List(items)) => Constant::from(items.len()),
                Some(Constant::Number(number)) => Constant::Number(number.clone()),
                _ => Constant::Null,
            })
        };
        value.into_const_with::<()>(of_variable).ok()
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Request, Variables};
    use serde_json::json;

    use super::refuse;
    use crate::config::Config;

    fn is_refused(document: &str, variables: serde_json::Value) -> bool {
        let limits = Config::defaults().expect("the defaults").limits;
        refuse(&mut Request::new(document).variables(Variables::from_json(variables)), &limits).is_err()
    }

    #[test]
    fn fragments_count_in_their_places() {
        let mut bomb = "{ viewer { ...F0 } }".to_owned();
        for at in 0..30 {
            bomb += &format!(" fragment F{at} on Viewer {{ ...F{0} ...F{0} }}", at + 1);
        }
        bomb += " fragment F30 on Viewer { login }";
        assert!(is_refused(&bomb, json!({})));
        let circle = "{ viewer { ...A } } fragment A on Viewer { login ...A }";
        assert!(!is_refused(circle, json!({})), "validation refuses it");
        assert!(is_refused("subscription { a: changes { event } b: changes { event } }", json!({})));
    }

    #[test]
    fn fragments_count_also_where_nobody_uses_them() {
        let chain = |length: usize| {
            let links = (0..length).map(|at| format!("fragment F{at} on Viewer {{ ...F{} }} ", at + 1));
            links.collect::<String>() + &format!("fragment F{length} on Viewer {{ login }} {{ __typename }}")
        };
        assert!(!is_refused(&chain(100), json!({})));
        assert!(is_refused(&chain(200), json!({})));
        let wide = format!("{{ __typename }} fragment F on Viewer {{ {} }}", "login ".repeat(10_000));
        assert!(is_refused(&wide, json!({})));
    }

    #[test]
    fn rows_multiply_and_required_variables_are_there() {
        let nested = |first: &str| {
            format!(
                "query($n: Int) {{ tenants{first} {{ nodes {{ id ...U }} }} }} \
                 fragment U on Tenant {{ users{first} {{ edges {{ node {{ extensions{first} {{ nodes {{ id }} }} }} }} }} }}"
            )
        };
        assert!(is_refused(&nested("(first: 200)"), json!({})));
        assert!(is_refused(&nested("(last: $n)"), json!({ "n": 200 })));
        assert!(!is_refused(&nested("(first: $n)"), json!({ "n": 20 })));
        assert!(is_refused(&nested("(first: $n)").replace("Int", "Int = 200"), json!({})));
        assert!(!is_refused(&nested(""), json!({})), "fifty rows three times");
        let required = "query($a: Int!, $b: Int! = 1, $c: Int) { __typename }";
        assert!(is_refused(required, json!({})) && is_refused(required, json!({ "a": null })));
        assert!(
            is_refused(required, json!({ "a": 1, "b": null })) && !is_refused(required, json!({ "a": 1 }))
        );
        let nodes =
            "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Tenant { users { nodes { id } } } } }";
        assert!(!is_refused(nodes, json!({ "ids": ["a", "b"] })));
        assert!(is_refused(nodes, json!({ "ids": vec!["a"; 10_000] })));
    }
}
