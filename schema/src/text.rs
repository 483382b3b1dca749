//! Answers as JSON text. What is written already, such as a list of rows, goes into it as it is.

use std::collections::HashSet;

use async_graphql::{
    Name, Positioned, Response, ServerResult, Value,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};
use bytes::Bytes;

/// Found in the data of a request whose lists and rows may be written out where they are resolved.
pub(crate) struct AsText;

/// Each of these things as JSON text; what cannot be written leaves nothing behind.
pub(crate) fn texts<T>(
    things: impl IntoIterator<Item = T>,
    mut write: impl FnMut(T, &mut Vec<u8>) -> ServerResult<()>,
) -> Vec<ServerResult<Value>> {
    let (mut text, mut written) = (Vec::new(), Vec::new());
    for thing in things {
        let begin = text.len();
        let outcome = write(thing, &mut text);
        if outcome.is_err() {
            text.truncate(begin);
        }
        written.push(outcome.map(|()| begin..text.len()));
    }
    let text = Bytes::from(text);
    // No field of the graph is binary otherwise.
    let value = |place| Value::Binary(text.slice(place));
    written.into_iter().map(|place| place.map(value)).collect()
}

/// Writes a value behind a text.
pub(crate) fn write(value: &Value, text: &mut Vec<u8>) {
    match value {
        Value::Binary(written) => text.extend_from_slice(written),
        Value::List(values) => separated(text, b"[]", values, write),
        Value::Object(members) => separated(text, b"{}", members, |(name, value), text| {
            _ = serde_json::to_writer(&mut *text, name.as_str());
            text.push(b':');
            write(value, text);
        }),
        // Into memory, and without maps whose keys are no text, it cannot fail.
        other => _ = serde_json::to_writer(text, other),
    }
}

/// Writes a name of the document, which needs no escapes, and its colon.
pub(crate) fn write_name(name: &str, text: &mut Vec<u8>) {
    text.push(b'"');
    text.extend_from_slice(name.as_bytes());
    text.extend_from_slice(b"\":");
}

/// Writes things between brackets, with commas between them.
pub(crate) fn separated<T>(
    text: &mut Vec<u8>,
    [open, close]: &[u8; 2],
    things: impl IntoIterator<Item = T>,
    mut each: impl FnMut(T, &mut Vec<u8>),
) {
    text.push(*open);
    for (at, thing) in things.into_iter().enumerate() {
        if at > 0 {
            text.push(b',');
        }
        each(thing, text);
    }
    text.push(*close);
}

/// An answer as JSON, whether parts of it are written already or not.
pub fn answer(response: &Response) -> Vec<u8> {
    let mut text = b"{".to_vec();
    if !response.errors.is_empty() {
        text.extend_from_slice(b"\"errors\":");
        _ = serde_json::to_writer(&mut text, &response.errors);
        text.push(b',');
    }
    text.extend_from_slice(b"\"data\":");
    write(&response.data, &mut text);
    if !response.extensions.is_empty() {
        text.extend_from_slice(b",\"extensions\":");
        separated(&mut text, b"{}", &response.extensions, |(name, value), text| {
            write_name(name, text);
            write(value, text);
        });
    }
    text.push(b'}');
    text
}

/// Whether some object of an answer comes from two places of the document and must be merged, which
/// cannot be done to texts. It may say so of objects that never meet.
pub(crate) fn merges(document: &ExecutableDocument) -> bool {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    let mut sets: Vec<&SelectionSet> = operations.chain(fragments).collect();
    while let Some(set) = sets.pop() {
        let mut keys = Keys { document, fields: HashSet::new(), fragments: HashSet::new() };
        if !keys.add(set) {
            return true;
        }
        let mut own: Vec<_> = set.items.iter().collect();
        while let Some(selection) = own.pop() {
            match &selection.node {
                Selection::Field(field) => sets.push(&field.node.selection_set.node),
                Selection::InlineFragment(inline) => own.extend(&inline.node.selection_set.node.items),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
    false
}

/// Under which names a selection set, with its fragments in their places, has objects.
struct Keys<'d> {
    document: &'d ExecutableDocument,
    fields: HashSet<&'d Name>,
    fragments: HashSet<&'d Name>,
}

impl<'d> Keys<'d> {
    /// Adds those of a selection set; answers whether none of them was there yet.
    fn add(&mut self, set: &'d SelectionSet) -> bool {
        set.items.iter().all(|Positioned { node, .. }| match node {
            Selection::Field(field) if field.node.selection_set.node.items.is_empty() => true,
            Selection::Field(field) => self.fields.insert(&field.node.response_key().node),
            Selection::InlineFragment(inline) => self.add(&inline.node.selection_set.node),
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                let fragment = self.document.fragments.get(name);
                self.fragments.insert(name)
                    && fragment.is_none_or(|fragment| self.add(&fragment.node.selection_set.node))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn objects_that_must_be_merged_are_found() {
        for (document, expected) in [
            ("{ a { id id } b: a { id } }", false),
            ("{ a { id } a { name } }", true),
            ("{ a { b { id } ... { b { name } } } }", true),
            ("{ a { b { id } ...f } } fragment f on A { b { name } }", true),
            ("{ a { ...f } b { ...f } } fragment f on A { c { name } }", false),
            ("{ a { ...f ...f } } fragment f on A { c { name } }", true),
            ("{ a { ...f } } fragment f on A { c { ...g } } fragment g on C { d { id } d { name } }", true),
        ] {
            let parsed = parse_query(document).expect(document);
            assert_eq!(merges(&parsed), expected, "{document}");
        }
    }

    #[test]
    fn an_answer_is_written_as_its_values_would_be() {
        let json =
            serde_json::json!({ "a": ["\"", null, 1.5, true], "b": { "\"c\"": "ö\u{1}" }, "d": [], "e": {} });
        let value = Value::from_json(json).expect("a value");
        let mut response = Response::new(value.clone());
        assert_eq!(answer(&response), serde_json::to_vec(&serde_json::json!({ "data": value })).unwrap());
        let mut text = Vec::new();
        write(&value, &mut text);
        response.data = async_graphql::value!({ "x": null });
        if let Value::Object(members) = &mut response.data {
            members.insert(Name::new("x"), Value::Binary(text.into()));
        }
        response.extensions.insert("cost".to_owned(), 1.into());
        let expected = serde_json::json!({ "data": { "x": value }, "extensions": { "cost": 1 } });
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&answer(&response)).unwrap(), expected);
    }
}
