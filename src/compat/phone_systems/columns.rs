//! How the columns of a table hold the ids, attributes and relationships of a type.

use chrono::SecondsFormat;
use sea_orm::{
    ColumnTrait, ColumnType, EntityTrait, ModelTrait, Value as Stored, sea_query::sea_value_to_json_value,
};
use serde_json::{Value, json};
use service::{Compared, Rules, Services, Sort};

use super::{
    facts::{Attribute, Form, Ids, Relationship, Writable, shown_word},
    kind::Kind,
};

/// The column of a type's ids.
#[derive(Clone, Copy, Debug)]
pub enum Key<C> {
    /// A UUID that the server makes.
    Uuid(C),
    /// A text that the operator chooses.
    Chosen(C),
    /// The number of the row.
    Number(C),
}

impl<C: Copy> Key<C> {
    /// Which column.
    pub const fn column(self) -> C {
        match self {
            Self::Uuid(column) | Self::Chosen(column) | Self::Number(column) => column,
        }
    }

    /// Where its ids come from.
    pub const fn ids(self) -> Ids {
        match self {
            Self::Uuid(_) => Ids::Uuid,
            Self::Chosen(_) => Ids::Chosen,
            Self::Number(_) => Ids::Number,
        }
    }
}

/// How a column keeps an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// As it is.
    Plainly,
    /// As its opposite.
    AsOpposite,
    /// True is this word, false any other.
    AsWord(&'static str),
}

/// An attribute and its column.
pub struct Field<E: EntityTrait> {
    /// What the contract says of it.
    pub attribute: Attribute,
    /// Its column.
    pub column: E::Column,
    /// How the column keeps it.
    pub kept: Kept,
}

impl<E: EntityTrait> Field<E> {
    /// An attribute that is read only.
    pub const fn new(name: &'static str, form: Form, column: E::Column) -> Self {
        let attribute = Attribute { name, alias: None, form, writable: Writable::No, required: false };
        Self { attribute, column, kept: Kept::Plainly }
    }

    /// The same, writable then.
    pub const fn writable(mut self, writable: Writable) -> Self {
        self.attribute.writable = writable;
        self
    }

    /// The same; a new resource must have it.
    pub const fn required(mut self) -> Self {
        self.attribute.required = true;
        self
    }

    /// The same with another name for bodies.
    pub const fn or(mut self, alias: &'static str) -> Self {
        self.attribute.alias = Some(alias);
        self
    }

    /// The same; its column says the opposite.
    pub const fn inverted(mut self) -> Self {
        self.kept = Kept::AsOpposite;
        self
    }

    /// The same; it is true where its column has this word.
    pub const fn is(mut self, word: &'static str) -> Self {
        self.kept = Kept::AsWord(word);
        self
    }

    /// By what it is sorted.
    pub fn sort(&self, descending: bool) -> Sort<E::Column> {
        let sort = Sort { descending, ..Sort::by(self.column) };
        match self.kept {
            Kept::Plainly => sort,
            Kept::AsOpposite => Sort { descending: !descending, ..sort },
            Kept::AsWord(word) => Sort { compared: Compared::ByWord(word), ..sort },
        }
    }
}

/// A relationship and its column.
pub struct Link<E: EntityTrait> {
    /// What the contract says of it.
    pub relationship: Relationship,
    /// Its column.
    pub column: E::Column,
}

impl<E: EntityTrait> Link<E> {
    /// A relationship that is read only.
    pub const fn new(name: &'static str, target: fn() -> &'static Kind, column: E::Column) -> Self {
        let relationship = Relationship { name, target, writable: Writable::No, required: false };
        Self { relationship, column }
    }

    /// The same, writable then.
    pub const fn writable(mut self, writable: Writable) -> Self {
        self.relationship.writable = writable;
        self
    }

    /// The same; it always leads somewhere.
    pub const fn required(mut self) -> Self {
        self.relationship.required = true;
        self
    }
}

/// An attribute of a row as it is shown.
pub fn value<E: Rules>(services: &Services, row: &E::Model, field: &Field<E>) -> service::Result<Value> {
    if matches!(field.column.def().get_column_type(), ColumnType::VarBinary(_)) {
        return Ok(services.reveal::<E>(row, field.column)?.into());
    }
    let stored = row.get(field.column);
    Ok(match (field.attribute.form, field.kept, &stored) {
        (_, Kept::AsWord(word), _) => (stored == Stored::from(word)).into(),
        (_, Kept::AsOpposite, Stored::Bool(Some(truth))) => (!truth).into(),
        (Form::Time, _, Stored::ChronoDateTimeUtc(Some(time))) => {
            time.to_rfc3339_opts(SecondsFormat::Millis, true).into()
        }
        (Form::Word(words), _, Stored::String(Some(word))) => shown_word(words, word).into(),
        (Form::Choice(words), _, Stored::Json(Some(list))) => {
            let list = list.as_array().into_iter().flatten().filter_map(Value::as_str);
            json!(list.map(|word| shown_word(words, word)).collect::<Vec<_>>())
        }
        _ => sea_value_to_json_value(&stored),
    })
}
