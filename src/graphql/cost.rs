//! How many fields an answer may have, with as many rows in each list as are asked for.

use std::{cell::Cell, collections::HashMap};

use async_graphql::{
    Name, Positioned, Value as Constant, Variables,
    parser::types::{
        ExecutableDocument, Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
        VariableDefinition,
    },
};

/// How many rows a list has when nobody says.
const PAGE: u64 = 50;

/// How many fields the answer to an operation may have, and whether its variables have a say in that.
pub(super) fn cost(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) -> (u64, bool) {
    let definitions = &operation.variable_definitions;
    let cost = Cost { fragments: &document.fragments, definitions, variables, varies: Cell::new(false) };
    (cost.of(&operation.selection_set.node, 1), cost.varies.get())
}

struct Cost<'d> {
    fragments: &'d HashMap<Name, Positioned<FragmentDefinition>>,
    definitions: &'d [Positioned<VariableDefinition>],
    variables: &'d Variables,
    varies: Cell<bool>,
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
        let value = &field.get_argument(name)?.node;
        let default = |name: &Name| {
            let definition = self.definitions.iter().find(|definition| definition.node.name.node == *name);
            definition.and_then(|definition| Some(&definition.node.default_value.as_ref()?.node))
        };
        // Not the list itself: a document can name it ten thousand times.
        let of_variable = |name: Name| {
            self.varies.set(true);
            Ok(match self.variables.get(&name).or_else(|| default(&name)) {
                Some(Constant::List(items)) => Constant::from(items.len()),
                Some(Constant::Number(number)) => Constant::Number(number.clone()),
                _ => Constant::Null,
            })
        };
        value.clone().into_const_with::<()>(of_variable).ok()
    }
}
