//! What is found out of a document before it is parsed.

use std::collections::HashSet;

use service::Error;

/// How deep brackets may nest in a document; the parser's and the validator's recursion is the stack's.
const BRACKETS: usize = 100;

/// What stands between brackets.
enum Within<'d> {
    Selections,
    Values,
    /// The fields of an input object so far.
    Object(HashSet<&'d str>),
}

/// Counts the tokens of a document, and refuses what the parser would not: too many of them, brackets that
/// nest too deep to be looked at, and fields of an input object that are given twice, of which it would
/// keep the last.
pub(super) fn refuse_crooked(document: &str, limit: usize) -> Result<usize, Error> {
    let mut within: Vec<Within<'_>> = Vec::new();
    let mut tokens = 0;
    let mut rest = document;
    while let Some(next) = rest.chars().next() {
        let ignored = next.is_whitespace() || matches!(next, ',' | '#' | '\u{feff}');
        tokens += usize::from(!ignored);
        if tokens > limit {
            return Err(Error::LimitExceeded(format!("the document has more than {limit} tokens")));
        }
        let skip = match next {
            '{' | '[' | '(' => {
                let of_values = within.last().is_some_and(|within| !matches!(within, Within::Selections));
                within.push(match next {
                    '{' if of_values => Within::Object(HashSet::new()),
                    '{' => Within::Selections,
                    _ => Within::Values,
                });
                if within.len() > BRACKETS {
                    return Err(Error::LimitExceeded(format!("brackets may nest {BRACKETS} deep")));
                }
                1
            }
            '}' | ']' | ')' => {
                within.pop();
                1
            }
            '#' => rest.find(['\n', '\r']).unwrap_or(rest.len()),
            '"' if rest.starts_with("\"\"\"") => end_of_block(&rest[3..]) + 3,
            '"' => end_of_text(&rest[1..]) + 1,
            '.' if rest.starts_with("...") => 3,
            '-' | '0'..='9' => {
                let more = |letter: char| !(letter.is_ascii_alphanumeric() || "+-.".contains(letter));
                rest[1..].find(more).map_or(rest.len(), |end| end + 1)
            }
            letter if letter.is_ascii_alphabetic() || letter == '_' => {
                let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
                let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
                if let Some(Within::Object(fields)) = within.last_mut()
                    && after_ignored(behind).starts_with(':')
                    && !fields.insert(word)
                {
                    return Err(Error::BadRequest(format!("the input field `{word}` is given twice")));
                }
                word.len()
            }
            other => other.len_utf8(),
        };
        rest = rest.get(skip..).unwrap_or_default();
    }
    Ok(tokens)
}

/// What follows white space, commas and comments.
fn after_ignored(mut text: &str) -> &str {
    loop {
        text = text.trim_start_matches(|letter: char| {
            letter.is_whitespace() || letter == ',' || letter == '\u{feff}'
        });
        match text.strip_prefix('#') {
            Some(comment) => text = comment.find(['\n', '\r']).map_or("", |end| &comment[end..]),
            None => return text,
        }
    }
}

/// Where a text in quotes ends, behind its closing quote; it may not go over a line.
fn end_of_text(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '"' if !escaped => return at + 1,
            '\n' | '\r' => return at,
            _ => escaped = letter == '\\' && !escaped,
        }
    }
    text.len()
}

/// Where a text in three quotes ends, behind its closing quotes.
fn end_of_block(text: &str) -> usize {
    let mut from = 0;
    while let Some(at) = text[from..].find("\"\"\"").map(|at| at + from) {
        if !text[..at].ends_with('\\') {
            return at + 3;
        }
        from = at + 3;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    fn refuse_crooked(document: &str) -> Result<usize, service::Error> {
        super::refuse_crooked(document, 10_000)
    }

    #[test]
    fn a_field_is_given_once() {
        let given = |value: &str| {
            refuse_crooked(&format!("mutation($v: I = {value}) {{ a: f(input: {value}) {{ a a: b a }} }}"))
        };
        for twice in
            ["{a:1 a:2}", "{a:1,b:{c:1, c # x\n : 2}}", "[{x:{}} {y:1 z:y y:$z}]", "{a:\"a\", a:null}"]
        {
            assert!(given(twice).is_err(), "{twice}");
        }
        for once in
            ["{a:1 b:a}", "{a:{a:{a:1}} b:[{a:1}{a:2}]}", "[{x:1},{x:2}]", "{a:\"a: a:\" b:a}", "{a:A#a:\n}"]
        {
            assert!(given(once).is_ok(), "{once}");
        }
    }

    #[test]
    fn brackets_are_counted_outside_of_texts_and_comments() {
        let deep = "{a(x:".to_owned() + &"[".repeat(200) + &"]".repeat(200) + ")}";
        assert!(refuse_crooked(&deep).is_err());
        assert!(refuse_crooked(&"{a}".repeat(500)).is_ok());
        let quoted = format!("{{ a(x: \"{0}\", y: \"\"\"{0}\\\"\"\"{0}\"\"\") # {0}\n }}", "[".repeat(200));
        assert!(refuse_crooked(&quoted).is_ok(), "{quoted}");
        assert!(refuse_crooked(&format!("{quoted}{deep}")).is_err());
        assert!(refuse_crooked(&format!("#x\r{deep}")).is_err(), "a comment ends at CR too");
        assert!(refuse_crooked("\"é\\\"").is_ok());
    }
}
