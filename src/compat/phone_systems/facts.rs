//! What the contract says of a resource type, apart from the rows behind it.
//!
//! Every part of the door reads these lists: the query, the body, the document and OpenAPI.

use super::{kind::Kind, store::Store};

/// When a member may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writable {
    /// Never.
    No,
    /// When a resource is made.
    OnCreate,
    /// When a resource is made and later.
    Always,
    /// When a resource is there already.
    OnUpdate,
}

/// What a body is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// It makes a resource.
    Create,
    /// It changes a resource.
    Update,
}

impl Writable {
    /// Whether a body for this may have the member.
    pub const fn on(self, occasion: Occasion) -> bool {
        match occasion {
            Occasion::Create => matches!(self, Self::OnCreate | Self::Always),
            Occasion::Update => matches!(self, Self::OnUpdate | Self::Always),
        }
    }
}

/// The words of a closed set: as this API writes them and as the domain does.
pub type Words = &'static [(&'static str, &'static str)];

/// The word of this API for one of the domain; of two the first.
pub fn shown_word(words: Words, ours: &str) -> &str {
    words.iter().find(|(_, one)| *one == ours).map_or(ours, |(wire, _)| wire)
}

/// Which values an attribute takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Up to 255 characters, or null.
    Text,
    /// At most so many digits, at least one.
    Digits(usize),
    /// Digits or nothing; null is nothing.
    Prefix,
    /// A whole number from a smallest to a largest, or null.
    Integer(i64, i64),
    /// True or false.
    Boolean,
    /// One of these words.
    Word(Words),
    /// One or more of these words, in an order that matters.
    Choice(Words),
    /// Text for which null means this.
    Default(&'static str),
    /// A time in UTC with milliseconds, or null; nobody writes one.
    Time,
}

/// An attribute of a type.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// Another name that bodies may use for it.
    pub alias: Option<&'static str>,
    /// Which values it takes.
    pub form: Form,
    /// When it may be written.
    pub writable: Writable,
    /// Whether a new resource must have it.
    pub required: bool,
}

/// A to-one relationship of a type.
#[derive(Clone, Copy, Debug)]
pub struct Relationship {
    /// Its name.
    pub name: &'static str,
    /// The type it leads to.
    pub target: fn() -> &'static Kind,
    /// When it may be written.
    pub writable: Writable,
    /// Whether it always leads somewhere.
    pub required: bool,
}

/// A filter of a type's collection.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// Its name.
    pub name: &'static str,
    /// Which values it takes.
    pub takes: Takes,
}

/// Which values a filter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Any; what no resource has matches nothing.
    Texts,
    /// `true` and `false` alone, or `1` and `0`.
    Truths,
    /// Times alone: ISO 8601 with a zone, or `YYYY-MM-DD HH:MM[:SS]` in UTC.
    Moments,
}

/// Where ids come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ids {
    /// The server makes a UUID.
    Uuid,
    /// The operator chooses it.
    Chosen,
    /// The server counts.
    Number,
    /// It is that of another resource.
    Borrowed,
}

/// Which operations a type has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Serves {
    /// GET on the collection, on a resource, and on what belongs to it.
    pub read: bool,
    /// POST on the collection.
    pub create: bool,
    /// PATCH and PUT on a resource.
    pub update: bool,
    /// DELETE on a resource.
    pub delete: bool,
}

impl Serves {
    /// All of them.
    pub const ALL: Self = Self { read: true, create: true, update: true, delete: true };
    /// Only what reads.
    pub const READS: Self = Self { read: true, create: false, update: false, delete: false };
}

/// All that the contract says of a type, and the store of its rows.
pub struct Facts {
    /// Its name.
    pub name: &'static str,
    /// Other spellings of its name in paths, and what the contract calls the list there, if it does.
    pub aliases: &'static [(&'static str, Option<&'static str>)],
    /// Where its ids come from.
    pub ids: Ids,
    /// Its attributes, in the order of the contract.
    pub attributes: Vec<Attribute>,
    /// Its relationships, in the order of the contract.
    pub relationships: Vec<Relationship>,
    /// The filters of its collection.
    pub filters: Vec<Filter>,
    /// Which operations it has.
    pub serves: Serves,
    /// Whether its resources have a `links.self`.
    pub has_self: bool,
    /// Whether its resources show their relationships, which may then be included.
    pub shows_relationships: bool,
    /// Its rows.
    pub store: Box<dyn Store>,
}
