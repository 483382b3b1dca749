//! Content negotiation: the JSON:API media type has no parameters, neither in nor out.

use axum::http::{HeaderMap, header};

use super::{
    MEDIA_TYPE,
    error::{Refusal, Result},
};

/// Refuses a body of another type (415).
///
/// A request without a body may say what it likes, but not the JSON:API type with parameters.
pub fn content_type(headers: &HeaderMap, has_body: bool) -> Result<()> {
    let values = headers.get_all(header::CONTENT_TYPE).iter();
    let given: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    // What comes twice must fit twice: nobody knows which of two is meant.
    let fits = given.iter().map(|given| split(given)).all(|(name, parameters)| match is_ours(name) {
        true => parameters.is_none(),
        false => !has_body,
    });
    let is_told = !given.is_empty() || !has_body;
    if fits && is_told { Ok(()) } else { Err(Refusal::unsupported_media_type(&given.join(", "))) }
}

/// Refuses a client that takes the JSON:API type only with parameters (406).
pub fn accept(headers: &HeaderMap) -> Result<()> {
    let values = headers.get_all(header::ACCEPT).iter();
    let given: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    let given = given.join(",");
    let mut ours = items(&given).map(split).filter(|(name, _)| is_ours(name)).peekable();
    if ours.peek().is_none() || ours.any(|(_, parameters)| parameters.is_none()) {
        return Ok(());
    }
    Err(Refusal::not_acceptable(&given))
}

/// The items of a list; a comma between double quotes is part of a value.
fn items(list: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    list.split(move |c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
}

/// A media type and its parameters, if there are any.
fn split(given: &str) -> (&str, Option<&str>) {
    match given.split_once(';') {
        Some((name, parameters)) => (name.trim(), Some(parameters)),
        None => (given.trim(), None),
    }
}

fn is_ours(name: &str) -> bool {
    name.eq_ignore_ascii_case(MEDIA_TYPE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, axum::http::HeaderValue::from_static(value))])
    }

    #[test]
    fn bodies_are_of_the_type_without_parameters() {
        let fits = |value, has_body| content_type(&headers(header::CONTENT_TYPE, value), has_body).is_ok();
        assert!(fits("application/vnd.api+json", true));
        assert!(fits("Application/VND.api+json", true));
        assert!(!fits("application/vnd.api+json; charset=utf-8", true));
        assert!(!fits("application/vnd.api+json;", false));
        assert!(!fits("application/json", true));
        assert!(fits("application/json", false));
        assert!(content_type(&HeaderMap::new(), true).is_err());
        assert!(content_type(&HeaderMap::new(), false).is_ok());
        let mut two = headers(header::CONTENT_TYPE, MEDIA_TYPE);
        two.append(header::CONTENT_TYPE, axum::http::HeaderValue::from_static("text/plain"));
        assert!(content_type(&two, true).is_err() && content_type(&two, false).is_ok());
    }

    #[test]
    fn clients_take_the_type_at_least_once_without_parameters() {
        let fits = |value| accept(&headers(header::ACCEPT, value)).is_ok();
        assert!(accept(&HeaderMap::new()).is_ok());
        assert!(fits("*/*;q=0.1"));
        assert!(fits("application/json"));
        assert!(fits("application/vnd.api+json"));
        assert!(fits("application/vnd.api+json;q=1, application/vnd.api+json"));
        assert!(!fits("application/vnd.api+json;q=1"));
        assert!(!fits("*/*, application/vnd.api+json; charset=utf-8"));
        assert!(!fits("application/vnd.api+json;a=\"x, application/vnd.api+json, y\""));
    }
}
