//! JSON:API documents: how an answer is laid out.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{
    BASE,
    facts::Relationship,
    graph::Graph,
    kind::Kind,
    query::{Include, Query},
    store::Shown,
};

/// What every document of an answer is made with.
pub struct Layout<'a> {
    /// The public address of the server.
    pub base: &'a str,
    /// The query.
    pub query: &'a Query,
    /// What is related.
    pub graph: &'a Graph,
}

impl Layout<'_> {
    /// A document of one resource, or of none.
    pub fn one(&self, kind: &'static Kind, row: Option<&Shown>) -> Value {
        let mut document = Map::new();
        document.insert("data".into(), row.map_or(Value::Null, |row| self.resource(kind, row)));
        let rows: Vec<&Shown> = row.into_iter().collect();
        self.include(kind, &rows, &mut document);
        document.into()
    }

    /// A document of a page of a collection.
    pub fn many(&self, kind: &'static Kind, rows: &[Shown], total: u64) -> Value {
        let mut document = Map::new();
        let data: Vec<Value> = rows.iter().map(|row| self.resource(kind, row)).collect();
        document.insert("data".into(), data.into());
        let rows: Vec<&Shown> = rows.iter().collect();
        self.include(kind, &rows, &mut document);
        document.insert("meta".into(), json!({ "record_count": total }));
        document.insert("links".into(), self.page_links(kind, total));
        document.into()
    }

    /// A document of a relationship.
    pub fn linkage(
        &self,
        kind: &Kind,
        relationship: &Relationship,
        row: &Shown,
        target: Option<&Shown>,
    ) -> Value {
        let data = identifier((relationship.target)(), target);
        json!({ "data": data, "links": self.links(kind, relationship, row) })
    }

    /// The address of a resource.
    fn address(&self, kind: &Kind, row: &Shown) -> String {
        format!("{}{BASE}/{}/{}", self.base, kind.name, row.id)
    }

    fn resource(&self, kind: &Kind, row: &Shown) -> Value {
        let mut resource = Map::new();
        resource.insert("id".into(), row.id.clone().into());
        resource.insert("type".into(), kind.name.into());
        if kind.has_self {
            resource.insert("links".into(), json!({ "self": self.address(kind, row) }));
        }
        let attributes = kind.attributes.iter().zip(&row.attributes);
        let attributes = attributes.filter(|(attribute, _)| self.query.fields.show(kind, attribute.name));
        let attributes: Map<_, _> =
            attributes.map(|(attribute, value)| (attribute.name.to_owned(), value.clone())).collect();
        put(&mut resource, "attributes", attributes);
        if kind.shows_relationships {
            put(&mut resource, "relationships", self.relationships(kind, row));
        }
        resource.into()
    }

    fn relationships(&self, kind: &Kind, row: &Shown) -> Map<String, Value> {
        let pairs = kind.relationships.iter().zip(&row.related);
        let pairs = pairs.filter(|(relationship, _)| self.query.fields.show(kind, relationship.name));
        pairs
            .map(|(relationship, number)| {
                let target = (relationship.target)();
                let found = number.and_then(|number| self.graph.get(target, number));
                let links = self.links(kind, relationship, row);
                (relationship.name.to_owned(), json!({ "links": links, "data": identifier(target, found) }))
            })
            .collect()
    }

    fn links(&self, kind: &Kind, relationship: &Relationship, row: &Shown) -> Value {
        let (address, name) = (self.address(kind, row), relationship.name);
        json!({ "self": format!("{address}/relationships/{name}"), "related": format!("{address}/{name}") })
    }

    fn page_links(&self, kind: &Kind, total: u64) -> Value {
        let Query { page, size, .. } = *self.query;
        let last = total.div_ceil(size.max(1)).max(1);
        let link = |page| format!("{}{BASE}/{}?{}", self.base, kind.name, self.query.page_link(page));
        let mut links = json!({ "first": link(1) });
        if page > 1 {
            links["prev"] = link(page - 1).into();
        }
        if page < last {
            links["next"] = link(page + 1).into();
        }
        links["last"] = link(last).into();
        links
    }

    /// Adds what is included, each resource once and none that is there already.
    fn include(&self, kind: &'static Kind, rows: &[&Shown], document: &mut Map<String, Value>) {
        let mut seen = rows.iter().map(|row| (kind.name, row.number)).collect();
        let mut included = Vec::new();
        self.collect(kind, rows, &self.query.include, &mut seen, &mut included);
        if !included.is_empty() {
            document.insert("included".into(), included.into());
        }
    }

    fn collect(
        &self,
        kind: &'static Kind,
        rows: &[&Shown],
        include: &Include,
        seen: &mut HashSet<(&'static str, i64)>,
        included: &mut Vec<Value>,
    ) {
        for (at, relationship) in kind.relationships.iter().enumerate() {
            let Some(behind) = include.behind(at) else { continue };
            let target = (relationship.target)();
            let numbers = rows.iter().filter_map(|row| row.related.get(at).copied().flatten());
            let found: Vec<&Shown> = numbers.filter_map(|number| self.graph.get(target, number)).collect();
            for row in &found {
                if seen.insert((target.name, row.number)) {
                    included.push(self.resource(target, row));
                }
            }
            self.collect(target, &found, behind, seen, included);
        }
    }
}

/// Adds a member that is not empty.
fn put(resource: &mut Map<String, Value>, name: &str, members: Map<String, Value>) {
    if !members.is_empty() {
        resource.insert(name.to_owned(), members.into());
    }
}

fn identifier(kind: &Kind, row: Option<&Shown>) -> Value {
    row.map_or(Value::Null, |row| json!({ "type": kind.name, "id": row.id }))
}
