//! The query of a request: fields, include, filter, sort and page, checked in this order.

use std::collections::{HashMap, HashSet};

use service::Error;

use super::{
    cast::moment,
    error::{Problem, Refusal, Result, behind},
    facts::{Filter, Relationship, Takes},
    kind::{self, Kind},
    params::{Family, Given, comma_list},
};

/// How many resources a page has unless it is said.
const PAGE_SIZE: i64 = 50;
/// How many it may have at most.
const MAX_PAGE_SIZE: i64 = 1000;
/// The top-level names, as paging links repeat them.
const NAMES: [&str; 5] = ["fields", "filter", "include", "page", "sort"];

/// What a query asks for.
#[derive(Debug, Default)]
pub struct Query {
    /// Which fields of which types; a type that is not named shows all.
    pub fields: Fields,
    /// Which related resources come along.
    pub include: Include,
    /// The filters, by their place in the type's list, and the values that match each.
    pub filters: Vec<(usize, Vec<String>)>,
    /// The sorts, in the order in which they apply.
    pub sorts: Vec<Sorting>,
    /// Which page, from 1.
    pub page: u64,
    /// How many resources on each.
    pub size: u64,
    /// What paging links repeat besides the page.
    repeated: Vec<(String, String)>,
}

/// Which fields of which types are shown.
#[derive(Debug, Default)]
pub struct Fields(HashMap<&'static str, Vec<String>>);

impl Fields {
    /// Whether the field of the type is shown.
    pub fn show(&self, kind: &Kind, field: &str) -> bool {
        self.0.get(kind.name).is_none_or(|fields| fields.iter().any(|one| one == field))
    }
}

/// Which relationships are followed, by their place in the type's list.
#[derive(Debug, Default)]
pub struct Include(Vec<(usize, Include)>);

impl Include {
    /// What is followed behind the relationship at this place, if it is.
    pub fn behind(&self, relationship: usize) -> Option<&Include> {
        self.0.iter().find(|(at, _)| *at == relationship).map(|(_, include)| include)
    }

    /// Follows a path such as `gateway.customer`.
    fn add(&mut self, kind: &'static Kind, path: &str) -> std::result::Result<(), Problem> {
        let (name, rest) = path.split_once('.').unwrap_or((path, ""));
        let mut shown = kind.relationships.iter().enumerate().filter(|_| kind.shows_relationships);
        let found = shown.find(|(_, relationship)| relationship.name == name);
        let (at, relationship) = found.ok_or_else(|| unknown_include(kind, name))?;
        let place = self.0.iter().position(|(one, _)| *one == at).unwrap_or_else(|| {
            self.0.push((at, Include::default()));
            self.0.len() - 1
        });
        match self.0.get_mut(place) {
            Some((_, include)) if !rest.is_empty() => include.add((relationship.target)(), rest),
            _ => Ok(()),
        }
    }
}

fn unknown_include(kind: &Kind, name: &str) -> Problem {
    let detail = format!("{name} is not a valid relationship of {}", kind.name);
    Problem::bad("112", "Invalid field", detail)
}

/// One sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sorting {
    /// The attribute, by its place in the type's list; none is the id.
    pub attribute: Option<usize>,
    /// Whether the greatest comes first.
    pub descending: bool,
}

impl Query {
    /// The query of a request that answers one resource of the type.
    ///
    /// An include that is wrong comes beside it, because the next check that fails is told behind it.
    pub fn of_one(kind: &'static Kind, query: Option<&str>) -> Result<(Self, Option<Problem>)> {
        let pairs = pairs(query);
        let fields = fields(&Family::of(&pairs, "fields"))?;
        let (include, wrong) = includes(kind, &Family::of(&pairs, "include"));
        Ok((Self { fields, include, page: 1, size: 1, ..Self::default() }, wrong))
    }

    /// The query of a request that answers a collection of the type.
    pub fn of_many(kind: &'static Kind, query: Option<&str>) -> Result<Self> {
        let (one, wrong) = Self::of_one(kind, query)?;
        behind(wrong, one.with_list(kind, &pairs(query)))
    }

    fn with_list(self, kind: &Kind, pairs: &[(String, String)]) -> Result<Self> {
        let filters = filters(kind, &Family::of(pairs, "filter"))?;
        let sorts = sorts(kind, &Family::of(pairs, "sort"))?;
        let (page, size) = page(&Family::of(pairs, "page"))?;
        Ok(Self { filters, sorts, page, size, repeated: repeated(pairs), ..self })
    }

    /// Words what the domain says of the list: that the filters have too many values.
    pub fn refused(&self, kind: &Kind, error: Error) -> Refusal {
        let Error::BadRequest(said) = error else { return error.into() };
        let names = self.filters.iter().filter_map(|(at, _)| kind.filters.get(*at));
        let names: Vec<_> = names.map(|filter| filter.name).collect();
        let detail = format!("These are no valid values for {}: {said}.", names.join(", "));
        Problem::bad("107", "Invalid filter value", detail).into()
    }

    /// The query of a link to another page of the same collection.
    pub fn page_link(&self, page: u64) -> String {
        let numbers = [("page[number]", page), ("page[size]", self.size)];
        let numbers = numbers.map(|(name, number)| (name.to_owned(), number.to_string()));
        let mut pairs: Vec<_> = self.repeated.iter().cloned().chain(numbers).collect();
        pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }
}

fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}

/// What paging links repeat; of a name that came twice, the last.
fn repeated(pairs: &[(String, String)]) -> Vec<(String, String)> {
    let known = |name: &str| {
        let (top, rest) = name.split_at(name.find('[').unwrap_or(name.len()));
        top != "page" && NAMES.contains(&top) && (rest.is_empty() || rest.ends_with(']'))
    };
    let base = |name: &str| name.trim_end_matches("[]").to_owned();
    let mut kept: Vec<(String, String)> = Vec::new();
    for (name, value) in pairs.iter().filter(|(name, _)| known(name)) {
        // A list and a single value of one name are in each other's place.
        kept.retain(|(one, _)| one == name || base(one) != base(name));
        match kept.iter_mut().find(|(one, _)| one == name && !name.ends_with("[]")) {
            Some(earlier) => earlier.1.clone_from(value),
            None => kept.push((name.clone(), value.clone())),
        }
    }
    kept
}

fn fields(family: &Family) -> std::result::Result<Fields, Problem> {
    if family.bare.is_some() {
        return Err(Problem::bad("119", "Invalid field format", "Fields must specify a type."));
    }
    let mut fields = HashMap::new();
    for (name, given) in &family.members {
        let kind = kind::named(name);
        let kind = kind.ok_or_else(|| invalid_resource(name))?;
        let names = match given {
            Given::Text(text) => text.trim_end_matches(',').split(',').map(str::to_owned).collect(),
            Given::List(items) => items.clone(),
            Given::Deeper(text) => vec![text.clone()],
        };
        if let Some(wrong) = names.iter().find(|name| !has_field(kind, name)) {
            let wrong = if wrong.is_empty() { "nil" } else { wrong };
            let detail = format!("{wrong} is not a valid field for {}.", kind.name);
            return Err(Problem::bad("104", "Invalid field", detail));
        }
        fields.insert(kind.name, names);
    }
    Ok(Fields(fields))
}

/// 101: there is no such type, or not here.
pub fn invalid_resource(name: &str) -> Problem {
    Problem::bad("101", "Invalid resource", format!("{name} is not a valid resource."))
}

fn has_field(kind: &Kind, name: &str) -> bool {
    let has_relationship = |one: &Relationship| one.name == name;
    name == "id"
        || kind.attributes.iter().any(|attribute| attribute.name == name)
        || kind.relationships.iter().any(has_relationship)
}

fn includes(kind: &'static Kind, family: &Family) -> (Include, Option<Problem>) {
    let mut include = Include::default();
    for path in family.names().into_iter().filter(|path| !path.is_empty()) {
        if let Err(problem) = include.add(kind, path) {
            return (include, Some(problem));
        }
    }
    (include, None)
}

type Filters = Vec<(usize, Vec<String>)>;

fn filters(kind: &Kind, family: &Family) -> std::result::Result<Filters, Problem> {
    if let Some(wrong) = &family.bare {
        let detail = format!("{wrong} is not a valid syntax for filtering.");
        return Err(Problem::bad("120", "Invalid filters syntax", detail));
    }
    let mut filters = Vec::new();
    for (name, given) in &family.members {
        let found = kind.filters.iter().enumerate().find(|(_, filter)| filter.name == name);
        let Some((at, filter)) = found else {
            return Err(Problem::bad("102", "Filter not allowed", format!("{name} is not allowed.")));
        };
        let values = match given {
            Given::Text(line) => comma_list(line),
            Given::List(items) => items.clone(),
            Given::Deeper(text) => return Err(invalid_filter(filter, text)),
        };
        let is_wrong = |value: &&String| match filter.takes {
            Takes::Texts => false,
            Takes::Truths => boolean(value).is_none(),
            Takes::Moments => moment(value).is_none(),
        };
        if let Some(wrong) = values.iter().find(is_wrong) {
            return Err(invalid_filter(filter, wrong));
        }
        // A repeated value changes nothing, and a statement takes only so many.
        let mut seen = HashSet::new();
        filters.push((at, values.into_iter().filter(|value| seen.insert(value.clone())).collect()));
    }
    Ok(filters)
}

fn invalid_filter(filter: &Filter, value: &str) -> Problem {
    Problem::bad("107", "Invalid filter value", format!("{value} is not a valid value for {}.", filter.name))
}

/// The truth that a filter's word stands for.
pub fn boolean(word: &str) -> Option<bool> {
    match word {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn sorts(kind: &Kind, family: &Family) -> std::result::Result<Vec<Sorting>, Problem> {
    let names = family.names().into_iter().filter(|name| !name.is_empty());
    let sort = |text: &str| {
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let attribute = kind.attributes.iter().position(|attribute| attribute.name == name);
        if attribute.is_none() && name != "id" {
            let detail = format!("{name} is not a valid sort criteria for {}", kind.name);
            return Err(Problem::bad("114", "Invalid sort criteria", detail));
        }
        Ok(Sorting { attribute, descending })
    };
    let mut sorts: Vec<Sorting> = Vec::new();
    for name in names {
        let next = sort(name)?;
        // A repeated attribute changes nothing, and a statement takes only so many.
        if sorts.iter().all(|one| one.attribute != next.attribute) {
            sorts.push(next);
        }
    }
    Ok(sorts)
}

fn page(family: &Family) -> std::result::Result<(u64, u64), Problem> {
    let member = |name: &str| {
        let given = family.members.iter().find(|(one, _)| one == name)?;
        Some(match &given.1 {
            Given::Text(text) => whole_number(text),
            Given::List(_) | Given::Deeper(_) => 0,
        })
    };
    let size = member("size").unwrap_or(PAGE_SIZE);
    let bare = family.bare.as_deref().map(whole_number);
    let number = member("number").or(bare).unwrap_or(1);
    let wrong = |detail| Problem::bad("118", "Invalid page value", detail);
    if size < 1 {
        return Err(wrong(format!("{size} is not a valid value for size page parameter.")));
    }
    if size > MAX_PAGE_SIZE {
        return Err(wrong(format!("size exceeds maximum page size of {MAX_PAGE_SIZE}.")));
    }
    if number < 1 {
        return Err(wrong(format!("{number} is not a valid value for number page parameter.")));
    }
    Ok((number.unsigned_abs(), size.unsigned_abs()))
}

/// The number that a text begins with; 0 when it begins with none.
fn whole_number(text: &str) -> i64 {
    let text = text.trim_start();
    let (digits, negative) = text.strip_prefix('-').map_or((text, false), |digits| (digits, true));
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let number = match &digits[..end] {
        "" => 0,
        digits => digits.parse().unwrap_or(i64::MAX),
    };
    if negative { -number } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::phone_systems::customers;

    #[test]
    fn links_repeat_what_holds() {
        let repeated = |query| repeated(&pairs(Some(query)));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let both = "filter[id][]=a&filter[id][]=b&filter[id]=c&filter[id=d&page=2&x=1&sort=name&sort=id";
        assert_eq!(repeated(both), [pair("filter[id]", "c"), pair("sort", "id")]);
        let lists = "filter[id]=c&filter[id][]=a&filter[id][]=b";
        assert_eq!(repeated(lists), [pair("filter[id][]", "a"), pair("filter[id][]", "b")]);
    }

    #[test]
    fn too_many_values_are_no_valid_filter() {
        let query = Query { filters: vec![(0, Vec::new())], ..Query::default() };
        let refused =
            query.refused(customers::kind(), Error::BadRequest("a filter may have 1 values".into()));
        let detail = "These are no valid values for id: a filter may have 1 values.";
        assert_eq!(refused.problems(), [Problem::bad("107", "Invalid filter value", detail)]);
    }
}
