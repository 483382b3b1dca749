//! Requests with files beside them, as the GraphQL multipart request specification has them: `operations`,
//! then `map`, then the files.
//!
//! No field takes a file yet, so none is kept: they are counted as they come, and what names one is
//! refused as a value of the wrong type.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicUsize, Ordering},
    task::Poll,
    time::Duration,
};

use async_graphql::Value;
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, StatusCode, header},
};
use futures_util::{Stream, StreamExt, stream::poll_fn};
use multer::{Field, Multipart};
use service::Error;

use super::{asked::Sent, documents::Refusal};
use crate::config::Limits;

/// A form cannot send one of these, so neither can the page of another site.
const PREFLIGHT: [&str; 2] = ["graphql-require-preflight", "apollo-require-preflight"];
/// How much is read ahead of what was looked at: more than any sane head of a part.
const AHEAD: usize = 64 * 1024;
/// How much of what is too large is read before it is refused: most clients read no answer before.
const SURPLUS: usize = 8 << 20;

/// Refuses what a form could send.
pub(super) fn demand_preflight(headers: &HeaderMap) -> Result<(), Error> {
    match PREFLIGHT.iter().any(|name| headers.get(*name).is_some_and(|value| !value.is_empty())) {
        true => Ok(()),
        false => {
            let message = "parts need the header `GraphQL-Require-Preflight` or `Apollo-Require-Preflight`";
            Err(Error::BadRequest(message.to_owned()))
        }
    }
}

/// Reads what is asked, with marks where files belong.
///
/// # Errors
/// What is not of its form, too large or too slow.
pub(super) async fn read(headers: &HeaderMap, body: Body, limits: &Limits) -> Result<Sent, Refusal> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = multer::parse_boundary(content_type.unwrap_or_default()).map_err(|why| crooked(&why))?;
    let ahead = AtomicUsize::new(0);
    let patience = Duration::from_secs(limits.seconds);
    let mut parts =
        Parts { multipart: Multipart::new(slowly(body, &ahead), boundary), ahead: &ahead, patience };
    let operations = parts.text("operations", limits.body_bytes).await?;
    let mut sent = Sent::read(&operations, limits.batch)?;
    let map = parts.text("map", limits.body_bytes).await?;
    let map: HashMap<String, Vec<String>> = serde_json::from_slice(&map)
        .map_err(|why| Error::BadRequest(format!("`map` is no object of lists of paths: {why}")))?;
    if map.len() > limits.upload_files {
        return Err(Error::LimitExceeded(format!("more than {} files", limits.upload_files)).into());
    }
    for path in map.values().flatten() {
        let message =
            || Error::BadRequest(format!("`map` names `{path}`, which is no null in the variables"));
        place(&mut sent, path).ok_or_else(message)?;
    }
    parts.count(map, limits).await?;
    Ok(sent)
}

/// Puts the mark of a file where null is; none when there is none.
fn place(sent: &mut Sent, path: &str) -> Option<()> {
    let (asked, path) = match sent {
        Sent::One(asked) => (&mut **asked, path),
        Sent::Batch(batch) => {
            let (at, path) = path.split_once('.')?;
            (batch.get_mut(at.parse::<usize>().ok()?)?, path)
        }
    };
    let mut steps = path.strip_prefix("variables.")?.split('.');
    let mut value = asked.variables.get_mut(steps.next()?)?;
    for step in steps {
        value = match value {
            Value::List(items) => items.get_mut(step.parse::<usize>().ok()?)?,
            Value::Object(fields) => fields.get_mut(step)?,
            _ => return None,
        };
    }
    (*value == Value::Null).then(|| *value = schema::file())
}

/// The parts of a body, one after the other.
struct Parts<'b> {
    multipart: Multipart<'b>,
    ahead: &'b AtomicUsize,
    patience: Duration,
}

impl<'b> Parts<'b> {
    async fn next(&mut self) -> Result<Option<Field<'b>>, Refusal> {
        let next = tokio::time::timeout(self.patience, self.multipart.next_field()).await;
        self.ahead.store(0, Ordering::Relaxed);
        next.map_err(|_| stalled())?.map_err(|why| crooked(&why))
    }

    async fn chunk(&self, field: &mut Field<'b>) -> Result<Option<Bytes>, Refusal> {
        let next = tokio::time::timeout(self.patience, field.chunk()).await;
        self.ahead.store(0, Ordering::Relaxed);
        next.map_err(|_| stalled())?.map_err(|why| crooked(&why))
    }

    /// The next part, which has this name.
    async fn text(&mut self, name: &str, limit: usize) -> Result<Vec<u8>, Refusal> {
        let part = self.next().await?.filter(|part| part.name() == Some(name));
        let missing =
            || Error::BadRequest(format!("the parts are `operations`, `map` and files; no `{name}` here"));
        let mut part = part.ok_or_else(missing)?;
        let mut text = Vec::new();
        while let Some(chunk) = self.chunk(&mut part).await? {
            if text.len() + chunk.len() > limit {
                self.drain(part).await;
                return Err(too_large(format!("`{name}` has more than {limit} bytes")));
            }
            text.extend_from_slice(&chunk);
        }
        Ok(text)
    }

    /// Counts the files, each of which is in the map, and all of the map among them.
    async fn count(&mut self, mut map: HashMap<String, Vec<String>>, limits: &Limits) -> Result<(), Refusal> {
        let mut total = 0;
        while let Some(mut file) = self.next().await? {
            let name: String = file.name().unwrap_or_default().chars().take(60).collect();
            let wrong = |what: &str| Error::BadRequest(format!("the part `{name}` {what}"));
            map.remove(file.name().unwrap_or_default())
                .ok_or_else(|| wrong("is not in `map`, or came twice"))?;
            if file.file_name().is_none() {
                return Err(wrong("is no file").into());
            }
            let mut size = 0;
            while let Some(chunk) = self.chunk(&mut file).await? {
                size += chunk.len();
                total += chunk.len();
                let much = match (size > limits.upload_bytes, total > limits.upload_total_bytes) {
                    (true, _) => format!("the file `{name}` has more than {} bytes", limits.upload_bytes),
                    (_, true) => format!("the files have more than {} bytes", limits.upload_total_bytes),
                    _ => continue,
                };
                self.drain(file).await;
                return Err(too_large(much));
            }
        }
        match map.into_keys().next() {
            None => Ok(()),
            Some(name) => Err(Error::BadRequest(format!("the file `{name}` of `map` did not come")).into()),
        }
    }

    async fn drain(&self, mut part: Field<'b>) {
        let mut surplus = 0;
        while surplus < SURPLUS
            && let Ok(Some(chunk)) = self.chunk(&mut part).await
        {
            surplus += chunk.len();
        }
    }
}

/// A body that comes no faster than it is looked at: its reader would take all there is into memory first.
fn slowly<'b>(body: Body, ahead: &'b AtomicUsize) -> impl Stream<Item = std::io::Result<Bytes>> + Send + 'b {
    let mut body = body.into_data_stream();
    let mut burst = 0;
    poll_fn(move |cx| {
        if burst >= AHEAD {
            burst = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let next = body.poll_next_unpin(cx);
        match &next {
            Poll::Pending => burst = 0,
            Poll::Ready(Some(Ok(bytes))) => {
                burst += bytes.len();
                // Whoever looks at a part forgets what came before it; only the head of one can grow so.
                if ahead.fetch_add(bytes.len(), Ordering::Relaxed) > 16 * AHEAD {
                    return Poll::Ready(Some(Err(std::io::Error::other("the head of a part is too large"))));
                }
            }
            Poll::Ready(_) => {}
        }
        next.map(|next| next.map(|bytes| bytes.map_err(|_| std::io::Error::other("the body broke off"))))
    })
}

fn crooked(why: &multer::Error) -> Refusal {
    match why {
        multer::Error::StreamReadFailed(why) => Error::BadRequest(why.to_string()).into(),
        why => Error::BadRequest(format!("the parts cannot be read: {why}")).into(),
    }
}

fn too_large(told: String) -> Refusal {
    Refusal::Http(StatusCode::PAYLOAD_TOO_LARGE, Error::LimitExceeded(told))
}

fn stalled() -> Refusal {
    Refusal::http(StatusCode::REQUEST_TIMEOUT, "the body did not come")
}
