//! The operations of one client that run side by side, each in a task of its own: those of a socket and
//! those of an event stream.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_graphql::{Response, ServerError, Value, parser::types::OperationType};
use futures_util::{FutureExt, StreamExt, stream::BoxStream};
use schema::Bookmark;
use service::{Caller, Cursor, Error, Services};
use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinSet},
    time::Instant,
};

use super::{Documents, documents::Prepared, finished};
use crate::app::App;

/// The refusal of one operation more than a client may have.
pub(super) fn full() -> Error {
    Error::LimitExceeded("too many operations at a time".to_owned())
}

/// When a caller's token ends.
pub(super) fn ends_at(app: &App, caller: &Caller) -> Option<Instant> {
    let left = caller.account().ok()?.expires_at?.saturating_sub(app.services.now().timestamp());
    Instant::now().checked_add(Duration::from_secs(left.max(0).unsigned_abs()))
}

/// What an operation has to tell its client.
pub(super) enum Told<'a> {
    /// An answer, and its place in the log when it tells a change.
    Next(&'a Response, Option<Cursor>),
    /// Why there are no answers, or no more.
    Refused(&'a [ServerError]),
    /// That there are no more.
    Complete,
}

/// How a client is told something of the operation with this id.
pub(super) type Words = fn(&str, Told<'_>) -> String;

/// One message of an operation, in the words of its client.
pub(super) struct Step {
    run: u64,
    pub(super) text: String,
    /// Whether it is the last one, and why.
    pub(super) end: Option<Outcome>,
}

/// Where the steps of a client's operations come out; in boxes, because the queue reserves room for many.
pub(super) type Stepped = mpsc::Receiver<Box<Step>>;

/// Why an operation ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is complete, or refused.
    Complete,
    /// Its account is no longer what it was.
    LoggedOut,
    /// By a fault of ours.
    Broken,
}

/// Why an operation is not begun.
pub(super) enum Busy {
    /// Another one has this id.
    Taken,
    /// There are too many.
    Full,
}

/// An operation to begin.
pub(super) struct Operation {
    pub(super) prepared: Box<Prepared>,
    pub(super) caller: Caller,
    /// The request that asked for it.
    pub(super) request_id: String,
    /// What tells where a subscription is in the log.
    pub(super) bookmark: Option<Bookmark>,
}

/// The operations of one client; they end with it.
pub(super) struct Operations {
    // Not the whole of `App`, which knows of reserved streams, and they of their operations.
    services: Arc<Services>,
    documents: Arc<Documents>,
    most: usize,
    words: Words,
    /// How many were begun.
    runs: u64,
    running: HashMap<String, Running>,
    tasks: JoinSet<()>,
    steps: mpsc::Sender<Box<Step>>,
}

/// An operation that goes on until it ends or is let go.
struct Running(u64, AbortHandle);

impl Drop for Running {
    fn drop(&mut self) {
        self.1.abort();
    }
}

impl Operations {
    /// None yet, and where their steps come out.
    pub(super) fn new(app: &App, words: Words) -> (Self, Stepped) {
        // Whoever waits longest for room in this queue is next, so that no operation keeps another waiting.
        let (steps, stepped) = mpsc::channel(1);
        let operations = Self {
            services: app.services.clone(),
            documents: app.documents.clone(),
            most: app.config.limits.operations,
            words,
            runs: 0,
            running: HashMap::new(),
            tasks: JoinSet::new(),
            steps,
        };
        (operations, stepped)
    }

    /// Whether one may begin under this id.
    ///
    /// # Errors
    /// When the id is in use, or there are as many as there may be.
    pub(super) fn admit(&self, id: &str) -> Result<(), Busy> {
        match self.running.len() {
            _ if self.running.contains_key(id) => Err(Busy::Taken),
            number if number >= self.most => Err(Busy::Full),
            _ => Ok(()),
        }
    }

    /// Begins an operation under an id that was admitted.
    pub(super) fn begin(&mut self, id: String, operation: Operation) {
        while self.tasks.try_join_next().is_some() {} // only so that they are forgotten
        self.runs += 1;
        let Operation { prepared, caller, request_id, bookmark } = operation;
        let (words, run, steps) = (self.words, self.runs, self.steps.clone());
        let teller = Teller { words, id: id.clone(), run, steps, caller, request_id };
        let (services, documents) = (self.services.clone(), self.documents.clone());
        let task = self.tasks.spawn(async move {
            let ran = run_to_end(&services, &documents, prepared, bookmark, &teller);
            if AssertUnwindSafe(ran).catch_unwind().await.is_err() {
                tracing::error!("an operation panicked");
                teller.refuse(Error::broken("a panic")).await;
            }
        });
        self.running.insert(id, Running(self.runs, task));
    }

    /// Ends an operation before it does.
    pub(super) fn end(&mut self, id: &str) {
        self.running.remove(id);
    }

    /// Whether anybody still waits for this step; after the last one the id is free again.
    pub(super) fn awaits(&mut self, step: &Step) -> bool {
        let Some(id) = self.running.iter().find(|(_, running)| running.0 == step.run).map(|(id, _)| id)
        else {
            return false;
        };
        if step.end.is_some() {
            let id = id.clone();
            self.running.remove(&id);
        }
        true
    }

    /// Ends all of them, and answers what to tell of that.
    pub(super) fn log_out(&mut self) -> String {
        let answer = schema::failure_response(Error::Unauthenticated);
        self.running.drain().map(|(id, _)| (self.words)(&id, Told::Refused(&answer.errors))).collect()
    }
}

/// Runs an operation and tells what it answers.
///
/// What is large and soon over is in boxes: a subscription waits for years, and there are many.
async fn run_to_end(
    services: &Services,
    documents: &Documents,
    prepared: Box<Prepared>,
    bookmark: Option<Bookmark>,
    teller: &Teller,
) {
    // What the account may do is asked anew for each operation.
    match Box::pin(services.is_good(&teller.caller)).await {
        Ok(true) => {}
        Ok(false) => return teller.refuse(Error::Unauthenticated).await,
        Err(failure) => return teller.refuse(failure).await,
    }
    if prepared.operation == OperationType::Subscription {
        let mut answers = subscribed(documents, *prepared, bookmark.clone());
        while let Some(answer) = answers.next().await {
            if !teller.answer(answer, bookmark.as_ref().and_then(Bookmark::take)).await {
                return;
            }
        }
    } else {
        let answer = Box::pin(documents.execute(*prepared)).await;
        if !teller.answer(answer.unwrap_or_else(schema::failure_response), None).await {
            return;
        }
    }
    teller.tell(Told::Complete, Some(Outcome::Complete)).await;
}

/// The answers of a subscription.
fn subscribed(
    documents: &Documents,
    mut prepared: Prepared,
    bookmark: Option<Bookmark>,
) -> BoxStream<'static, Response> {
    if let Some(bookmark) = bookmark {
        prepared.ready = prepared.ready.with(bookmark);
    }
    documents.subscribe(prepared)
}

/// Tells the client of one operation what it does.
struct Teller {
    words: Words,
    id: String,
    run: u64,
    steps: mpsc::Sender<Box<Step>>,
    caller: Caller,
    request_id: String,
}

impl Teller {
    /// Waits until there is room for a step; answers whether there is still a client.
    async fn tell(&self, told: Told<'_>, end: Option<Outcome>) -> bool {
        let text = (self.words)(&self.id, told);
        self.steps.send(Box::new(Step { run: self.run, text, end })).await.is_ok()
    }

    /// Tells an answer; answers whether there may be more.
    async fn answer(&self, answer: Response, cursor: Option<Cursor>) -> bool {
        let answer = finished(answer, &self.request_id);
        if self.caller.account().is_ok() && is_logged_out(&answer) {
            self.tell(Told::Refused(&answer.errors), Some(Outcome::LoggedOut)).await;
            return false;
        }
        if is_refused(&answer) {
            self.tell(Told::Refused(&answer.errors), Some(Outcome::Complete)).await;
            return false;
        }
        self.tell(Told::Next(&answer, cursor), None).await
    }

    /// Tells why there is nothing more to tell.
    async fn refuse(&self, error: Error) {
        let end = match &error {
            Error::Unauthenticated => Outcome::LoggedOut,
            _ => Outcome::Broken,
        };
        let answer = finished(schema::failure_response(error), &self.request_id);
        self.tell(Told::Refused(&answer.errors), Some(end)).await;
    }
}

/// Whether nothing was executed.
fn is_refused(answer: &Response) -> bool {
    answer.data == Value::Null && answer.errors.iter().any(|error| error.path.is_empty())
}

/// Whether a stream ended because its account is no longer what it was.
fn is_logged_out(answer: &Response) -> bool {
    answer.errors.iter().any(|error| {
        let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
        let stream_ended = matches!(answer.data, Value::Null);
        stream_ended && code == Some(&Value::from("UNAUTHENTICATED")) && !error.path.is_empty()
    })
}
