//! The shared filters of lists, and the conditions they stand for: GraphQL takes them as inputs, other doors
//! make them of what they are sent.

use async_graphql::{InputObject, InputType, TypeName};
use chrono::{DateTime, Utc};
use entity::{Id, Resource};
use sea_orm::{ColumnTrait, Condition, Value, sea_query::LikeExpr};

/// A filter of one column.
pub trait Compare {
    /// The condition on the column; several operators must all hold.
    fn on<C: ColumnTrait>(&self, column: C) -> Condition;
}

/// Adds a condition if it is asked for.
fn each<T>(
    all: Condition,
    asked: &Option<T>,
    make: impl FnOnce(&T) -> sea_orm::sea_query::Expr,
) -> Condition {
    match asked {
        Some(value) => all.add(make(value)),
        None => all,
    }
}

/// By a text; upper and lower case differ.
#[derive(Clone, Debug, Default, InputObject)]
pub struct StringFilter {
    /// Exactly this.
    pub eq: Option<String>,
    /// One of these, at most 1000.
    #[graphql(validator(max_items = 1000))]
    pub r#in: Option<Vec<String>>,
    /// With this somewhere in it, at most 1000 characters.
    #[graphql(validator(chars_max_length = 1000))]
    pub contains: Option<String>,
    /// With this at its beginning.
    pub starts_with: Option<String>,
}

impl Compare for StringFilter {
    fn on<C: ColumnTrait>(&self, column: C) -> Condition {
        let texts = [&self.eq, &self.contains, &self.starts_with].into_iter().flatten();
        if texts.chain(self.r#in.iter().flatten()).any(|text| text.contains('\0')) {
            // No stored text has a NUL, and PostgreSQL would not even look for one.
            return Condition::all().add(sea_orm::sea_query::Expr::val(false));
        }
        let escaped = |text: &str| text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let mut all = each(Condition::all(), &self.eq, |text| column.eq(text.as_str()));
        all = each(all, &self.r#in, |texts| column.is_in(texts.iter().map(String::as_str)));
        all = each(all, &self.contains, |text| {
            column.like(LikeExpr::new(format!("%{}%", escaped(text))).escape('\\'))
        });
        if let Some(text) = self.starts_with.as_deref().filter(|text| !text.is_empty()) {
            // A range, so that an index serves it.
            all = all.add(column.gte(text)).add(column.lt(format!("{text}\u{10FFFF}")));
        }
        all
    }
}

/// All rows that a condition does not name, also where it compares with nothing.
pub fn not(condition: Condition) -> sea_orm::sea_query::Expr {
    use sea_orm::sea_query::Expr;
    Expr::case(condition, Expr::cust("FALSE")).finally(Expr::cust("TRUE")).into()
}

/// By a whole number.
#[derive(Clone, Debug, Default, InputObject)]
pub struct IntFilter {
    /// Exactly this.
    pub eq: Option<i32>,
    /// One of these, at most 1000.
    #[graphql(validator(max_items = 1000))]
    pub r#in: Option<Vec<i32>>,
    /// More than this.
    pub gt: Option<i32>,
    /// This or more.
    pub gte: Option<i32>,
    /// Less than this.
    pub lt: Option<i32>,
    /// This or less.
    pub lte: Option<i32>,
}

impl Compare for IntFilter {
    fn on<C: ColumnTrait>(&self, column: C) -> Condition {
        let mut all = each(Condition::all(), &self.eq, |number| column.eq(*number));
        all = each(all, &self.r#in, |numbers| column.is_in(numbers.iter().copied()));
        all = each(all, &self.gt, |number| column.gt(*number));
        all = each(all, &self.gte, |number| column.gte(*number));
        all = each(all, &self.lt, |number| column.lt(*number));
        each(all, &self.lte, |number| column.lte(*number))
    }
}

/// By yes or no.
#[derive(Clone, Debug, Default, InputObject)]
pub struct BooleanFilter {
    /// Exactly this.
    pub eq: Option<bool>,
}

impl Compare for BooleanFilter {
    fn on<C: ColumnTrait>(&self, column: C) -> Condition {
        each(Condition::all(), &self.eq, |value| column.eq(*value))
    }
}

/// By a time, RFC 3339.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DateTimeFilter {
    /// Exactly this.
    pub eq: Option<DateTime<Utc>>,
    /// Later than this.
    pub gt: Option<DateTime<Utc>>,
    /// This or later.
    pub gte: Option<DateTime<Utc>>,
    /// Earlier than this.
    pub lt: Option<DateTime<Utc>>,
    /// This or earlier.
    pub lte: Option<DateTime<Utc>>,
}

/// The time itself, or the nearest one with a year of four digits: others are in no row, and the two
/// databases do not agree about them.
fn storable(time: &DateTime<Utc>) -> DateTime<Utc> {
    let year = |year| chrono::NaiveDate::from_ymd_opt(year, 1, 1).and_then(|day| day.and_hms_opt(0, 0, 0));
    match (year(1), year(10_000)) {
        (Some(first), Some(end)) => {
            let last = end - chrono::TimeDelta::microseconds(1);
            std::cmp::Ord::clamp(*time, first.and_utc(), last.and_utc())
        }
        _ => *time,
    }
}

impl Compare for DateTimeFilter {
    fn on<C: ColumnTrait>(&self, column: C) -> Condition {
        let mut all = each(Condition::all(), &self.eq, |time| column.eq(storable(time)));
        all = each(all, &self.gt, |time| column.gt(storable(time)));
        all = each(all, &self.gte, |time| column.gte(storable(time)));
        all = each(all, &self.lt, |time| column.lt(storable(time)));
        each(all, &self.lte, |time| column.lte(storable(time)))
    }
}

/// By the id of another row.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "IdFilter")]
pub struct IdFilter<E: Resource> {
    /// Exactly this.
    pub eq: Option<Id<E>>,
    /// One of these, at most 1000.
    #[graphql(validator(max_items = 1000))]
    pub r#in: Option<Vec<Id<E>>>,
    /// Whether there is none.
    pub is_null: Option<bool>,
}

impl<E: Resource> Compare for IdFilter<E> {
    fn on<C: ColumnTrait>(&self, column: C) -> Condition {
        let mut all = each(Condition::all(), &self.eq, |id| column.eq(*id));
        all = each(all, &self.r#in, |ids| column.is_in(ids.iter().copied()));
        each(all, &self.is_null, |null| if *null { column.is_null() } else { column.is_not_null() })
    }
}

/// By one of a closed set of words.
#[derive(Clone, Debug, InputObject)]
#[graphql(name_type)]
pub struct EnumFilter<T: InputType> {
    /// Exactly this.
    pub eq: Option<T>,
    /// One of these.
    #[graphql(validator(max_items = 100))]
    pub r#in: Option<Vec<T>>,
}

impl<T: InputType> TypeName for EnumFilter<T> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        format!("{}Filter", T::type_name()).into()
    }
}

impl<T: InputType + Copy + Into<Value>> Compare for EnumFilter<T> {
    fn on<C: ColumnTrait>(&self, column: C) -> Condition {
        let all = each(Condition::all(), &self.eq, |word| column.eq((*word).into()));
        each(all, &self.r#in, |words| column.is_in(words.iter().copied().map(Into::<Value>::into)))
    }
}
