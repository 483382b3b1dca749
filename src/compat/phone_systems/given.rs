//! What a write gives, once it is cast and everything that it refers to is found.

use entity::Id;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use service::{Error, Patch};

use super::{
    body::Body,
    cast::cast,
    error::{BLANK, Blamed, MUST_EXIST, Problem, Result, TAKEN},
    facts::{Attribute, Ids, Occasion, Relationship},
    kind::Kind,
    store::Call,
};

/// What a write gives, in the domain's own values.
#[derive(Debug, Default)]
pub struct Given {
    /// The id that the operator chose.
    pub id: Option<String>,
    attributes: Map<String, Value>,
    related: Vec<(&'static str, Option<i64>)>,
    aliases: Vec<(&'static str, &'static str)>,
}

impl Given {
    /// What is given for an attribute.
    ///
    /// # Errors
    /// Internal when the type's description and the domain's input disagree.
    pub fn attribute<T: DeserializeOwned>(&self, name: &str) -> service::Result<Patch<T>> {
        match self.attributes.get(name) {
            None => Ok(Patch::Keep),
            Some(value) => T::deserialize(value).map(Patch::Set).map_err(Error::internal),
        }
    }

    /// What is given for an attribute that a new resource must have.
    ///
    /// # Errors
    /// Internal when the type's description does not ask for it.
    pub fn required<T: DeserializeOwned>(&self, name: &str) -> service::Result<T> {
        let given = self.attribute(name)?.into_set();
        given.ok_or_else(|| Error::broken("a required attribute is missing"))
    }

    /// Where a relationship shall lead.
    pub fn link<E>(&self, name: &str) -> Patch<Option<Id<E>>> {
        let found = self.related.iter().find(|(one, _)| *one == name);
        found.map_or(Patch::Keep, |(_, number)| Patch::Set(number.map(Id::new)))
    }

    /// Where a relationship that a new resource must have shall lead.
    ///
    /// # Errors
    /// Internal when the type's description does not ask for it.
    pub fn required_link<E>(&self, name: &str) -> service::Result<Id<E>> {
        let given = self.link(name).into_set().flatten();
        given.ok_or_else(|| Error::broken("a required relationship is missing"))
    }

    /// Where a relationship that always leads somewhere shall lead.
    ///
    /// # Errors
    /// Internal when it was let go nowhere.
    pub fn kept_link<E>(&self, name: &str) -> service::Result<Patch<Id<E>>> {
        match self.link(name) {
            Patch::Keep => Ok(Patch::Keep),
            Patch::Set(Some(id)) => Ok(Patch::Set(id)),
            Patch::Set(None) => Err(Error::broken("a required relationship leads nowhere")),
        }
    }

    /// The same, or nowhere when there is nobody, for what may also be nobody's.
    pub fn somebody<E>(&self, name: &str) -> Option<Id<E>> {
        self.link(name).into_set().flatten().filter(|id| id.number() != NOBODY)
    }

    /// The first relationship that shall lead somewhere.
    pub fn first_link(&self) -> Option<&'static str> {
        self.related.iter().find(|(_, number)| number.is_some()).map(|(name, _)| *name)
    }

    /// The name under which an attribute was sent.
    pub fn sent_as(&self, name: &'static str) -> &'static str {
        self.aliases.iter().find(|(one, _)| *one == name).map_or(name, |(_, alias)| alias)
    }

    /// A write of one relationship.
    pub fn one_link(name: &'static str, number: Option<i64>) -> Self {
        Self { related: vec![(name, number)], ..Self::default() }
    }
}

/// Casts a body and finds what it refers to; what is wrong with it comes beside.
///
/// What a new resource must have and has not, is filled in to hear what the domain says of the rest.
pub async fn given(
    call: &Call,
    kind: &Kind,
    body: Body,
    occasion: Occasion,
) -> Result<(Given, Vec<Problem>)> {
    let mut given = Given::default();
    let mut problems = Vec::new();
    if kind.ids == Ids::Chosen && occasion == Occasion::Create {
        problems.extend(free_id(call, kind, body.id.as_deref()).await?);
    }
    for (at, relationship) in kind.relationships.iter().enumerate() {
        let sent = body.links.iter().find(|(one, _)| *one == at).map(|(_, id)| id.as_deref());
        match linked(call, relationship, sent, occasion).await? {
            Ok(None) => {}
            Ok(Some(number)) => given.related.push((relationship.name, number)),
            Err(problem) => {
                given.related.push((relationship.name, Some(NOBODY)));
                problems.push(problem);
            }
        }
    }
    for attribute in kind.attributes.iter().filter(|attribute| attribute.writable.on(occasion)) {
        let (name, value) = sent(attribute, &body);
        given.aliases.push((attribute.name, name));
        let needed = attribute.required && occasion == Occasion::Create;
        let value = match value.map(|value| cast(attribute, value)) {
            None if needed => Err(BLANK.to_owned()),
            None => continue,
            Some(value) => value,
        };
        let value =
            value.map_err(|title| problems.push(Problem::validation(Blamed::Attribute(name), &title)));
        if let Ok(value) = value.or_else(|()| needed.then(|| FILLER.into()).ok_or(())) {
            given.attributes.insert(attribute.name.to_owned(), value);
        }
    }
    given.id = body.id;
    Ok((given, problems))
}

/// The number of no row.
const NOBODY: i64 = 0;
/// What stands for a missing text.
const FILLER: &str = "0";

/// What is wrong with the id of a new resource.
async fn free_id(call: &Call, kind: &Kind, id: Option<&str>) -> Result<Option<Problem>> {
    let Some(id) = id else { return Ok(Some(Problem::validation(Blamed::Id, BLANK))) };
    let found = kind.store.find(call, id).await?;
    Ok(found.map(|_| Problem::validation(Blamed::Id, TAKEN)))
}

/// The number that a relationship shall lead to, if anything is said of it.
type Linked = std::result::Result<Option<Option<i64>>, Problem>;

async fn linked(
    call: &Call,
    relationship: &Relationship,
    sent: Option<Option<&str>>,
    occasion: Occasion,
) -> Result<Linked> {
    let must_exist = || Problem::validation(Blamed::Relationship(relationship.name), MUST_EXIST);
    let must = relationship.required && relationship.writable.on(occasion);
    let id = match sent {
        None if must && occasion == Occasion::Create => return Ok(Err(must_exist())),
        None => return Ok(Ok(None)),
        Some(None) if must => return Ok(Err(must_exist())),
        Some(None) => return Ok(Ok(Some(None))),
        Some(Some(id)) => id,
    };
    let found = (relationship.target)().store.find(call, id).await?;
    Ok(found.map(|shown| Some(Some(shown.number))).ok_or_else(must_exist))
}

/// Finds where one relationship shall lead.
pub async fn one(call: &Call, relationship: &Relationship, id: Option<&str>) -> Result<Given> {
    let number = linked(call, relationship, Some(id), Occasion::Update).await??;
    Ok(Given::one_link(relationship.name, number.flatten()))
}

/// The name under which an attribute was sent, and its value; its own name wins.
fn sent<'a>(attribute: &Attribute, body: &'a Body) -> (&'static str, Option<&'a Value>) {
    let alias = attribute.alias.filter(|alias| {
        !body.attributes.contains_key(attribute.name) && body.attributes.contains_key(*alias)
    });
    let name = alias.unwrap_or(attribute.name);
    (name, body.attributes.get(name))
}
