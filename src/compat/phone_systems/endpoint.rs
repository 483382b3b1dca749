//! What may be done to a type, and where: routes and OpenAPI are both made from here.

use super::{
    BASE,
    facts::{Ids, Occasion, Relationship},
    kind::Kind,
};

/// One thing that may be done to a type.
#[derive(Clone, Copy)]
pub struct Endpoint {
    /// The type.
    pub kind: &'static Kind,
    /// What is done.
    pub action: Action,
}

/// What is done to a type.
#[derive(Clone, Copy)]
pub enum Action {
    /// A page of the collection is read.
    List,
    /// A resource is made.
    Create,
    /// A resource is read.
    Show,
    /// A resource is changed.
    Update,
    /// A resource is removed.
    Delete,
    /// It is read where a relationship leads.
    Linkage(&'static Relationship),
    /// The resource is read that a relationship leads to.
    Related(&'static Relationship),
    /// A relationship is led elsewhere.
    Link(&'static Relationship),
    /// A relationship is led nowhere.
    Unlink(&'static Relationship),
}

impl Endpoint {
    /// All that may be done to a type, in the order of the contract.
    ///
    /// Relationships that cannot be written are among them: their refusal is not a 405.
    pub fn all(kind: &'static Kind) -> Vec<Self> {
        let serves = kind.serves;
        let mut actions = Vec::new();
        actions.extend(serves.read.then_some(Action::List));
        actions.extend(serves.create.then_some(Action::Create));
        actions.extend(serves.read.then_some(Action::Show));
        actions.extend(serves.update.then_some(Action::Update));
        actions.extend(serves.delete.then_some(Action::Delete));
        for relationship in kind.relationships.iter().filter(|_| serves.read) {
            actions.extend([Action::Linkage(relationship), Action::Related(relationship)]);
            if serves.update {
                actions.extend([Action::Link(relationship), Action::Unlink(relationship)]);
            }
        }
        actions.into_iter().map(|action| Self { kind, action }).collect()
    }

    /// Its name in the contract; none for a write that is always refused.
    pub fn id(&self) -> Option<String> {
        let end = match self.action {
            Action::List => "list".to_owned(),
            Action::Create => "create".to_owned(),
            Action::Show => "show".to_owned(),
            Action::Update => "update".to_owned(),
            Action::Delete => "delete".to_owned(),
            Action::Linkage(to) => format!("{}.relationship", to.name),
            Action::Related(to) => format!("{}.related", to.name),
            Action::Link(to) | Action::Unlink(to) if !to.writable.on(Occasion::Update) => return None,
            Action::Link(to) => format!("{}.relationship_update", to.name),
            Action::Unlink(to) => format!("{}.relationship_clear", to.name),
        };
        Some(format!("{}.{end}", self.kind.name))
    }

    /// Its method; PUT does what PATCH does.
    pub const fn method(&self) -> &'static str {
        match self.action {
            Action::List | Action::Show | Action::Linkage(_) | Action::Related(_) => "GET",
            Action::Create => "POST",
            Action::Update | Action::Link(_) => "PATCH",
            Action::Delete | Action::Unlink(_) => "DELETE",
        }
    }

    /// Whether it is about one resource, which its path names.
    pub const fn is_about_one(&self) -> bool {
        !matches!(self.action, Action::List | Action::Create)
    }

    /// Whether it is about one resource whose id is a UUID.
    pub fn is_by_uuid(&self) -> bool {
        self.kind.ids == Ids::Uuid && self.is_about_one()
    }

    /// Whether its requests have a body.
    pub const fn has_body(&self) -> bool {
        matches!(self.action, Action::Create | Action::Update | Action::Link(_))
    }

    /// The type that its answers are of.
    pub fn answers(&self) -> &'static Kind {
        match self.action {
            Action::Linkage(to) | Action::Related(to) | Action::Link(to) | Action::Unlink(to) => {
                (to.target)()
            }
            _ => self.kind,
        }
    }

    /// Its path, with `{id}` in it where it is about one resource.
    pub fn path(&self) -> String {
        self.path_below(self.kind.name)
    }

    /// Its paths below other spellings of the type.
    pub fn aliases(&self) -> impl Iterator<Item = String> {
        self.kind.aliases.iter().map(|(spelling, _)| self.path_below(spelling))
    }

    /// Those of its other paths for which the contract has a name, and these names.
    pub fn named_aliases(&self) -> Vec<(String, String)> {
        let named = |(spelling, id): &(&str, Option<&str>)| match (self.action, id) {
            (Action::List, Some(id)) => Some((format!("{}.{id}", self.kind.name), self.path_below(spelling))),
            _ => None,
        };
        self.kind.aliases.iter().filter_map(named).collect()
    }

    fn path_below(&self, spelling: &str) -> String {
        let collection = format!("{BASE}/{spelling}");
        match self.action {
            Action::List | Action::Create => collection,
            Action::Show | Action::Update | Action::Delete => format!("{collection}/{{id}}"),
            Action::Related(to) => format!("{collection}/{{id}}/{}", to.name),
            Action::Linkage(to) | Action::Link(to) | Action::Unlink(to) => {
                format!("{collection}/{{id}}/relationships/{}", to.name)
            }
        }
    }
}
