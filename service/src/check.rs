//! Small predicates that the rules of several resources share; most look at a text alone.

use std::{collections::HashSet, hash::Hash};

use chrono::{DateTime, Utc};
use email_address::{EmailAddress, Options};
use ipnet::IpNet;
use sea_orm::{ActiveModelTrait, ActiveValue, EntityTrait, Value};
use uuid::{Builder, Uuid};

use crate::{Problems, Result, secret};

/// Small letters and digits, for names and passwords that the server makes.
pub(crate) const LOWER_CASE_AND_DIGITS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// Whether it is one or more digits and nothing else.
pub(crate) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it is a name that an operator may choose: `[A-Za-z0-9._-]{1,64}`.
pub(crate) fn is_handle(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// Whether it is a lower-case domain name: `[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?`.
pub(crate) fn is_domain(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let (Some(first), Some(last)) = (text.bytes().next(), text.bytes().last()) else { return false };
    text.len() <= 253
        && inside(first)
        && inside(last)
        && text.bytes().all(|byte| inside(byte) || matches!(byte, b'.' | b'-'))
}

/// Whether it is an absolute http or https URL with a host.
pub(crate) fn is_web_url(text: &str) -> bool {
    let parsed = url::Url::parse(text);
    // The parser would find a host behind any number of slashes.
    let host_follows = text.split_once("://").is_some_and(|(_, rest)| !rest.starts_with(['/', '\\']));
    parsed.is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        && host_follows
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Whether it is the address of a mailbox, without a shown name.
pub(crate) fn is_email(text: &str) -> bool {
    text.len() <= 254
        && EmailAddress::parse_with_options(text, Options::default().without_display_text()).is_ok()
}

/// Whether it is the name of an IANA time zone.
fn is_time_zone(text: &str) -> bool {
    text.parse::<chrono_tz::Tz>().is_ok()
}

/// Whether it is the code of a currency, ISO 4217.
pub(crate) fn is_currency(text: &str) -> bool {
    iso_currency::Currency::from_code(text).is_some()
}

/// Whether it is the code of a country, ISO 3166-1 alpha-3.
fn is_region(text: &str) -> bool {
    rust_iso3166::from_alpha3(text).is_some()
}

/// Whether it is a size such as `10GB`, or empty.
pub(crate) fn is_disk_size(text: &str) -> bool {
    let number = ["KB", "MB", "GB", "PB"].iter().find_map(|unit| text.strip_suffix(unit));
    let positive = |number: &str| {
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        is_digits(whole) && is_digits(part) && [whole, part].concat().bytes().any(|byte| byte != b'0')
    };
    text.is_empty() || (text.len() <= 32 && number.is_some_and(positive))
}

/// Whether it is a regular expression of a sensible size.
pub(crate) fn is_pattern(text: &str) -> bool {
    regex::RegexBuilder::new(text).size_limit(1 << 20).build().is_ok()
}

/// Whether it is a token of SIP, RFC 3261, such as the name of a header.
pub(crate) fn is_sip_token(text: &str) -> bool {
    let mark = |byte| matches!(byte, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~');
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || mark(byte))
}

/// Whether it is what a SIP account may be called: `[A-Za-z0-9._+-]{1,64}`.
pub(crate) fn is_sip_username(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'+' | b'-'))
}

/// The minute of the day that `HH:MM` names.
pub(crate) fn minute_of_day(text: &str) -> Option<i32> {
    let (hour, minute) = text.split_once(':')?;
    let two_digits = |part: &str| if part.len() == 2 && is_digits(part) { part.parse().ok() } else { None };
    let (hour, minute): (i32, i32) = (two_digits(hour)?, two_digits(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// The network that an address with or without a prefix length names, in the form that is stored:
/// a bare address is a network of itself, and IPv6 is written as eight full groups.
pub(crate) fn network(text: &str) -> Option<String> {
    let text = text.trim();
    let net: IpNet = match text.contains('/') {
        true => text.parse().ok()?,
        false => IpNet::from(text.parse::<std::net::IpAddr>().ok()?),
    };
    Some(match net {
        IpNet::V4(net) => net.to_string(),
        IpNet::V6(net) => {
            let groups: Vec<_> = net.addr().segments().iter().map(|group| format!("{group:04x}")).collect();
            format!("{}/{}", groups.join(":"), net.prefix_len())
        }
    })
}

/// A comma-separated list of networks in the form that is stored: no spaces, the order kept, each
/// once. `None` when it is empty or anything in it is no network.
pub(crate) fn networks(text: &str) -> Option<String> {
    let all: Option<Vec<String>> = text.split(',').map(network).collect();
    Some(without_repeats(all?).join(","))
}

/// The items without those that came before, in their order.
pub(crate) fn without_repeats<T: Clone + Eq + Hash>(items: Vec<T>) -> Vec<T> {
    let mut seen = HashSet::new();
    items.into_iter().filter(|item| seen.insert(item.clone())).collect()
}

/// The place of the first item that came before.
pub(crate) fn first_repeat<T: Eq + Hash>(items: impl IntoIterator<Item = T>) -> Option<usize> {
    let mut seen = HashSet::new();
    items.into_iter().position(|item| !seen.insert(item))
}

/// A path into a column: `path(["rules", "2", "pattern"])`.
pub(crate) fn path<const N: usize>(steps: [&str; N]) -> Vec<String> {
    steps.map(str::to_owned).to_vec()
}

/// Notes each text about to be written to these columns that is longer than `max` characters.
pub(crate) fn texts_at_most<A: ActiveModelTrait>(
    problems: &mut Problems,
    row: &A,
    max: usize,
    columns: &[<A::Entity as EntityTrait>::Column],
) {
    for column in columns {
        if let ActiveValue::Set(Value::String(Some(text))) = row.get(*column) {
            problems.at_most(&text, max, *column);
        }
    }
}

/// Notes each number about to be written to these columns that is outside the range.
pub(crate) fn numbers_within<A: ActiveModelTrait>(
    problems: &mut Problems,
    row: &A,
    range: std::ops::RangeInclusive<i32>,
    columns: &[<A::Entity as EntityTrait>::Column],
) {
    for column in columns {
        if let ActiveValue::Set(Value::Int(Some(number))) = row.get(*column) {
            problems.within(number, range.clone(), *column);
        }
    }
}

/// Notes each text about to be written to these columns of which `holds` is not true.
pub(crate) fn texts_that<A: ActiveModelTrait>(
    problems: &mut Problems,
    row: &A,
    holds: fn(&str) -> bool,
    message: &str,
    columns: &[<A::Entity as EntityTrait>::Column],
) {
    for column in columns {
        if let ActiveValue::Set(Value::String(Some(text))) = row.get(*column) {
            problems.unless(holds(&text), *column, message);
        }
    }
}

/// Notes a text about to be written to a column that is no time zone.
pub(crate) fn note_time_zone<A: ActiveModelTrait>(
    problems: &mut Problems,
    row: &A,
    column: <A::Entity as EntityTrait>::Column,
) {
    texts_that(problems, row, is_time_zone, "use an IANA time zone such as Europe/Berlin", &[column]);
}

/// Notes a text about to be written to a column that is no country.
pub(crate) fn note_region<A: ActiveModelTrait>(
    problems: &mut Problems,
    row: &A,
    column: <A::Entity as EntityTrait>::Column,
) {
    texts_that(problems, row, is_region, "use a country of ISO 3166-1 alpha-3 such as DEU", &[column]);
}

/// A new UUID of version 7, made at this time.
pub(crate) fn new_uuid(now: DateTime<Utc>) -> Result<Uuid> {
    let mut random = [0; 10];
    secret::fill(&mut random)?;
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
    Ok(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_to_their_alphabets() {
        assert!(is_handle("acme-1_x.Y"));
        assert!(!is_handle("") && !is_handle("a b") && !is_handle(&"a".repeat(65)));
        assert!(is_sip_username("lena+desk"));
        assert!(!is_sip_username("lena@acme"));
        assert!(is_sip_token("X-Site") && !is_sip_token("X Site") && !is_sip_token("X:Site"));
        assert!(is_digits("0049") && !is_digits("") && !is_digits("+49") && !is_digits("٣"));
    }

    #[test]
    fn a_domain_begins_and_ends_with_a_letter_or_digit() {
        assert!(is_domain("a") && is_domain("acme.example") && is_domain("10.0.0.1"));
        assert!(!is_domain("") && !is_domain("-a") && !is_domain("a.") && !is_domain("Acme"));
        assert!(is_domain(&"a".repeat(253)) && !is_domain(&"a".repeat(254)));
    }

    #[test]
    fn only_the_web_is_a_web_url() {
        assert!(is_web_url("https://acme.example") && is_web_url("http://10.0.0.1:8080/a?b=c"));
        assert!(!is_web_url("ftp://acme.example") && !is_web_url("/login") && !is_web_url("https://"));
        assert!(!is_web_url("https:///acme.example") && !is_web_url("https:acme.example"));
        assert!(!is_web_url("https://acme.example/ a") && !is_web_url("javascript:alert(1)"));
    }

    #[test]
    fn an_email_is_an_address_alone() {
        assert!(is_email("ines@acme.example") && is_email("a.b+c@d"));
        assert!(!is_email("") && !is_email("ines") && !is_email("Ines <ines@acme.example>"));
    }

    #[test]
    fn codes_are_those_of_their_lists() {
        assert!(is_time_zone("Europe/Berlin") && !is_time_zone("Europe/Atlantis"));
        assert!(is_currency("EUR") && !is_currency("eur") && !is_currency("AAA"));
        assert!(is_region("DEU") && !is_region("DE") && !is_region("XYZ"));
    }

    #[test]
    fn a_disk_size_is_positive_and_has_a_unit() {
        for good in ["", "1GB", "500MB", "1.5PB", "10KB"] {
            assert!(is_disk_size(good), "{good}");
        }
        for bad in ["0GB", "0.0MB", "1TB", "GB", "-1GB", "1 GB", "1gb", "1.GB", "5"] {
            assert!(!is_disk_size(bad), "{bad}");
        }
    }

    #[test]
    fn a_pattern_compiles() {
        assert!(is_pattern(r"^9(\d{7})$"));
        assert!(!is_pattern("(") && !is_pattern(r"a{1000}{1000}{1000}"));
    }

    #[test]
    fn a_time_of_day_has_four_digits() {
        assert_eq!(minute_of_day("09:30"), Some(570));
        assert_eq!(minute_of_day("23:59"), Some(1439));
        for bad in ["24:00", "9:30", "09:60", "0930", "-1:00", "09:30:00"] {
            assert_eq!(minute_of_day(bad), None, "{bad}");
        }
    }

    #[test]
    fn networks_are_stored_in_one_form() {
        assert_eq!(networks("192.0.2.1").as_deref(), Some("192.0.2.1/32"));
        assert_eq!(
            networks(" 10.0.0.0/8, 2001:DB8::1 ,10.0.0.0/8,::/0").as_deref(),
            Some(
                "10.0.0.0/8,2001:0db8:0000:0000:0000:0000:0000:0001/128,0000:0000:0000:0000:0000:0000:0000:0000/0"
            )
        );
        for bad in ["", " ", "10.0.0.0/33", "10.0.0.1,", "example.org", "10.0.0/8"] {
            assert_eq!(networks(bad), None, "{bad}");
        }
    }

    #[test]
    fn repeats_are_found_and_left_out() {
        assert_eq!(without_repeats(vec![3, 1, 3, 2, 1]), [3, 1, 2]);
        assert_eq!(first_repeat([3, 1, 3]), Some(2));
        assert_eq!(first_repeat([3, 1]), None);
    }

    #[test]
    fn a_uuid_is_of_version_seven_and_tells_its_time() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let uuid = new_uuid(now).unwrap();
        assert_eq!(uuid.get_version_num(), 7);
        assert_eq!(uuid.get_timestamp().unwrap().to_unix().0, 1_700_000_000);
    }
}
