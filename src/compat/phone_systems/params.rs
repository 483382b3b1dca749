//! The query string as nested names: `filter[customer.id][]=7001`.

/// What a query says under one top-level name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Family {
    /// The value of the bare name, such as `sort=name`.
    pub bare: Option<String>,
    /// The values of the names in brackets, in the order in which they came.
    pub members: Vec<(String, Given)>,
}

/// A value in a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// `name=value`.
    Text(String),
    /// `name[]=value`, once or more.
    List(Vec<String>),
    /// `name[member]=value`, which nothing here takes.
    Deeper(String),
}

impl Family {
    /// Reads what a query says under a name.
    pub fn of(pairs: &[(String, String)], name: &str) -> Self {
        let mut family = Self::default();
        for (key, value) in pairs {
            let Some(rest) = key.strip_prefix(name) else { continue };
            match &brackets(rest)[..] {
                [] if rest.is_empty() => family.bare = Some(value.clone()),
                [""] => family.push("", |_| Given::List(vec![value.clone()]), value),
                [member] => family.push(member, |_| Given::Text(value.clone()), value),
                [member, ""] => family.push(member, |_| Given::List(vec![value.clone()]), value),
                [member, ..] => family.push(member, |_| Given::Deeper(value.clone()), value),
                [] => {}
            }
        }
        family
    }

    /// The names of a comma list, whether it was written as one text or as many.
    pub fn names(&self) -> Vec<&str> {
        let members = self.members.iter().flat_map(|(name, given)| match given {
            Given::List(items) if name.is_empty() => items.iter().map(String::as_str).collect(),
            _ => vec![name.as_str()],
        });
        self.bare.as_deref().into_iter().flat_map(|text| text.split(',')).chain(members).collect()
    }

    /// Adds to a list, or puts a value in the place of an earlier one.
    fn push(&mut self, member: &str, make: impl FnOnce(()) -> Given, value: &str) {
        let new = make(());
        match self.members.iter_mut().find(|(name, _)| name == member) {
            Some((_, Given::List(items))) if matches!(new, Given::List(_)) => items.push(value.to_owned()),
            Some((_, earlier)) => *earlier = new,
            None => self.members.push((member.to_owned(), new)),
        }
    }
}

/// The names in `[a][b]`; none when it is anything else.
fn brackets(rest: &str) -> Vec<&str> {
    let inner = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.map_or_else(Vec::new, |inner| inner.split("][").collect())
}

/// The items of one line of comma-separated values; double quotes protect a comma.
///
/// A line whose quotes do not fit is one item as it stands.
pub fn comma_list(line: &str) -> Vec<String> {
    if line.is_empty() { Vec::new() } else { quoted(line).unwrap_or_else(|| vec![line.to_owned()]) }
}

fn quoted(line: &str) -> Option<Vec<String>> {
    let mut items = Vec::new();
    let mut rest = line;
    loop {
        let (item, after) = match rest.strip_prefix('"') {
            Some(inside) => closing(inside)?,
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let (item, after) = rest.split_at(end);
                if item.contains('"') {
                    return None;
                }
                (item.to_owned(), after)
            }
        };
        items.push(item);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => return Some(items),
            None => return None,
        }
    }
}

/// The text up to the closing quote, and what comes after; `""` stands for a quote.
fn closing(inside: &str) -> Option<(String, &str)> {
    let mut item = String::new();
    let mut rest = inside;
    loop {
        let (before, after) = rest.split_once('"')?;
        item.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                item.push('"');
                rest = more;
            }
            None => return Some((item, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(query: &str) -> Vec<(String, String)> {
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    #[test]
    fn names_nest_and_the_last_value_holds() {
        let pairs =
            pairs("filter[name]=a&filter%5Bname%5D=b&filter[id][]=1&filter[id][]=2&filterx=3&filter[a][b]=4");
        let family = Family::of(&pairs, "filter");
        assert_eq!(family.bare, None);
        assert_eq!(
            family.members,
            [
                ("name".to_owned(), Given::Text("b".into())),
                ("id".to_owned(), Given::List(vec!["1".into(), "2".into()])),
                ("a".to_owned(), Given::Deeper("4".into())),
            ]
        );
    }

    #[test]
    fn quotes_protect_commas() {
        assert_eq!(comma_list("a,b"), ["a", "b"]);
        assert_eq!(comma_list("\"a,b\",\"c\"\"d\""), ["a,b", "c\"d"]);
        assert_eq!(comma_list("a\"b,c"), ["a\"b,c"]);
        assert_eq!(comma_list("\"a"), ["\"a"]);
        assert_eq!(comma_list("a,"), ["a", ""]);
        assert!(comma_list("").is_empty());
    }
}
