//! An event stream as its clients read it: server-sent events over one answer that does not end.

use axum::{body::BodyDataStream, http::HeaderMap};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::{
    app::Actor,
    http::{PATIENCE, Payload, Reply},
};

/// The path of event streams.
pub const PATH: &str = "/graphql/stream";

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub name: String,
    pub id: Option<String>,
    /// Null when there is none.
    pub data: Value,
}

/// An open stream.
pub struct Stream {
    pub headers: HeaderMap,
    body: BodyDataStream,
    unread: String,
}

impl Stream {
    /// Sends a request that is answered with a stream.
    ///
    /// # Errors
    /// The answer that is none.
    pub async fn open(
        actor: &Actor,
        method: &str,
        path: &str,
        body: impl Into<Payload>,
    ) -> Result<Self, Reply> {
        actor.log.settle().await;
        let begun = actor.http.begin(method, path, &actor.headers, body.into());
        let answer = tokio::time::timeout(PATIENCE, begun).await.expect("an answer in time");
        let (parts, body) = answer.expect("an answer").into_parts();
        let is_stream = parts.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        let mut stream =
            Self { headers: parts.headers, body: body.into_data_stream(), unread: String::new() };
        if parts.status == 200 && is_stream {
            return Ok(stream);
        }
        while let Some(part) = stream.part().await {
            stream.unread.push_str(&part);
        }
        let (status, headers) = (parts.status.as_u16(), stream.headers);
        Err(Reply { status, reason: String::new(), headers, body: stream.unread.into() })
    }

    /// Begins an operation with a stream of its own.
    pub async fn post(actor: &Actor, query: &str, variables: Value) -> Self {
        let body = json!({ "query": query, "variables": variables });
        Self::open(actor, "POST", PATH, body).await.unwrap_or_else(|reply| panic!("{reply:?}"))
    }

    /// Opens a reserved stream.
    pub async fn get(actor: &Actor, token: &str) -> Self {
        let path = format!("{PATH}?token={token}");
        Self::open(actor, "GET", &path, ()).await.unwrap_or_else(|reply| panic!("{reply:?}"))
    }

    /// What comes next, as it comes; none at the end.
    async fn part(&mut self) -> Option<String> {
        let part = tokio::time::timeout(PATIENCE, self.body.next()).await.expect("something in time")?;
        Some(String::from_utf8(part.expect("a part").into()).expect("UTF-8"))
    }

    /// The next block of lines, comments as well; none at the end.
    pub async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.unread.split_once("\n\n") {
                let block = block.to_owned();
                self.unread = rest.to_owned();
                return Some(block);
            }
            let part = self.part().await?;
            self.unread.push_str(&part);
        }
    }

    /// The next event; none at the end.
    pub async fn try_next(&mut self) -> Option<Event> {
        loop {
            let block = self.block().await?;
            let mut event = Event { name: String::new(), id: None, data: Value::Null };
            for line in block.lines() {
                match line.split_once(':').expect("a line of a field or a comment") {
                    ("event", name) => event.name = name.trim().to_owned(),
                    ("id", id) => event.id = Some(id.trim().to_owned()),
                    ("data", data) if data.trim().is_empty() => {}
                    ("data", data) => event.data = serde_json::from_str(data).expect("JSON"),
                    ("", _) => {}
                    other => panic!("an unknown field: {other:?}"),
                }
            }
            if !event.name.is_empty() {
                return Some(event);
            }
        }
    }

    pub async fn event(&mut self) -> Event {
        self.try_next().await.expect("an event")
    }

    /// The next event of a subscription that has the stream for itself: its cursor, and what its root field holds.
    pub async fn next(&mut self) -> (String, Value) {
        let event = self.event().await;
        let told = (event.name.as_str(), event.data.get("errors"));
        assert_eq!(told, ("next", None), "{event:?}");
        let field = event.data["data"].as_object().and_then(|data| data.values().next()).cloned();
        (event.id.expect("a cursor"), field.expect("a root field"))
    }

    /// Makes sure that the stream ends with `complete`, or with this answer and `complete`.
    pub async fn completes(mut self, code: Option<&str>) {
        if let Some(code) = code {
            let event = self.event().await;
            assert_eq!(event.data["errors"][0]["extensions"]["code"], code, "{event:?}");
        }
        assert_eq!(self.event().await, Event { name: "complete".into(), id: None, data: Value::Null });
        assert_eq!(self.try_next().await, None);
    }
}

/// Reserves a stream and answers its token.
pub async fn reserve(actor: &Actor) -> String {
    actor.put(PATH, ()).await.expect(201).text().to_owned()
}

/// Asks for an operation of a reserved stream.
pub async fn operate(actor: &Actor, token: &str, id: &str, query: &str) -> Reply {
    actor.log.settle().await;
    let body = json!({ "query": query, "extensions": { "operationId": id } });
    actor.with("x-graphql-event-stream-token", token).post(PATH, body).await
}
