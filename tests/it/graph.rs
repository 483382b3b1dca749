//! The schema as its clients can ask for it, for tests that walk all of it.

use std::collections::BTreeMap;

use entity::Kind;
use serde_json::{Map, Value, json};

use crate::app::Actor;

const INTROSPECTION: &str = "{
  __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    types {
      kind name description
      fields(includeDeprecated: true) { name description args { ...input } type { ...ref } }
      inputFields { ...input }
      enumValues(includeDeprecated: true) { name description }
    }
  }
}
fragment input on __InputValue { name description defaultValue type { ...ref } }
fragment ref on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }";

/// The types of the schema by their names.
pub struct Graph(BTreeMap<String, Value>);

/// A field or an argument.
#[derive(Clone, Copy)]
pub struct Field<'g>(pub &'g Value);

impl<'g> Field<'g> {
    pub fn name(self) -> &'g str {
        self.0["name"].as_str().expect("a name")
    }

    /// The type without the words for lists and for what is never null.
    pub fn named_type(self) -> &'g str {
        let mut of = &self.0["type"];
        while of["name"].is_null() {
            of = &of["ofType"];
        }
        of["name"].as_str().expect("a name")
    }

    pub fn is_required(self) -> bool {
        self.0["type"]["kind"] == "NON_NULL" && self.0["defaultValue"].is_null()
    }

    pub fn is_list(self) -> bool {
        let of = &self.0["type"];
        let of = if of["kind"] == "NON_NULL" { &of["ofType"] } else { of };
        of["kind"] == "LIST"
    }

    pub fn is_nullable(self) -> bool {
        self.0["type"]["kind"] != "NON_NULL"
    }

    pub fn arguments(self) -> impl Iterator<Item = Field<'g>> {
        self.0["args"].as_array().into_iter().flatten().map(Field)
    }
}

impl Graph {
    /// Asks for the schema.
    pub async fn of(actor: &Actor) -> Self {
        let answer = actor.gql(INTROSPECTION, json!({})).await;
        let types = answer["__schema"]["types"].as_array().expect("types");
        Self(types.iter().map(|of| (of["name"].as_str().expect("a name").to_owned(), of.clone())).collect())
    }

    /// All types but those of introspection itself.
    pub fn types(&self) -> impl Iterator<Item = &Value> {
        self.0.iter().filter(|(name, _)| !name.starts_with("__")).map(|(_, of)| of)
    }

    pub fn find(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub fn has_field(&self, of: &str, name: &str) -> bool {
        self.find(of).is_some() && self.fields(of).any(|field| field.name() == name)
    }

    /// The fields of an object or of an input.
    pub fn fields(&self, of: &str) -> impl Iterator<Item = Field<'_>> {
        let of = self.0.get(of).unwrap_or_else(|| panic!("no type {of}"));
        let fields = of["fields"].as_array().or(of["inputFields"].as_array());
        fields.into_iter().flatten().map(Field)
    }

    pub fn kind_of(&self, name: &str) -> &str {
        self.0[name]["kind"].as_str().expect("a kind")
    }

    /// The words of an enum.
    pub fn words(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0[name]["enumValues"].as_array().into_iter().flatten().filter_map(|word| word["name"].as_str())
    }

    /// The list of this kind: the root field that answers its connection.
    pub fn list(&self, kind: Kind) -> Option<Field<'_>> {
        let connection = format!("{}Connection", type_name(kind));
        self.fields("Query").find(|field| field.named_type() == connection)
    }

    /// All that a row shows of itself, its relations by their ids, without lists below it.
    pub fn selection(&self, of: &str) -> String {
        let mut text = String::new();
        for field in self.fields(of) {
            let (name, named) = (field.name(), field.named_type());
            match self.kind_of(named) {
                "SCALAR" | "ENUM" => text += &format!("{name} "),
                _ if named.ends_with("Connection") => {}
                _ if Kind::ALL.iter().any(|kind| type_name(*kind) == named) => {
                    text += &format!("{name} {{ id }} ")
                }
                _ => text += &format!("{name} {{ {}}} ", self.selection(named)),
            }
        }
        text
    }

    /// A value for an argument or input field, as small as it may be; ids are those of the rows.
    pub fn value(&self, field: Field<'_>, root: &str, ids: &BTreeMap<Kind, String>) -> Value {
        let named = field.named_type();
        let one = match (self.kind_of(named), named) {
            ("INPUT_OBJECT", _) => {
                let required = self.fields(named).filter(|field| field.is_required() || field.name() == "id");
                let values = required.map(|field| (field.name().to_owned(), self.value(field, root, ids)));
                Value::Object(values.collect::<Map<_, _>>())
            }
            ("ENUM", _) => json!(self.words(named).next()),
            (_, "ID") => {
                let kind = kind_of_id(field.name(), root);
                json!(ids.get(&kind).cloned().unwrap_or_else(|| format!("{}_1", kind.word())))
            }
            (_, "Int" | "Float") => json!(1),
            (_, "Boolean") => json!(true),
            (_, "UUID") => json!("00000000-0000-7000-8000-000000000000"),
            (_, "DateTime") => json!("2030-01-01T00:00:00Z"),
            (_, "String" | "Secret") => json!("4930123456"),
            (of, name) => panic!("no value for the {of} {name}"),
        };
        if field.is_list() { json!([one]) } else { one }
    }

    /// A document that asks for one root field, with a value for each argument that must be there and
    /// for the first one of those that name a row; and its variables.
    pub fn document(
        &self,
        operation: &str,
        field: Field<'_>,
        ids: &BTreeMap<Kind, String>,
    ) -> (String, Value) {
        let root = field.name();
        let named = |argument: &Field<'_>| argument.name() == "id" && operation == "query";
        let asked: Vec<_> = field.arguments().filter(|one| one.is_required() || named(one)).collect();
        let (mut declared, mut given, mut variables) = (Vec::new(), Vec::new(), Map::new());
        for argument in &asked {
            let (name, of) = (argument.name(), written(&argument.0["type"]));
            declared.push(format!("${name}: {of}"));
            given.push(format!("{name}: ${name}"));
            variables.insert(name.to_owned(), self.value(*argument, root, ids));
        }
        let (declared, given) = match asked.is_empty() {
            true => (String::new(), String::new()),
            false => (format!("({})", declared.join(", ")), format!("({})", given.join(", "))),
        };
        let payload = self.has_field(field.named_type(), "userErrors");
        let selection = if payload { "userErrors { code field message }" } else { "__typename" };
        (format!("{operation}{declared} {{ {root}{given} {{ {selection} }} }}"), Value::Object(variables))
    }
}

/// A type reference as a document writes it.
pub fn written(of: &Value) -> String {
    match of["kind"].as_str() {
        Some("NON_NULL") => format!("{}!", written(&of["ofType"])),
        Some("LIST") => format!("[{}]", written(&of["ofType"])),
        _ => of["name"].as_str().expect("a name").to_owned(),
    }
}

/// The name of a kind's type.
pub fn type_name(kind: Kind) -> String {
    format!("{kind:?}")
}

/// The name of a kind's fields, such as `phoneNumber`.
pub fn field_name(kind: Kind) -> String {
    let name = type_name(kind);
    format!("{}{}", name[..1].to_lowercase(), &name[1..])
}

/// Which kind of row an id names, by the name of its field; `id` itself by the root field it is below.
pub fn kind_of_id(field: &str, root: &str) -> Kind {
    let named = |name: &str| Kind::ALL.iter().copied().find(|kind| field_name(*kind) == name);
    let word = field.trim_end_matches("Ids").trim_end_matches("Id");
    match (field, word) {
        ("id" | "ids", _) if !matches!(root, "node" | "nodes") => {
            let begins = |kind: &&Kind| root.starts_with(&field_name(**kind));
            let longest = Kind::ALL.iter().filter(begins).max_by_key(|kind| field_name(**kind).len());
            *longest.unwrap_or_else(|| panic!("{root} is of no kind"))
        }
        ("id" | "ids", _) => Kind::Tenant,
        (_, "group" | "scopeGroup") => Kind::UserGroup,
        (_, "scopeExtension" | "messageExtension") => Kind::Extension,
        (_, "issuedBy") => Kind::User,
        _ => named(word).unwrap_or_else(|| panic!("{field} below {root} names no kind")),
    }
}
