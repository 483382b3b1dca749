//! The body of a write: its structure, before anything is looked up.

use serde_json::{Map, Value};

use super::{
    error::{Problem, Refusal, Result},
    facts::{Ids, Occasion, Relationship},
    kind::Kind,
    query::invalid_resource,
};

/// A body whose structure is good.
#[derive(Debug, Default)]
pub struct Body {
    /// `data.id` as it was sent.
    pub id: Option<String>,
    /// The attributes as they were sent.
    pub attributes: Map<String, Value>,
    /// The relationships that were sent, by their place in the type's list, and where each leads.
    pub links: Vec<(usize, Option<String>)>,
}

/// Reads a JSON object; no body at all is an empty one.
pub fn parse(bytes: &[u8]) -> Result<Map<String, Value>> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Refusal::bad_request("The body must be a JSON object.")),
        Err(wrong) => Err(Refusal::bad_request(format!("The body is not JSON: {wrong}."))),
    }
}

/// Checks the body of a request that makes a resource.
pub fn create(kind: &Kind, body: &Map<String, Value>) -> Result<Body> {
    let data = data(body)?;
    has_type(kind, data)?;
    members(kind, data, Occasion::Create)?;
    let id = match data.get("id") {
        Some(id) if kind.ids == Ids::Chosen => chosen_id(id)?,
        _ => None,
    };
    Ok(Body { id, ..content(kind, data)? })
}

/// Checks the body of a request that changes the resource with this id.
pub fn update(kind: &Kind, id: &str, body: &Map<String, Value>) -> Result<Body> {
    let data = data(body)?;
    let given = data.get("id").filter(|given| !given.is_null());
    let given = given.ok_or_else(|| Problem::bad("109", "A key is required", "A key is required."))?;
    let fits = |key: &String| key == id || (kind.ids == Ids::Uuid && key.eq_ignore_ascii_case(id));
    if !key(given).as_ref().is_some_and(fits) {
        let detail = format!("The URL does not support the key {}", text(given));
        return Err(Problem::bad("110", "Key is not included in URL", detail).into());
    }
    has_type(kind, data)?;
    members(kind, data, Occasion::Update)?;
    content(kind, data)
}

/// Checks the body of a request that changes one relationship, and says where it leads.
pub fn link(relationship: &Relationship, body: &Map<String, Value>) -> Result<Option<String>> {
    let data = body.get("data").ok_or_else(|| missing("data"))?;
    if !relationship.writable.on(Occasion::Update) {
        return Err(not_allowed(relationship.name));
    }
    linkage(relationship, data)
}

/// 105: the member may not be written here.
pub fn not_allowed(name: &str) -> Refusal {
    Problem::bad("105", "Param not allowed", format!("{name} is not allowed.")).into()
}

fn data(body: &Map<String, Value>) -> Result<&Map<String, Value>> {
    match body.get("data") {
        None | Some(Value::Null) => Err(missing("data")),
        Some(Value::Object(data)) if data.is_empty() => Err(missing("data")),
        Some(Value::Array(data)) if data.is_empty() => Err(missing("data")),
        Some(Value::Object(data)) => Ok(data),
        Some(_) => Err(not_an_object("data")),
    }
}

fn missing(name: &str) -> Refusal {
    let detail = format!("The required parameter, {name}, is missing.");
    Problem::bad("106", "Missing Parameter", detail).into()
}

fn not_an_object(name: &str) -> Refusal {
    Problem::bad("122", "Invalid data format", format!("{name} must be an object.")).into()
}

fn has_type(kind: &Kind, data: &Map<String, Value>) -> Result<()> {
    match data.get("type") {
        None | Some(Value::Null) => Err(missing("type")),
        Some(Value::String(name)) if name == kind.name => Ok(()),
        Some(other) => Err(invalid_resource(&text(other)).into()),
    }
}

/// Refuses members that may not be written, the first in the order of the body.
fn members(kind: &Kind, data: &Map<String, Value>, occasion: Occasion) -> Result<()> {
    for name in data.keys() {
        match name.as_str() {
            "type" => {}
            "id" if occasion == Occasion::Update || kind.ids == Ids::Chosen => {}
            "attributes" => {
                let attributes = object(data, "attributes")?;
                allowed(attributes.keys(), |name| is_attribute(kind, name, occasion))?;
            }
            "relationships" => {
                let relationships = object(data, "relationships")?;
                let writable = |one: &Relationship| one.writable.on(occasion);
                allowed(relationships.keys(), |name| {
                    kind.relationships.iter().any(|one| one.name == name && writable(one))
                })?;
            }
            other => return Err(not_allowed(other)),
        }
    }
    Ok(())
}

fn object<'a>(data: &'a Map<String, Value>, name: &str) -> Result<&'a Map<String, Value>> {
    data.get(name).and_then(Value::as_object).ok_or_else(|| not_an_object(name))
}

fn allowed<'a>(mut names: impl Iterator<Item = &'a String>, fits: impl Fn(&str) -> bool) -> Result<()> {
    match names.find(|name| !fits(name)) {
        Some(wrong) => Err(not_allowed(wrong)),
        None => Ok(()),
    }
}

fn is_attribute(kind: &Kind, name: &str, occasion: Occasion) -> bool {
    let mut attributes = kind.attributes.iter().filter(|attribute| attribute.writable.on(occasion));
    attributes.any(|attribute| attribute.name == name || attribute.alias == Some(name))
}

/// An id that the operator chose: 1 to 64 letters, digits, dots, low lines and hyphens.
fn chosen_id(id: &Value) -> Result<Option<String>> {
    if id.is_null() {
        return Ok(None);
    }
    match key(id).filter(|given| is_chosen_id(given)) {
        None => Err(invalid_key(&text(id))),
        given => Ok(given),
    }
}

/// An id: a text, or a whole number in the place of its digits.
fn key(id: &Value) -> Option<String> {
    match id {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

/// Whether an operator may choose this id.
pub fn is_chosen_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=64).contains(&id.len()) && id.bytes().all(fits)
}

/// Whether this is a UUID in its usual form.
pub fn is_uuid(id: &str) -> bool {
    id.len() == 36 && uuid::Uuid::try_parse(id).is_ok()
}

/// 103: the id cannot be one.
pub fn invalid_key(id: &str) -> Refusal {
    Problem::bad("103", "Invalid field value", format!("{id} is not a valid value for id.")).into()
}

fn content(kind: &Kind, data: &Map<String, Value>) -> Result<Body> {
    let attributes = data.get("attributes").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut links = Vec::new();
    for (name, relationship) in data.get("relationships").and_then(Value::as_object).into_iter().flatten() {
        let found = kind.relationships.iter().enumerate().find(|(_, one)| one.name == name);
        let Some((at, facts)) = found else { continue };
        let relationship = relationship.as_object().ok_or_else(invalid_links)?;
        links.push((at, linkage(facts, relationship.get("data").unwrap_or(&Value::Null))?));
    }
    Ok(Body { id: None, attributes, links })
}

fn invalid_links() -> Refusal {
    Problem::bad("115", "Invalid Links Object", "Data is not a valid Links Object.").into()
}

fn linkage(relationship: &Relationship, data: &Value) -> Result<Option<String>> {
    if data.is_null() {
        return Ok(None);
    }
    let identifier = data.as_object().filter(|identifier| identifier.len() == 2).ok_or_else(invalid_links)?;
    let (name, id) = identifier.get("type").zip(identifier.get("id")).ok_or_else(invalid_links)?;
    let target = (relationship.target)();
    if name.as_str() != Some(target.name) {
        let detail = format!("{} is not a valid type for this operation.", text(name));
        return Err(Problem::bad("116", "Type Mismatch", detail).into());
    }
    let id = key(id).ok_or_else(invalid_links)?;
    if target.ids == Ids::Uuid && !is_uuid(&id) {
        return Err(invalid_key(&id));
    }
    Ok(Some(id))
}

/// A text as it is, anything else as JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
