//! What a tenant's fields must look like, each on its own and together.

use entity::{
    List, Sealed,
    tenant::{self, Column},
    value,
};
use sea_orm::{IdenStatic, Set};

use crate::{
    Code, Problems,
    check::{
        first_repeat, is_currency, is_disk_size, is_domain, is_email, is_handle, is_sip_token, is_web_url,
        minute_of_day, note_region, note_time_zone, numbers_within, path, texts_at_most, texts_that,
    },
};

/// Numbers of which none may be negative.
const COUNTS: &[Column] = &[
    Column::CapacityLimit,
    Column::SipAccountLimit,
    Column::MaxExtensions,
    Column::MaxConcurrentCalls,
    Column::MaxRingGroups,
    Column::MaxVirtualReceptionists,
    Column::MaxCallQueues,
    Column::MaxConferenceRooms,
    Column::DiskQuotaLimit,
    Column::RegLimit,
    Column::ExtensionLimit,
    Column::ExtensionGroupLimit,
    Column::ExtensionAgentLimit,
    Column::RemoteAgentLimit,
    Column::CallsLimit,
    Column::SoundLimit,
    Column::EventLimit,
    Column::IntervalLimit,
    Column::DialRuleLimit,
    Column::NetworkPermissionLimit,
    Column::IncomRuleLimit,
    Column::IvrContextLimit,
    Column::IvrOptionLimit,
    Column::IvrRuleLimit,
    Column::ApplicationLimit,
    Column::UserClientLimit,
    Column::UserExtensionLimit,
    Column::UserExtensionGroupLimit,
    Column::CallInteractiveTimeout,
    Column::ContactMatchLength,
];
pub(super) fn note_names(problems: &mut Problems, row: &tenant::ActiveModel) {
    if let Set(customer_id) = &row.customer_id {
        let message = "use 1 to 64 letters, digits, dots, underscores and hyphens";
        problems.unless(is_handle(customer_id), Column::CustomerId, message);
    }
    if let Set(domain) = &row.domain {
        let message = "use letters, digits, dots and hyphens, a letter or digit first and last";
        match domain.is_empty() {
            true => problems.note(false, Code::Required, Column::Domain, "must not be empty"),
            false => problems.unless(is_domain(domain), Column::Domain, message),
        }
    }
    if let Set(name) = &row.name {
        problems.filled(name, 1024, Column::Name);
    }
    if let Set(kind) = &row.client_type {
        problems.filled(kind, 64, Column::ClientType);
    }
    texts_at_most(problems, row, 64, &[Column::Prefix, Column::DomainPrefix]);
    texts_at_most(
        problems,
        row,
        255,
        &[Column::Website, Column::ContactPhones, Column::Ambassadors, Column::GeoList, Column::AvatarFileId],
    );
    texts_at_most(problems, row, 1024, &[Column::LegalAddress, Column::ActualAddress]);
    texts_at_most(problems, row, 2048, &[Column::AccessUrl, Column::CallInteractiveUrl]);
    texts_at_most(
        problems,
        row,
        65_536,
        &[Column::ExtraParams, Column::CustomOptions, Column::StirShakenCert],
    );
    let message = "use an absolute http or https URL";
    texts_that(problems, row, is_web_url, message, &[Column::AccessUrl, Column::CallInteractiveUrl]);
    let message = "use an e-mail address";
    texts_that(problems, row, is_email, message, &[Column::Email, Column::DiskSpaceNotifyEmail]);
    let or_empty = |text: &str| text.is_empty() || is_email(text);
    let message = "use an e-mail address, or leave it empty";
    texts_that(problems, row, or_empty, message, &[Column::RecordSendLinkTo]);
    note_time_zone(problems, row, Column::TimeZone);
    texts_that(problems, row, is_currency, "use a currency of ISO 4217 such as EUR", &[Column::Currency]);
    note_region(problems, row, Column::Region);
    let message = "use a positive number and KB, MB, GB or PB, or leave it empty";
    texts_that(
        problems,
        row,
        is_disk_size,
        message,
        &[Column::DiskQuota, Column::ImDiskQuota, Column::ExtensionImDiskQuota],
    );
    let is_json = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    texts_that(problems, row, is_json, "use JSON text", &[Column::CustomOptions]);
    for (column, list) in [(Column::Services, &row.services), (Column::ActiveCrm, &row.active_crm)] {
        if let Set(names) = list {
            note_name_list(problems, column, names);
        }
    }
}

fn note_name_list(problems: &mut Problems, column: Column, names: &List<String>) {
    problems.note(names.len() <= 200, Code::TooLong, column, "use at most 200 names");
    for (at, name) in names.iter().enumerate() {
        if name.chars().count() > 255 {
            let field = path([column.as_str(), &at.to_string()]);
            problems.push(Code::TooLong, field, "use at most 255 characters");
        }
    }
}

pub(super) fn note_numbers(problems: &mut Problems, row: &tenant::ActiveModel) {
    numbers_within(problems, row, 0..=i32::MAX, COUNTS);
    numbers_within(
        problems,
        row,
        1..=i32::MAX,
        &[
            Column::MaxLinesIncoming,
            Column::MaxLinesOutgoing,
            Column::LocalGatewayLimit,
            Column::RecordingRetention,
            Column::LogRetention,
            Column::CallReportRetention,
            Column::TempFileRetention,
        ],
    );
    numbers_within(problems, row, 1..=36_500, &[Column::CdrRetention]);
    numbers_within(problems, row, 2..=5, &[Column::ExtDigits]);
    numbers_within(problems, row, 1..=100, &[Column::MaxSignalContacts, Column::DiskSpaceNotifyThreshold]);
    numbers_within(problems, row, 1..=1000, &[Column::AccountsLimit]);
    numbers_within(problems, row, 1..=7300, &[Column::RecordExpirationDays]);
    numbers_within(problems, row, 1..=43_200, &[Column::ContactUpdateInterval]);

    let by_length = row.contact_match_type.try_as_ref() == Some(&value::ContactMatch::MatchLength);
    let length = row.contact_match_length.try_as_ref().copied().flatten();
    if by_length && (row.contact_match_type.is_set() || row.contact_match_length.is_set()) {
        let column = Column::ContactMatchLength;
        problems.note(length.is_some(), Code::Required, column, "say how many digits are compared");
        problems.note(length != Some(0), Code::OutOfRange, column, "must be at least 1");
    }
}

pub(super) fn note_composites(problems: &mut Problems, row: &tenant::ActiveModel) {
    if let Set(hours) = &row.office_hours {
        note_office_hours(problems, hours);
    }
    if let Set(ids) = &row.outbound_caller_ids {
        note_caller_ids(problems, ids);
    }
    if let Set(e164) = &row.e164 {
        let texts = [
            ("international_code", &e164.international_code),
            ("country", &e164.country),
            ("area_code", &e164.area_code),
            ("national_code", &e164.national_code),
            ("prefix", &e164.prefix),
        ];
        for (name, text) in texts {
            if text.as_ref().is_some_and(|text| text.chars().count() > 64) {
                problems.push(Code::TooLong, path(["e164", name]), "use at most 64 characters");
            }
        }
    }
    if let Set(Some(policy)) = &row.password_policy {
        note_policy(problems, policy);
    }
    if let Set(headers) = &row.custom_headers_added {
        let values = headers.iter().map(|header| Some(header.value.as_str()));
        let names = headers.iter().map(|header| (header.name.as_str(), header.scope));
        note_headers(problems, "custom_headers_added", names.zip(values));
    }
    if let Set(headers) = &row.custom_headers_relayed {
        let names = headers.iter().map(|header| ((header.name.as_str(), header.scope), None));
        note_headers(problems, "custom_headers_relayed", names);
    }
    let events = [
        ("cdr_event", &row.cdr_event, Column::CdrEventPassword, &row.cdr_event_password),
        (
            "extension_event",
            &row.extension_event,
            Column::ExtensionEventPassword,
            &row.extension_event_password,
        ),
    ];
    for (name, event, column, password) in events {
        if (event.is_set() || password.is_set())
            && let Some(event) = event.try_as_ref()
        {
            note_event(problems, name, event, column, password.try_as_ref().and_then(Option::as_ref));
        }
    }
}

fn note_office_hours(problems: &mut Problems, hours: &value::OfficeHours) {
    let week = [
        ("monday", &hours.monday),
        ("tuesday", &hours.tuesday),
        ("wednesday", &hours.wednesday),
        ("thursday", &hours.thursday),
        ("friday", &hours.friday),
        ("saturday", &hours.saturday),
        ("sunday", &hours.sunday),
    ];
    for (name, day) in week {
        if day.ranges.len() > 24 {
            let field = path(["office_hours", name, "ranges"]);
            problems.push(Code::TooLong, field, "use at most 24 ranges");
            continue;
        }
        let mut spans = Vec::new();
        for (at, range) in day.ranges.iter().enumerate() {
            let at = at.to_string();
            let place = |end| path(["office_hours", name, "ranges", &at, end]);
            let (from, to) = (minute_of_day(&range.from), minute_of_day(&range.to));
            if from.is_none() {
                problems.push(Code::Invalid, place("from"), "use 24-hour HH:MM");
            }
            if to.is_none() {
                problems.push(Code::Invalid, place("to"), "use 24-hour HH:MM");
            }
            let (Some(from), Some(to)) = (from, to) else { continue };
            if from >= to {
                problems.push(Code::Invalid, place("to"), "must be later than it begins");
            } else if spans.iter().any(|(begin, end)| from < *end && *begin < to) {
                problems.push(Code::Invalid, place("from"), "overlaps with another range");
            }
            spans.push((from, to));
        }
    }
}

fn note_caller_ids(problems: &mut Problems, ids: &List<value::OutboundCallerId>) {
    let message = "use at most 200 caller ids";
    problems.note(ids.len() <= 200, Code::TooLong, Column::OutboundCallerIds, message);
    for (at, id) in ids.iter().enumerate() {
        let at = at.to_string();
        let place = |name| path(["outbound_caller_ids", &at, name]);
        if id.provider_id.is_empty() || id.provider_id.len() > 128 {
            problems.push(Code::Invalid, place("provider_id"), "use 1 to 128 characters");
        }
        if !(1..=64).contains(&id.caller_id.chars().count()) {
            problems.push(Code::Invalid, place("caller_id"), "use 1 to 64 characters");
        }
        if id.description.as_ref().is_some_and(|text| text.chars().count() > 1024) {
            problems.push(Code::TooLong, place("description"), "use at most 1024 characters");
        }
    }
}

fn note_policy(problems: &mut Problems, policy: &value::PasswordPolicy) {
    for (name, length) in [("min_length", policy.min_length), ("max_length", policy.max_length)] {
        if !(6..=32).contains(&length) {
            problems.push(Code::OutOfRange, path(["password_policy", name]), "must be 6 to 32");
        }
    }
    if policy.min_length > policy.max_length {
        let message = "must not be greater than the greatest length";
        problems.push(Code::Invalid, path(["password_policy", "min_length"]), message);
    }
}

type Header<'a> = ((&'a str, value::HeaderScope), Option<&'a str>);

fn note_headers<'a>(problems: &mut Problems, list: &str, headers: impl Iterator<Item = Header<'a>>) {
    let headers: Vec<_> = headers.collect();
    if headers.len() > 200 {
        problems.push(Code::TooLong, path([list]), "use at most 200 headers");
    }
    for (at, ((name, _), value)) in headers.iter().enumerate() {
        let at = at.to_string();
        if name.is_empty() {
            problems.push(Code::Required, path([list, &at, "name"]), "must not be empty");
        } else if !is_sip_token(name) || name.len() > 128 {
            problems.push(Code::Invalid, path([list, &at, "name"]), "use the name of a SIP header");
        }
        match value {
            Some("") => problems.push(Code::Required, path([list, &at, "value"]), "must not be empty"),
            Some(value) if value.len() > 1024 || value.contains(char::is_control) => {
                let message = "use at most 1024 characters on one line";
                problems.push(Code::Invalid, path([list, &at, "value"]), message);
            }
            _ => {}
        }
    }
    // The names of SIP headers are compared without regard to case.
    if let Some(at) = first_repeat(headers.iter().map(|((name, scope), _)| (name.to_lowercase(), *scope))) {
        let message = "this name and scope are there already";
        problems.push(Code::Invalid, path([list, &at.to_string(), "name"]), message);
    }
}

fn note_event(
    problems: &mut Problems,
    name: &str,
    event: &value::EventTarget,
    password_column: Column,
    password: Option<&Sealed>,
) {
    match event.url.as_deref() {
        None | Some("") if event.enabled => {
            problems.push(Code::Required, path([name, "url"]), "say where to");
        }
        Some(url) if url.chars().count() > 128 => {
            problems.push(Code::TooLong, path([name, "url"]), "use at most 128 characters");
        }
        Some(url) if event.enabled && !is_web_url(url) => {
            problems.push(Code::Invalid, path([name, "url"]), "use an absolute http or https URL");
        }
        _ => {}
    }
    let message = "use 6 to 64 lower-case letters and digits";
    if !matches!(event.auth, value::EventAuth::Basic | value::EventAuth::Digest) {
        // It may be wanted later, and then nobody looks at it again.
        let open = password.and_then(Sealed::as_open);
        problems.unless(open.is_none_or(is_credential), password_column, message);
        return;
    }
    match event.username.as_deref() {
        None if event.enabled => problems.push(Code::Required, path([name, "username"]), message),
        Some(username) if !is_credential(username) => {
            problems.push(Code::Invalid, path([name, "username"]), message);
        }
        _ => {}
    }
    match password {
        None => problems.note(!event.enabled, Code::Required, password_column, message),
        // An encrypted one was good when it was written.
        Some(sealed) => {
            problems.unless(sealed.as_open().is_none_or(is_credential), password_column, message);
        }
    }
}

/// Whether it is a name or password of an event target: 6 to 64 lower-case letters and digits.
fn is_credential(text: &str) -> bool {
    (6..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

pub(super) fn note_secrets(problems: &mut Problems, row: &tenant::ActiveModel) {
    let secrets = [
        (Column::CdrEventToken, &row.cdr_event_token, 4096),
        (Column::ExtensionEventToken, &row.extension_event_token, 4096),
        (Column::StirShakenKey, &row.stir_shaken_key, 65_536),
    ];
    for (column, secret, max) in secrets {
        if let Set(Some(sealed)) = secret {
            problems.at_most(sealed.as_open().unwrap_or_default(), max, column);
        }
    }
    let there = |present: Option<bool>| present.unwrap_or_default();
    let cert = there(row.stir_shaken_cert.try_as_ref().map(Option::is_some));
    let key = there(row.stir_shaken_key.try_as_ref().map(Option::is_some));
    let message = "a certificate and its key go together";
    problems.note(!key || cert, Code::Required, Column::StirShakenCert, message);
    problems.note(!cert || key, Code::Required, Column::StirShakenKey, message);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn day(ranges: &[(&str, &str)]) -> value::OfficeDay {
        let ranges =
            ranges.iter().map(|(from, to)| value::TimeRange { from: (*from).into(), to: (*to).into() });
        value::OfficeDay { enabled: true, ranges: ranges.collect() }
    }

    fn fields(problems: Problems) -> Vec<String> {
        let Err(Error::Refused(problems)) = problems.result() else { return Vec::new() };
        problems.into_iter().map(|problem| problem.field.unwrap_or_default().join(".")).collect()
    }

    #[test]
    fn office_hours_are_in_order_and_apart() {
        let good = day(&[("08:30", "12:00"), ("13:00", "17:30")]);
        let hours = |monday| value::OfficeHours {
            monday,
            tuesday: good.clone(),
            wednesday: good.clone(),
            thursday: good.clone(),
            friday: good.clone(),
            saturday: day(&[]),
            sunday: day(&[]),
        };
        let noted = |monday| {
            let mut problems = Problems::default();
            note_office_hours(&mut problems, &hours(monday));
            fields(problems)
        };
        assert!(noted(good.clone()).is_empty());
        assert!(noted(day(&[("08:00", "12:00"), ("12:00", "13:00")])).is_empty());
        assert_eq!(noted(day(&[("8:30", "12:00")])), ["office_hours.monday.ranges.0.from"]);
        assert_eq!(noted(day(&[("12:00", "12:00")])), ["office_hours.monday.ranges.0.to"]);
        assert_eq!(
            noted(day(&[("08:00", "12:00"), ("11:00", "13:00")])),
            ["office_hours.monday.ranges.1.from"]
        );
    }

    #[test]
    fn a_header_is_there_once_for_a_scope() {
        let noted = |headers: &[(&str, value::HeaderScope, Option<&str>)]| {
            let mut problems = Problems::default();
            let headers: Vec<Header<'_>> = headers.iter().map(|one| ((one.0, one.1), one.2)).collect();
            note_headers(&mut problems, "custom_headers_added", headers.into_iter());
            fields(problems)
        };
        let (all, user) = (value::HeaderScope::All, value::HeaderScope::User);
        assert!(noted(&[("X-Site", all, Some("a")), ("X-Site", user, Some("b"))]).is_empty());
        assert_eq!(noted(&[("X-Site", all, None), ("x-site", all, None)]), ["custom_headers_added.1.name"]);
        assert_eq!(noted(&[("X Site", all, Some("a"))]), ["custom_headers_added.0.name"]);
        assert_eq!(noted(&[("X-Site", all, Some(""))]), ["custom_headers_added.0.value"]);
        assert_eq!(noted(&[("X-Site", all, Some("a\r\nb"))]), ["custom_headers_added.0.value"]);
    }

    #[test]
    fn an_event_target_that_is_on_says_where_to() {
        let event = |enabled, auth, username: Option<&str>, url: Option<&str>| value::EventTarget {
            enabled,
            auth,
            username: username.map(str::to_owned),
            url: url.map(str::to_owned),
        };
        let noted = |event: value::EventTarget, password: Option<&str>| {
            let mut problems = Problems::default();
            let password = password.map(Sealed::open);
            note_event(&mut problems, "cdr_event", &event, Column::CdrEventPassword, password.as_ref());
            fields(problems)
        };
        let url = Some("https://crm.example/cdr");
        assert!(noted(event(false, value::EventAuth::Disable, None, None), None).is_empty());
        assert!(noted(event(true, value::EventAuth::Bearer, None, url), None).is_empty());
        assert_eq!(noted(event(true, value::EventAuth::Disable, None, None), None), ["cdr_event.url"]);
        assert_eq!(noted(event(true, value::EventAuth::Disable, None, Some("crm")), None), ["cdr_event.url"]);
        let basic = event(true, value::EventAuth::Basic, Some("crmuser"), url);
        assert!(noted(basic.clone(), Some("secret99")).is_empty());
        assert_eq!(noted(basic.clone(), Some("Secret99")), ["cdr_event_password"]);
        assert_eq!(noted(basic, None), ["cdr_event_password"]);
        assert_eq!(
            noted(event(true, value::EventAuth::Digest, Some("me"), url), Some("secret99")),
            ["cdr_event.username"]
        );
    }
}
