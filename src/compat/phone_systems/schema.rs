//! The JSON Schemas of documents, made of the types' own lists.

use serde_json::Value;
use utoipa::openapi::{
    RefOr, Schema,
    schema::{
        AdditionalProperties, AnyOfBuilder, ArrayBuilder, KnownFormat, ObjectBuilder, Ref, SchemaFormat,
        SchemaType, Type,
    },
};

use super::{
    facts::{Attribute, Form, Ids, Occasion, Relationship, Words},
    kind::Kind,
};

/// A schema or a reference to one.
pub type Shape = RefOr<Schema>;

/// A reference to a schema of the document.
pub fn named(name: impl Into<String>) -> Shape {
    Ref::from_schema_name(name).into()
}

/// A document of one resource.
pub fn one(kind: &Kind) -> Shape {
    document().property("data", named(kind.name)).required("data").property("included", included()).into()
}

/// A document of the resource that a relationship leads to, or of none.
pub fn related(kind: &Kind) -> Shape {
    document()
        .property("data", or_null(named(kind.name)))
        .required("data")
        .property("included", included())
        .into()
}

/// A document of a page of a collection.
pub fn many(kind: &Kind) -> Shape {
    let count = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0_isize));
    let meta = document().property("record_count", count).required("record_count");
    let links = ["first", "prev", "next", "last"].into_iter().fold(document(), |links, name| {
        links.property(name, text().description(Some(format!("The {name} page."))))
    });
    document()
        .property("data", ArrayBuilder::new().items(named(kind.name)))
        .property("included", included())
        .property("meta", meta)
        .property("links", links.required("first").required("last"))
        .required("data")
        .required("meta")
        .required("links")
        .into()
}

/// A document of a relationship.
pub fn linkage(kind: &Kind) -> Shape {
    let links = links(&["self", "related"]);
    let data = or_null(identifier(kind));
    document().property("data", data).property("links", links).required("data").required("links").into()
}

/// A resource.
pub fn resource(kind: &Kind) -> Shape {
    let attributes = kind
        .attributes
        .iter()
        .fold(document(), |object, attribute| object.property(attribute.name, shown(attribute)));
    let mut resource = document()
        .property("id", text())
        .property("type", word(kind.name))
        .property("attributes", attributes)
        .required("id")
        .required("type");
    if kind.has_self {
        resource = resource.property("links", links(&["self"])).required("links");
    }
    if kind.shows_relationships && !kind.relationships.is_empty() {
        let relationships = kind.relationships.iter().fold(document(), |object, relationship| {
            object.property(relationship.name, relation(relationship))
        });
        resource = resource.property("relationships", relationships);
    }
    resource.into()
}

/// The body of a write.
pub fn body(kind: &Kind, occasion: Occasion) -> Shape {
    let mut data = strict().property("type", word(kind.name)).required("type");
    if occasion == Occasion::Update || kind.ids == Ids::Chosen {
        data = data.property("id", given_id(kind)).required("id");
    }
    data = with_members(data, "attributes", attributes(kind, occasion));
    data = with_members(data, "relationships", relationships(kind, occasion));
    document().property("data", data).required("data").into()
}

/// Members of an object, and the names of those that must be there.
type Members = (ObjectBuilder, Vec<&'static str>);

/// Adds an object of members, if there are any; it must be there when one of them must.
fn with_members(data: ObjectBuilder, name: &str, members: Option<Members>) -> ObjectBuilder {
    let Some((object, needed)) = members else { return data };
    let must = !needed.is_empty();
    let data = data.property(name, needed.into_iter().fold(object, ObjectBuilder::required));
    if must { data.required(name) } else { data }
}

fn attributes(kind: &Kind, occasion: Occasion) -> Option<Members> {
    let written: Vec<_> = kind.attributes.iter().filter(|one| one.writable.on(occasion)).collect();
    let needed = written.iter().filter(|one| occasion == Occasion::Create && one.required);
    let needed = needed.map(|one| one.name).collect();
    let names = written.iter().flat_map(|one| [Some(one.name), one.alias].map(|name| name.zip(Some(*one))));
    let object =
        names.flatten().fold(strict(), |object, (name, attribute)| object.property(name, taken(attribute)));
    (!written.is_empty()).then_some((object, needed))
}

fn relationships(kind: &Kind, occasion: Occasion) -> Option<Members> {
    let written: Vec<_> = kind.relationships.iter().filter(|one| one.writable.on(occasion)).collect();
    let needed = written.iter().filter(|one| occasion == Occasion::Create && one.required);
    let needed = needed.map(|one| one.name).collect();
    let object = written.iter().fold(strict(), |object, one| {
        let link = document().property("data", target(one));
        // Without `data` it leads nowhere.
        object.property(one.name, if one.required { link.required("data") } else { link })
    });
    (!written.is_empty()).then_some((object, needed))
}

/// The body of a write of one relationship.
pub fn link(relationship: &Relationship) -> Shape {
    document().property("data", target(relationship)).required("data").into()
}

/// The document of errors.
pub fn errors() -> Shape {
    let pointer = document().property("pointer", text()).required("pointer");
    let error = ["title", "detail", "code", "status"]
        .into_iter()
        .fold(document(), |error, name| error.property(name, text()).required(name));
    let errors = ArrayBuilder::new().items(error.property("source", pointer)).min_items(Some(1));
    document().property("errors", errors).required("errors").into()
}

/// An id in a path.
pub fn id(kind: &Kind) -> Shape {
    match kind.ids {
        Ids::Uuid => text().pattern(Some(UUID)).into(),
        Ids::Number => text().pattern(Some("^[1-9][0-9]*$")).into(),
        Ids::Chosen | Ids::Borrowed => text().pattern(Some("^[A-Za-z0-9._-]{1,64}$")).into(),
    }
}

/// An id in a body: one that the operator chose may be a whole number as well.
fn given_id(kind: &Kind) -> Shape {
    match kind.ids {
        Ids::Chosen => AnyOfBuilder::new().item(id(kind)).item(whole_number()).into(),
        _ => id(kind),
    }
}

const UUID: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

/// A text.
pub fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// The format of a time.
fn date_time() -> SchemaFormat {
    SchemaFormat::KnownFormat(KnownFormat::DateTime)
}

/// A whole number.
fn whole_number() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer)
}

/// A whole number that is no smaller.
pub fn at_least(least: i64) -> ObjectBuilder {
    whole_number().minimum(isize::try_from(least).ok())
}

/// A whole number within bounds.
pub fn integer(least: i64, most: i64) -> ObjectBuilder {
    bounded(whole_number(), least, most)
}

/// A time in a filter, or none at all.
pub fn moments() -> Shape {
    AnyOfBuilder::new().item(text().format(Some(date_time()))).item(text().max_length(Some(0))).into()
}

fn bounded(number: ObjectBuilder, least: i64, most: i64) -> ObjectBuilder {
    number.minimum(isize::try_from(least).ok()).maximum(isize::try_from(most).ok())
}

fn document() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Object)
}

/// An object that takes no other members.
fn strict() -> ObjectBuilder {
    document().additional_properties(Some(AdditionalProperties::FreeForm(false)))
}

fn included() -> ArrayBuilder {
    ArrayBuilder::new().items(document()).description(Some("The resources that `include` asked for."))
}

fn word(word: &str) -> ObjectBuilder {
    text().enum_values(Some([word]))
}

fn links(names: &[&str]) -> ObjectBuilder {
    names.iter().fold(document(), |links, name| links.property(*name, text()).required(*name))
}

fn identifier(kind: &Kind) -> Shape {
    strict().property("type", word(kind.name)).property("id", id(kind)).required("type").required("id").into()
}

fn relation(relationship: &Relationship) -> ObjectBuilder {
    let data = or_null(identifier((relationship.target)()));
    document()
        .property("links", links(&["self", "related"]))
        .property("data", data)
        .required("links")
        .required("data")
}

/// Where a relationship may be led.
fn target(relationship: &Relationship) -> Shape {
    let kind = (relationship.target)();
    let identifier = strict().property("type", word(kind.name)).property("id", given_id(kind));
    let identifier: Shape = identifier.required("type").required("id").into();
    if relationship.required { identifier } else { or_null(identifier) }
}

fn or_null(shape: Shape) -> Shape {
    AnyOfBuilder::new().item(shape).item(ObjectBuilder::new().schema_type(Type::Null)).into()
}

fn nullable(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::from_iter([kind, Type::Null]))
}

/// An attribute as it is shown.
fn shown(attribute: &Attribute) -> Shape {
    match attribute.form {
        Form::Text if attribute.required => text().into(),
        Form::Text => nullable(Type::String).into(),
        Form::Digits(_) | Form::Prefix => text().pattern(Some("^[0-9]*$")).into(),
        Form::Default(_) => text().into(),
        Form::Time => nullable(Type::String).format(Some(date_time())).into(),
        Form::Integer(least, most) => bounded(nullable(Type::Integer), least, most).into(),
        Form::Boolean => ObjectBuilder::new().schema_type(Type::Boolean).into(),
        Form::Word(words) => text().enum_values(Some(shown_words(words))).into(),
        Form::Choice(words) => {
            ArrayBuilder::new().items(text().enum_values(Some(shown_words(words)))).min_items(Some(1)).into()
        }
    }
}

/// An attribute as a body may have it.
fn taken(attribute: &Attribute) -> Shape {
    let any = |texts: ObjectBuilder, other: ObjectBuilder| AnyOfBuilder::new().item(texts).item(other).into();
    match attribute.form {
        Form::Text if attribute.required => text().pattern(Some("\\S")).max_length(Some(255)).into(),
        Form::Text => nullable(Type::String).max_length(Some(255)).into(),
        Form::Default(default) => {
            nullable(Type::String).max_length(Some(255)).default(Some(Value::from(default))).into()
        }
        Form::Digits(most) => any(
            text().pattern(Some(format!("^[0-9]{{1,{most}}}$"))),
            integer(0, 10_i64.saturating_pow(u32::try_from(most).unwrap_or(u32::MAX)) - 1),
        ),
        Form::Prefix => {
            any(nullable(Type::String).pattern(Some("^[0-9]*$")).max_length(Some(255)), at_least(0))
        }
        Form::Time => nullable(Type::String).format(Some(date_time())).into(),
        Form::Integer(least, most) => any(
            text().pattern(Some("^[0-9]+$")).description(Some("The same in digits.")),
            bounded(nullable(Type::Integer), least, most),
        ),
        Form::Boolean => {
            any(text().enum_values(Some(["true", "false"])), ObjectBuilder::new().schema_type(Type::Boolean))
        }
        Form::Word(words) => text().enum_values(Some(words.iter().map(|(wire, _)| *wire))).into(),
        Form::Choice(words) => {
            let word = text().enum_values(Some(words.iter().map(|(wire, _)| *wire)));
            ArrayBuilder::new().items(word).min_items(Some(1)).into()
        }
    }
}

/// The words that are shown: of two with one meaning, the first.
fn shown_words(words: Words) -> Vec<&'static str> {
    let first = |at: usize, ours: &str| words.iter().position(|(_, one)| *one == ours) == Some(at);
    words.iter().enumerate().filter(|(at, (_, ours))| first(*at, ours)).map(|(_, (wire, _))| *wire).collect()
}
