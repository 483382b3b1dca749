//! Filters and sorts: names of the contract become filters and sorts of the domain, which are those of GraphQL.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait,
    sea_query::{Expr, ExprTrait},
};
use service::{
    Compared, Sort,
    filter::{BooleanFilter, Compare, DateTimeFilter, IntFilter, StringFilter},
};

use super::{
    cast::moment,
    columns::{Field, Kept},
    facts::{Filter, Form, Ids, Takes},
    query::{Query, Sorting, boolean},
    rows::{ColumnOf, Type, is_one_of, number},
};

/// A filter.
pub enum By<C> {
    /// By the id.
    Id,
    /// By the id of what a relationship leads to: its name and `.id`.
    LinkedId(&'static str),
    /// By the attribute with this name.
    Attribute(&'static str),
    /// By a text that is no attribute.
    Text(&'static str, C),
    /// By a time, from then on.
    From(&'static str, C),
    /// By a time, until then.
    Until(&'static str, C),
}

impl<C> By<C> {
    /// What the contract says of it.
    pub fn filter<T: Type>(&self) -> Filter {
        let (name, takes) = match self {
            Self::Id => ("id", Takes::Texts),
            Self::LinkedId(name) | Self::Text(name, _) => (*name, Takes::Texts),
            Self::From(name, _) | Self::Until(name, _) => (*name, Takes::Moments),
            Self::Attribute(name) => (
                *name,
                match field::<T>(name).map(|field| field.attribute.form) {
                    Some(Form::Boolean) => Takes::Truths,
                    Some(Form::Time) => Takes::Moments,
                    _ => Takes::Texts,
                },
            ),
        };
        Filter { name, takes }
    }
}

fn field<T: Type>(name: &str) -> Option<&'static Field<T::Entity>> {
    T::FIELDS.iter().find(|field| field.attribute.name == name)
}

/// What all the filters of a query ask for.
pub fn condition<T: Type>(query: &Query) -> Condition {
    let one = |(at, values): &(usize, Vec<String>)| {
        T::FILTERS.get(*at).map(|by| filter::<T>(by, values)).unwrap_or_else(Condition::all)
    };
    query.filters.iter().map(one).fold(Condition::all(), Condition::add)
}

fn filter<T: Type>(by: &By<ColumnOf<T::Entity>>, values: &[String]) -> Condition {
    match by {
        By::Id => is_one_of::<T>(values),
        By::LinkedId(name) => leads_to::<T>(name, values),
        By::Text(_, column) => texts(*column, values),
        By::From(_, column) => {
            moments(*column, values, |at| DateTimeFilter { gte: Some(at), ..Default::default() })
        }
        By::Until(_, column) => {
            moments(*column, values, |at| DateTimeFilter { lt: Some(after(at)), ..Default::default() })
        }
        By::Attribute(name) => {
            field::<T>(name).map_or_else(Condition::all, |field| has_one_of(field, values))
        }
    }
}

/// What names the rows whose relationship leads to one of these ids.
fn leads_to<T: Type>(name: &str, ids: &[String]) -> Condition {
    let relationship = name.trim_end_matches(".id");
    let link = T::LINKS.iter().find(|link| link.relationship.name == relationship);
    let found = link.and_then(|link| Some((link.column, (link.relationship.target)().store.numbers(ids)?)));
    Condition::all().add(match found {
        // One id is one number, from which an index goes on in the order of the list.
        Some((column, number)) if ids.len() == 1 => Expr::col(column.as_column_ref()).eq(Expr::from(number)),
        Some((column, numbers)) => column.in_subquery(numbers),
        None => Expr::val(false),
    })
}

/// What names the rows of which an attribute has one of these values.
fn has_one_of<E: EntityTrait>(field: &Field<E>, values: &[String]) -> Condition {
    match field.attribute.form {
        Form::Boolean => {
            let truths = values.iter().filter_map(|value| boolean(value));
            let is = |truth| BooleanFilter { eq: Some(truth != (field.kept == Kept::AsOpposite)) };
            any(truths.map(|truth| is(truth).on(field.column)))
        }
        Form::Integer(..) => {
            let numbers = values.iter().filter_map(|value| i32::try_from(number(value)?).ok());
            IntFilter { r#in: Some(numbers.collect()), ..Default::default() }.on(field.column)
        }
        Form::Time => moments(field.column, values, |at| DateTimeFilter {
            gte: Some(at),
            lt: Some(after(at)),
            ..Default::default()
        }),
        _ => texts(field.column, values),
    }
}

/// What names the rows of which a column has one of these texts. No text has a U+0000.
pub fn texts<C: ColumnTrait>(column: C, texts: &[String]) -> Condition {
    let texts = texts.iter().filter(|text| !text.contains('\0')).cloned();
    StringFilter { r#in: Some(texts.collect()), ..Default::default() }.on(column)
}

/// What names the rows that one of these times finds.
fn moments<C: ColumnTrait>(
    column: C,
    times: &[String],
    find: impl Fn(DateTime<Utc>) -> DateTimeFilter,
) -> Condition {
    any(times.iter().filter_map(|time| moment(time)).map(|at| find(at).on(column)))
}

/// The first time that is shown as a later one: times are shown in milliseconds.
fn after(at: DateTime<Utc>) -> DateTime<Utc> {
    at + TimeDelta::milliseconds(1)
}

/// One of these; nothing when there is none.
fn any(conditions: impl Iterator<Item = Condition>) -> Condition {
    let mut conditions = conditions.peekable();
    match conditions.peek() {
        None => Condition::all().add(Expr::val(false)),
        Some(_) => conditions.fold(Condition::any(), Condition::add),
    }
}

/// The sorts of a query, the id last so that no two rows are equal.
pub fn sorts<T: Type>(query: &Query) -> Vec<Sort<ColumnOf<T::Entity>>> {
    let by_id = |descending| {
        let compared = if T::KEY.ids() == Ids::Chosen { Compared::AsNumbers } else { Compared::Plainly };
        Sort { descending, compared, ..Sort::by(T::KEY.column()) }
    };
    let sort = |sort: &Sorting| match sort.attribute.and_then(|at| T::FIELDS.get(at)) {
        None => by_id(sort.descending),
        Some(field) => field.sort(sort.descending),
    };
    let mut sorts: Vec<_> = query.sorts.iter().map(sort).collect();
    if query.sorts.iter().all(|sort| sort.attribute.is_some()) {
        sorts.push(by_id(false));
    }
    sorts
}
