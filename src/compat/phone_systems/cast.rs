//! Attribute values on their way in: from the kinds of JSON that this API takes to those of the domain.

use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};
use serde_json::{Number, Value, json};

use super::{
    error::{BLANK, INVALID, NOT_INCLUDED},
    facts::{Attribute, Form, Words},
};

/// The longest text that an attribute takes, in characters.
const LONGEST: usize = 255;
/// The most digits that a JSON number is read as; beyond, its digits are not certain.
const CERTAIN_DIGITS: usize = 20;

/// The value as the domain takes it, or the title of what is wrong with it.
pub fn cast(attribute: &Attribute, value: &Value) -> Result<Value, String> {
    if attribute.required && is_blank(value) {
        return Err(BLANK.into());
    }
    match attribute.form {
        Form::Text => text(value, Value::Null),
        Form::Default(default) => text(value, default.into()),
        Form::Digits(most) => digits(value, 1..=most),
        Form::Prefix => match value.as_str().map(within) {
            Some(Err(wrong)) => Err(wrong),
            _ => digits(value, 0..=LONGEST),
        },
        Form::Integer(least, most) => integer(value, least, most),
        Form::Boolean => boolean(value),
        Form::Word(words) => word(words, value).map(Value::from),
        Form::Choice(words) => choice(words, value),
        Form::Time => Err(INVALID.into()),
    }
}

/// The time that a filter names: ISO 8601 with a zone, or `YYYY-MM-DD HH:MM[:SS]` in UTC; to the millisecond, as
/// times are shown.
pub fn moment(text: &str) -> Option<DateTime<Utc>> {
    const ZONED: [&str; 4] =
        ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z", "%Y%m%dT%H%M%S%.f%#z", "%Y%m%dT%H%M%#z"];
    const PLAIN: [&str; 2] = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"];
    let shifted =
        text.strip_suffix(['Z', 'z']).map_or_else(|| text.to_owned(), |text| format!("{text}+00:00"));
    let zoned = || ZONED.iter().find_map(|form| DateTime::parse_from_str(&shifted, form).ok());
    let plain = || PLAIN.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let time = zoned().map(|time| time.to_utc()).or_else(|| plain().map(|time| time.and_utc()))?;
    Some(time.trunc_subsecs(3))
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn text(value: &Value, null: Value) -> Result<Value, String> {
    match value {
        Value::Null => Ok(null),
        Value::String(text) => within(text).map(Value::from),
        _ => Err(INVALID.into()),
    }
}

/// A text that is not too long; PostgreSQL does not store U+0000.
fn within(text: &str) -> Result<&str, String> {
    match text {
        text if text.chars().count() > LONGEST => {
            Err(format!("is too long (maximum is {LONGEST} characters)"))
        }
        text if text.contains('\0') => Err(INVALID.into()),
        text => Ok(text),
    }
}

fn digits(value: &Value, length: std::ops::RangeInclusive<usize>) -> Result<Value, String> {
    let digits = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_u64() => number.to_string(),
        _ => return Err(INVALID.into()),
    };
    let fits = length.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(digits.into()) } else { Err(INVALID.into()) }
}

fn integer(value: &Value, least: i64, most: i64) -> Result<Value, String> {
    let number = match value {
        Value::Null => return Ok(Value::Null),
        Value::Number(number) => number.clone(),
        Value::String(text) => number_in(text).ok_or("is not a number")?,
        _ => return Err("is not a number".into()),
    };
    let given = whole(&number).ok_or("must be an integer")?;
    if given < i128::from(least) {
        return Err(format!("must be greater than or equal to {least}"));
    }
    if given > i128::from(most) {
        return Err(format!("must be less than or equal to {most}"));
    }
    i64::try_from(given).map(Value::from).map_err(|_| INVALID.into())
}

/// The number that a text of digits is; one beyond all bounds is as large as can be.
fn number_in(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let most = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    Some(text.parse().unwrap_or(most).into())
}

/// The whole number that a number is; one beyond all bounds is as large as can be.
fn whole(number: &Number) -> Option<i128> {
    if let Some(whole) = number.as_i128() {
        return Some(whole);
    }
    let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
    let bound = 10_i128.pow(CERTAIN_DIGITS.try_into().unwrap_or(u32::MAX));
    #[expect(clippy::cast_possible_truncation, reason = "the cast keeps to the bounds of the type")]
    let whole = float as i128;
    Some(whole.clamp(-bound, bound))
}

fn boolean(value: &Value) -> Result<Value, String> {
    match value {
        Value::Bool(truth) => Ok(json!(truth)),
        Value::String(text) if text == "true" => Ok(json!(true)),
        Value::String(text) if text == "false" => Ok(json!(false)),
        _ => Err(NOT_INCLUDED.into()),
    }
}

fn word(words: Words, value: &Value) -> Result<&'static str, String> {
    let found = value.as_str().and_then(|text| words.iter().find(|(wire, _)| *wire == text));
    found.map(|(_, ours)| *ours).ok_or_else(|| NOT_INCLUDED.into())
}

fn choice(words: Words, value: &Value) -> Result<Value, String> {
    let items = match value {
        Value::Null => return Err(BLANK.into()),
        Value::Array(items) if items.is_empty() => return Err(BLANK.into()),
        Value::Array(items) => items,
        _ => return Err(INVALID.into()),
    };
    let mut chosen = Vec::new();
    for item in items {
        let word = word(words, item)?;
        if !chosen.contains(&word) {
            chosen.push(word);
        }
    }
    Ok(json!(chosen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::phone_systems::facts::Writable;

    fn cast_as(form: Form, value: Value) -> Result<Value, String> {
        cast(&Attribute { name: "a", alias: None, form, writable: Writable::Always, required: false }, &value)
    }

    #[test]
    fn integers_are_numbers_or_digit_strings_within_bounds() {
        let port = |value| cast_as(Form::Integer(1, 65535), value);
        assert_eq!(port(json!(5060)), Ok(json!(5060)));
        assert_eq!(port(json!("5060")), Ok(json!(5060)));
        assert_eq!(port(json!("0080")), Ok(json!(80)));
        assert_eq!(port(json!(80.0)), Ok(json!(80)));
        assert_eq!(port(Value::Null), Ok(Value::Null));
        assert_eq!(port(json!(0)), Err("must be greater than or equal to 1".into()));
        assert_eq!(port(json!("-0")), Err("must be greater than or equal to 1".into()));
        assert_eq!(port(json!(1e300)), Err("must be less than or equal to 65535".into()));
        assert_eq!(port(json!("99999999999999999999999")), Err("must be less than or equal to 65535".into()));
        assert_eq!(port(json!(1.5)), Err("must be an integer".into()));
        for wrong in [
            json!("x"),
            json!("1.5"),
            json!("1e3"),
            json!(" 5"),
            json!(""),
            json!("-"),
            json!(true),
            json!([]),
            json!({}),
        ] {
            assert_eq!(port(wrong), Err("is not a number".into()));
        }
    }

    #[test]
    fn texts_are_texts_of_255_characters() {
        assert_eq!(cast_as(Form::Text, json!("a")), Ok(json!("a")));
        assert_eq!(cast_as(Form::Text, Value::Null), Ok(Value::Null));
        assert_eq!(cast_as(Form::Text, json!(1)), Err(INVALID.into()));
        assert_eq!(cast_as(Form::Text, json!("a\0")), Err(INVALID.into()));
        assert_eq!(cast_as(Form::Text, json!("ä".repeat(255))), Ok(json!("ä".repeat(255))));
        assert!(cast_as(Form::Text, json!("a".repeat(256))).is_err_and(|title| title.contains("255")));
        assert_eq!(cast_as(Form::Default("x"), Value::Null), Ok(json!("x")));
    }

    #[test]
    fn digits_are_texts_or_whole_numbers() {
        assert_eq!(cast_as(Form::Digits(15), json!(12_120_000_001_u64)), Ok(json!("12120000001")));
        assert_eq!(cast_as(Form::Digits(15), json!("0044")), Ok(json!("0044")));
        for wrong in [json!("+44"), json!(""), json!("1234567890123456"), json!(-1), json!(1.5), json!(true)]
        {
            assert_eq!(cast_as(Form::Digits(15), wrong), Err(INVALID.into()));
        }
        assert_eq!(cast_as(Form::Prefix, Value::Null), Ok(json!("")));
        assert_eq!(cast_as(Form::Prefix, json!(41)), Ok(json!("41")));
    }

    #[test]
    fn moments_are_iso_8601_with_a_zone_or_in_utc() {
        let same = moment("2031-02-03T04:05:00Z");
        assert!(same.is_some());
        for text in [
            "2031-02-03T04:05:00.0004Z",
            "2031-02-03T04:05Z",
            "2031-02-03T06:05:00+02:00",
            "2031-02-03T06:05:00+0200",
            "2031-02-03T06:05+02",
            "20310203T040500Z",
            "20310203T0405Z",
            "2031-02-03 04:05:00",
            "2031-02-03 04:05",
        ] {
            assert_eq!(moment(text), same, "{text}");
        }
        for wrong in
            ["", "2031-02-03", "2031-02-03T04:05:00", "2031-02-30 04:05", "04:05", "1", "2031-02-03 04:05Z?"]
        {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn words_are_those_of_the_list() {
        const WORDS: Words = &[("Dual", "DUAL"), ("dual", "DUAL"), ("One", "ONE")];
        assert_eq!(cast_as(Form::Word(WORDS), json!("Dual")), Ok(json!("DUAL")));
        assert_eq!(cast_as(Form::Word(WORDS), json!("DUAL")), Err(NOT_INCLUDED.into()));
        assert_eq!(cast_as(Form::Choice(WORDS), json!(["One", "Dual", "dual"])), Ok(json!(["ONE", "DUAL"])));
        assert_eq!(cast_as(Form::Choice(WORDS), json!([])), Err(BLANK.into()));
        assert_eq!(cast_as(Form::Choice(WORDS), json!("One")), Err(INVALID.into()));
        assert_eq!(cast_as(Form::Choice(WORDS), json!([1])), Err(NOT_INCLUDED.into()));
        assert_eq!(cast_as(Form::Boolean, json!("false")), Ok(json!(false)));
        assert_eq!(cast_as(Form::Boolean, Value::Null), Err(NOT_INCLUDED.into()));
        assert_eq!(cast_as(Form::Boolean, json!(1)), Err(NOT_INCLUDED.into()));
    }
}
