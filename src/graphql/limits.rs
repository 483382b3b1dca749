//! What a document may cost, found out before anything walks through it or runs it.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Positioned,
    parser::types::{
        Directive, ExecutableDocument, FragmentDefinition, OperationType, Selection, SelectionSet,
    },
};
use service::Error;

use crate::config::Limits;

/// How many fragments a document may have; validation compares each with each.
const FRAGMENTS: usize = 200;
/// How many selections a document may have, and how many once its fragments are put in their places.
const SELECTIONS: usize = 10_000;

/// How deep selections may nest, those of fragments in their places: what walks through them is recursive.
pub(crate) fn nesting(limits: &Limits) -> usize {
    limits.depth.saturating_mul(2).clamp(32, 64)
}

/// Refuses an answer that may have too many fields.
pub(super) fn refuse_cost(cost: u64, limits: &Limits) -> Result<(), Error> {
    refuse_more(cost, limits.complexity, |bound| {
        format!("the answer may have {cost} fields, more than {bound}: ask for fewer rows")
    })
}

/// Refuses a document that costs too much to be looked at, whatever its variables are.
pub(super) fn refuse_structure(document: &ExecutableDocument, limits: &Limits) -> Result<(), Error> {
    refuse_more(document.fragments.len(), FRAGMENTS, |bound| {
        format!("the document has more than {bound} fragments")
    })?;
    let mut count = Count::default();
    for (_, operation) in document.operations.iter() {
        count.directives(&operation.node.directives);
        for definition in &operation.node.variable_definitions {
            count.directives(&definition.node.directives);
        }
        count.selections(&operation.node.selection_set.node);
    }
    for fragment in document.fragments.values() {
        count.directives(&fragment.node.directives);
        count.selections(&fragment.node.selection_set.node);
    }
    let fields = |bound| format!("the document has more than {bound} fields");
    refuse_more(count.selections, SELECTIONS, fields)?;
    refuse_more(count.directives, limits.directives, |bound| {
        format!("the document has more than {bound} directives")
    })?;
    let mut sizes = Sizes { fragments: &document.fragments, known: HashMap::new(), within: HashSet::new() };
    for fragment in document.fragments.values() {
        sizes.of(&fragment.node.selection_set.node)?; // also where nobody uses it
    }
    let mut aliases = 0_usize;
    for (_, operation) in document.operations.iter() {
        let size = sizes.of(&operation.node.selection_set.node)?;
        refuse_more(size.fields, SELECTIONS, fields)?;
        refuse_more(size.depth, limits.depth, |bound| format!("fields may nest {bound} deep"))?;
        refuse_more(size.nesting, nesting(limits), |bound| {
            format!("fields and fragments may nest {bound} deep")
        })?;
        refuse_more(size.roots, limits.root_fields, |bound| {
            format!("the operation has more than {bound} root fields")
        })?;
        aliases = aliases.saturating_add(size.aliases);
        if operation.node.ty == OperationType::Subscription && size.roots != 1 {
            return Err(Error::BadRequest("a subscription has one root field".to_owned()));
        }
    }
    refuse_more(aliases, limits.aliases, |bound| format!("the document has more than {bound} aliases"))
}

fn refuse_more<N: Copy + PartialOrd>(
    number: N,
    bound: N,
    told: impl FnOnce(N) -> String,
) -> Result<(), Error> {
    if number > bound { Err(Error::LimitExceeded(told(bound))) } else { Ok(()) }
}

/// How many selections and directives are written in a document, each fragment counted once.
#[derive(Default)]
struct Count {
    selections: usize,
    directives: usize,
}

impl Count {
    fn directives(&mut self, directives: &[Positioned<Directive>]) {
        self.directives += directives.len();
    }

    fn selections(&mut self, within: &SelectionSet) {
        self.selections += within.items.len();
        for item in &within.items {
            self.directives(item.node.directives());
            match &item.node {
                Selection::Field(field) => self.selections(&field.node.selection_set.node),
                Selection::InlineFragment(inline) => self.selections(&inline.node.selection_set.node),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
}

/// How large selections are with their fragments in place.
#[derive(Clone, Copy, Default)]
struct Size {
    fields: usize,
    aliases: usize,
    /// How deep fields nest.
    depth: usize,
    /// How deep fields and fragments nest.
    nesting: usize,
    /// The fields that do not stand within another.
    roots: usize,
}

impl Size {
    /// Takes in what stands beside.
    fn add(&mut self, more: Self) {
        self.fields = self.fields.saturating_add(more.fields);
        self.aliases = self.aliases.saturating_add(more.aliases);
        self.roots = self.roots.saturating_add(more.roots);
        self.depth = self.depth.max(more.depth);
        self.nesting = self.nesting.max(more.nesting);
    }
}

/// The sizes of selections; each fragment is looked at once.
struct Sizes<'d> {
    fragments: &'d HashMap<Name, Positioned<FragmentDefinition>>,
    known: HashMap<&'d str, Size>,
    within: HashSet<&'d str>,
}

impl<'d> Sizes<'d> {
    fn of(&mut self, selections: &'d SelectionSet) -> Result<Size, Error> {
        let mut size = Size::default();
        for item in &selections.items {
            let mut more = match &item.node {
                Selection::Field(field) => {
                    let below = self.of(&field.node.selection_set.node)?;
                    let fields = below.fields.saturating_add(1);
                    let aliases = below.aliases.saturating_add(field.node.alias.is_some().into());
                    Size { fields, aliases, depth: below.depth + 1, nesting: below.nesting, roots: 1 }
                }
                Selection::InlineFragment(inline) => self.of(&inline.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => self.of_fragment(&spread.node.fragment_name.node)?,
            };
            more.nesting += 1;
            size.add(more);
        }
        Ok(size)
    }

    fn of_fragment(&mut self, name: &'d str) -> Result<Size, Error> {
        if let Some(size) = self.known.get(name) {
            return Ok(*size);
        }
        let Some(fragment) = self.fragments.get(name) else { return Ok(Size::default()) };
        if !self.within.insert(name) {
            return Err(Error::BadRequest(format!("the fragment `{name}` is within itself")));
        }
        let size = self.of(&fragment.node.selection_set.node)?;
        self.within.remove(name);
        self.known.insert(name, size);
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Variables, parser::parse_query};
    use serde_json::json;

    use super::{super::cost::cost, refuse_cost, refuse_structure};
    use crate::config::Config;

    fn is_refused(document: &str, variables: serde_json::Value) -> bool {
        let limits = Config::defaults().expect("the defaults").limits;
        let document = parse_query(document).expect(document);
        let (_, operation) = document.operations.iter().next().expect("an operation");
        let cost = || cost(&document, &operation.node, &Variables::from_json(variables)).0;
        refuse_structure(&document, &limits).and_then(|()| refuse_cost(cost(), &limits)).is_err()
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
        assert!(is_refused(circle, json!({})));
        assert!(is_refused("subscription { a: changes { event } b: changes { event } }", json!({})));
    }

    #[test]
    fn fragments_count_also_where_nobody_uses_them() {
        let chain = |length: usize| {
            let links = (0..length).map(|at| format!("fragment F{at} on Viewer {{ ...F{} }} ", at + 1));
            links.collect::<String>() + &format!("fragment F{length} on Viewer {{ login }} {{ __typename }}")
        };
        assert!(!is_refused(&chain(50), json!({})));
        assert!(is_refused(&chain(200), json!({})));
        let wide = format!("{{ __typename }} fragment F on Viewer {{ {} }}", "login ".repeat(10_000));
        assert!(is_refused(&wide, json!({})));
    }

    #[test]
    fn rows_multiply() {
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
        let nodes =
            "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Tenant { users { nodes { id } } } } }";
        assert!(!is_refused(nodes, json!({ "ids": ["a", "b"] })));
        assert!(is_refused(nodes, json!({ "ids": vec!["a"; 10_000] })));
    }
}
