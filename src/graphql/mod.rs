//! The GraphQL door over HTTP and WebSocket.

mod http;
mod socket;

use std::collections::HashMap;

use async_graphql::{
    Positioned,
    parser::types::{FragmentDefinition, OperationType, Selection, SelectionSet},
};
use axum::{Router, routing};
use service::Caller;

use crate::app::App;

/// What this door is called in the log of changes.
pub(crate) const DOOR: &str = "graphql";

/// `/graphql`: POST, GET for queries alone, and the WebSocket.
pub fn router() -> Router<App> {
    Router::new().route("/graphql", routing::get(http::get).post(http::post))
}

/// A request with its own call: never share one, or siblings of two documents would load together.
fn with_call(app: &App, request: async_graphql::Request, caller: Caller) -> async_graphql::Request {
    request.data(schema::Call::new(app.services.clone(), caller))
}

/// How many fields a document may have once its fragments are put in their places.
const FIELDS: usize = 10_000;
/// How many root fields an operation may have.
const ROOT_FIELDS: usize = 50;

/// Refuses a document that costs too much to be looked at, before anything walks through it.
fn refuse(request: &mut async_graphql::Request) -> Result<(), service::Error> {
    let wrong = |message: &str| Err(service::Error::BadRequest(message.to_owned()));
    refuse_deep(&request.query)?;
    let Ok(document) = request.parsed_query() else { return Ok(()) }; // execution says what is wrong
    let mut sizes = HashMap::new();
    for (_, operation) in document.operations.iter() {
        let selections = &operation.node.selection_set.node;
        if fields_of(selections, &document.fragments, &mut sizes) > FIELDS {
            return wrong("the document has too many fields");
        }
        let roots = selections.items.len();
        if roots > ROOT_FIELDS {
            return wrong("the operation has too many root fields");
        }
        if operation.node.ty == OperationType::Subscription && roots != 1 {
            return wrong("a subscription has one root field");
        }
    }
    Ok(())
}

type Fragments = HashMap<async_graphql::Name, Positioned<FragmentDefinition>>;

/// How many fields selections have with their fragments in place; each fragment is counted once and a
/// circle, which validation refuses, as nothing.
fn fields_of<'d>(
    selections: &'d SelectionSet,
    fragments: &'d Fragments,
    sizes: &mut HashMap<&'d str, usize>,
) -> usize {
    let mut fields = 0_usize;
    for item in &selections.items {
        let more = match &item.node {
            Selection::Field(field) => {
                fields_of(&field.node.selection_set.node, fragments, sizes).saturating_add(1)
            }
            Selection::InlineFragment(inline) => fields_of(&inline.node.selection_set.node, fragments, sizes),
            Selection::FragmentSpread(spread) => {
                let name = spread.node.fragment_name.node.as_str();
                match (sizes.get(name), fragments.get(name)) {
                    (Some(size), _) => *size,
                    (None, None) => 0,
                    (None, Some(fragment)) => {
                        sizes.insert(name, 0);
                        let size = fields_of(&fragment.node.selection_set.node, fragments, sizes);
                        sizes.insert(name, size);
                        size
                    }
                }
            }
        };
        fields = fields.saturating_add(more);
    }
    fields
}

/// What kind of operation a request means; none when its document says so badly, as execution will tell.
fn operation_type(request: &mut async_graphql::Request) -> Option<OperationType> {
    let name = request.operation_name.clone();
    let document = request.parsed_query().ok()?;
    let mut meant = document.operations.iter().filter(|(one, _)| match (&name, one) {
        (Some(name), Some(one)) => one.as_str() == name,
        (Some(_), None) => false,
        (None, _) => true,
    });
    meant.next().map(|(_, operation)| operation.node.ty)
}

/// Gives every error a code, and internal ones the request's id to ask us with.
fn finished(mut response: async_graphql::Response, request_id: &str) -> async_graphql::Response {
    for error in &mut response.errors {
        let extensions = error.extensions.get_or_insert_default();
        match extensions.get("code") {
            None => extensions.set("code", "BAD_REQUEST"),
            Some(async_graphql::Value::String(code)) if code == "INTERNAL" => {
                extensions.set("requestId", request_id);
            }
            Some(_) => {}
        }
    }
    response
}

/// How deep brackets may nest in a document; the parser's and the validator's recursion is the stack's.
const BRACKETS: usize = 100;

/// Refuses a document whose selections, lists or objects nest too deep to be looked at.
fn refuse_deep(document: &str) -> Result<(), service::Error> {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut rest = document;
    while let Some(next) = rest.chars().next() {
        let skip = match next {
            '{' | '[' | '(' => {
                depth += 1;
                deepest = deepest.max(depth);
                1
            }
            '}' | ']' | ')' => {
                depth = depth.saturating_sub(1);
                1
            }
            '#' => rest.find(['\n', '\r']).unwrap_or(rest.len()),
            '"' if rest.starts_with("\"\"\"") => end_of_block(&rest[3..]) + 3,
            '"' => end_of_text(&rest[1..]) + 1,
            other => other.len_utf8(),
        };
        rest = rest.get(skip..).unwrap_or_default();
    }
    if deepest > BRACKETS {
        return Err(service::Error::BadRequest(format!("brackets may nest {BRACKETS} deep")));
    }
    Ok(())
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
    use super::{refuse, refuse_deep};

    #[test]
    fn fragments_count_in_their_places() {
        let mut bomb = "{ viewer { ...F0 } }".to_owned();
        for at in 0..30 {
            bomb += &format!(" fragment F{at} on Viewer {{ ...F{0} ...F{0} }}", at + 1);
        }
        bomb += " fragment F30 on Viewer { login }";
        assert!(refuse(&mut async_graphql::Request::new(bomb)).is_err());
        let circle = "{ viewer { ...A } } fragment A on Viewer { login ...A }";
        assert!(refuse(&mut async_graphql::Request::new(circle)).is_ok(), "validation refuses it");
        let two = "subscription { a: changes { event } b: changes { event } }";
        assert!(refuse(&mut async_graphql::Request::new(two)).is_err());
    }

    #[test]
    fn brackets_are_counted_outside_of_texts_and_comments() {
        let deep = "{a(x:".to_owned() + &"[".repeat(200) + &"]".repeat(200) + ")}";
        assert!(refuse_deep(&deep).is_err());
        assert!(refuse_deep(&"{a}".repeat(500)).is_ok());
        let quoted = format!("{{ a(x: \"{0}\", y: \"\"\"{0}\\\"\"\"{0}\"\"\") # {0}\n }}", "[".repeat(200));
        assert!(refuse_deep(&quoted).is_ok(), "{quoted}");
        assert!(refuse_deep(&format!("{quoted}{deep}")).is_err());
        assert!(refuse_deep(&format!("#x\r{deep}")).is_err(), "a comment ends at CR too");
        assert!(refuse_deep("\"é\\\"").is_ok());
    }
}
