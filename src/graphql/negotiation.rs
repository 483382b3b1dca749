//! Which type of answer a client takes, and which body it sends.

use axum::http::{HeaderMap, HeaderName, header};

/// The type of answers whose status tells whether anything was executed.
const NEWER: &str = "application/graphql-response+json";
const JSON: &str = "application/json";
const MULTIPART: &str = "multipart/form-data";

/// A type of answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswerType {
    /// JSON, whose status is 200 whenever there was a document.
    Json,
    /// The newer type.
    Newer,
}

impl AnswerType {
    /// As it is told to the client.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::Newer => "application/graphql-response+json; charset=utf-8",
        }
    }

    /// The type that a client likes best; none when it takes neither.
    pub(super) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let Some(ranges) = ranges(headers) else { return Some(Self::Json) };
        let (newer, json) = (liking(NEWER, &ranges), liking(JSON, &ranges));
        match (newer, json) {
            ((0, _), (0, _)) => None,
            // Whoever does not name the newer type may not know it.
            ((newer, true), (json, _)) if newer >= json => Some(Self::Newer),
            ((_, false), (json, _)) if json > 0 => Some(Self::Json),
            ((newer, _), (json, _)) => Some(if newer > json { Self::Newer } else { Self::Json }),
        }
    }
}

/// Whether a client takes answers of this type.
pub(super) fn accepts(headers: &HeaderMap, essence: &str) -> bool {
    ranges(headers).is_none_or(|ranges| liking(essence, &ranges).0 > 0)
}

/// What kind of body a request says it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyType {
    /// JSON in UTF-8.
    Json,
    /// Parts, which a form could send as well.
    Multipart,
    /// Something else, or several at once.
    Other,
}

impl BodyType {
    /// The type of the body that these headers announce.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut given = texts(headers, header::CONTENT_TYPE);
        let (Some(given), None) = (given.next(), given.next()) else { return Self::Other };
        let (essence, parameters) = parts(given);
        match essence.to_ascii_lowercase().as_str() {
            JSON | NEWER if parameters.clone().all(is_utf_8) => Self::Json,
            MULTIPART => Self::Multipart,
            _ => Self::Other,
        }
    }
}

/// One of the types that a client takes, with how much it likes it, in thousandths.
struct Range<'h> {
    essence: &'h str,
    liking: u16,
}

impl<'h> Range<'h> {
    /// None for what cannot be read or asks for another character set.
    fn of(given: &'h str) -> Option<Self> {
        let (essence, mut parameters) = parts(given);
        let quality = parameters.clone().find(|(name, _)| name.eq_ignore_ascii_case("q"));
        let liking = match quality {
            None => 1000,
            Some((_, quality)) => {
                let quality: f32 = quality.parse().ok().filter(|quality| (0.0..=1.0).contains(quality))?;
                (quality * 1000.0) as u16
            }
        };
        (essence.contains('/') && parameters.all(is_utf_8)).then_some(Self { essence, liking })
    }
}

/// The types that a client takes; none when it does not say.
fn ranges(headers: &HeaderMap) -> Option<Vec<Range<'_>>> {
    let given: Vec<_> = texts(headers, header::ACCEPT).collect();
    let says = given.iter().any(|given| !given.trim().is_empty());
    says.then(|| given.iter().flat_map(|given| given.split(',')).filter_map(Range::of).collect())
}

/// How much a type is liked by the range that fits it best, and whether that names it.
fn liking(essence: &str, ranges: &[Range<'_>]) -> (u16, bool) {
    let by = |name: &str| {
        let fitting = ranges.iter().filter(|range| range.essence.eq_ignore_ascii_case(name));
        fitting.map(|range| range.liking).max()
    };
    match by(essence) {
        Some(liking) => (liking, true),
        None => {
            let family = essence.split_once('/').map_or(essence, |(family, _)| family);
            (by(&format!("{family}/*")).or_else(|| by("*/*")).unwrap_or(0), false)
        }
    }
}

fn texts(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers.get_all(name).into_iter().map(|value| value.to_str().unwrap_or("?"))
}

/// A media type and its parameters.
fn parts(given: &str) -> (&str, impl Iterator<Item = (&str, &str)> + Clone) {
    let (essence, parameters) = given.split_once(';').unwrap_or((given, ""));
    let parameters = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    (essence.trim(), parameters.map(|(name, value)| (name.trim(), value.trim().trim_matches('"'))))
}

/// Whether a parameter does not ask for another character set.
fn is_utf_8((name, value): (&str, &str)) -> bool {
    !name.eq_ignore_ascii_case("charset")
        || value.eq_ignore_ascii_case("utf-8")
        || value.eq_ignore_ascii_case("utf8")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_type_that_is_liked_best() {
        let accepted = |value| AnswerType::accepted(&headers(header::ACCEPT, value));
        for json in [
            "",
            "*/*",
            "application/*",
            "application/json",
            "APPLICATION/json; charset=\"UTF-8\"",
            "application/graphql-response+json;q=0.5, application/json",
            "application/graphql-response+json;q=0, */*;q=0.1",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        ] {
            assert_eq!(accepted(json), Some(AnswerType::Json), "{json}");
        }
        for newer in [
            "application/graphql-response+json",
            "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8",
            "application/json, Application/GraphQL-Response+JSON",
            "application/graphql-response+json, application/json;q=0.9",
            "application/json;q=0, */*",
        ] {
            assert_eq!(accepted(newer), Some(AnswerType::Newer), "{newer}");
        }
        for neither in
            ["text/html", "application/json;q=0", "application/json; charset=utf-16", "json", "*/*;q=x"]
        {
            assert_eq!(accepted(neither), None, "{neither}");
        }
        assert_eq!(AnswerType::accepted(&HeaderMap::new()), Some(AnswerType::Json));
    }

    #[test]
    fn bodies_are_json_in_utf_8_or_parts() {
        let of = |value| BodyType::of(&headers(header::CONTENT_TYPE, value));
        assert_eq!(of("application/json"), BodyType::Json);
        assert_eq!(of("Application/JSON ; Charset=UTF-8"), BodyType::Json);
        assert_eq!(of("multipart/form-data; boundary=x"), BodyType::Multipart);
        for other in
            ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"]
        {
            assert_eq!(of(other), BodyType::Other, "{other}");
        }
        let mut two = headers(header::CONTENT_TYPE, "application/json");
        two.append(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        assert_eq!(BodyType::of(&two), BodyType::Other);
    }
}
