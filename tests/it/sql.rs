//! The statements that a request sends to the database, as the driver tells the log.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, Once, PoisonError},
};

use tokio::sync::Notify;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span::{Attributes, Id},
};
use tracing_subscriber::{
    Layer,
    filter::{FilterExt, Targets, filter_fn},
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::http::{PATIENCE, Reply};

/// What was heard of a request.
#[derive(Default)]
struct Heard {
    statements: Vec<String>,
    /// Nothing of it is under way any more, also in the threads of the driver.
    over: bool,
}

static HEARD: Mutex<Option<HashMap<String, Heard>>> = Mutex::new(None);
static NEWS: Notify = Notify::const_new();

fn heard() -> MutexGuard<'static, Option<HashMap<String, Heard>>> {
    HEARD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins to listen, once in a process.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        *heard() = Some(HashMap::new());
        let targets = Targets::new()
            .with_target("switchboard", LevelFilter::INFO)
            .with_target("sqlx", LevelFilter::DEBUG);
        let told = |of: &Metadata<'_>| of.is_span() || of.target() == "sqlx::query";
        let layer = Statements.with_filter(targets.and(filter_fn(told)));
        tracing_subscriber::registry().with(layer).try_init().expect("nobody else listens to the log");
    });
}

/// The statements of an answered request, in their order.
pub async fn statements(reply: &Reply) -> Vec<String> {
    let id = reply.header("x-request-id").expect("the id of the request").to_owned();
    let all = async {
        loop {
            let news = NEWS.notified();
            let over = heard().as_mut().expect("listening").get(&id).is_some_and(|heard| heard.over);
            if over {
                return heard().as_mut().expect("listening").remove(&id).expect("a request").statements;
            }
            news.await;
        }
    };
    tokio::time::timeout(PATIENCE, all).await.expect("the end of the request in time")
}

/// Puts each statement beside the request in whose span it was sent.
struct Statements;

/// The id of a request, at its span.
struct Request(String);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Statements {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let (Some(request), Some(span)) = (fields.0.remove("request_id"), ctx.span(id)) {
            heard().as_mut().expect("listening").insert(request.clone(), Heard::default());
            span.extensions_mut().insert(Request(request));
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        // A short statement is its own summary.
        let long = fields.0.remove("db.statement").filter(|text| !text.trim().is_empty());
        let Some(statement) = long.or_else(|| fields.0.remove("summary")) else { return };
        if statement.trim().starts_with("PRAGMA") {
            return; // SQLite opens one more connection, because others are busy
        }
        for span in ctx.event_scope(event).into_iter().flatten() {
            if let Some(Request(id)) = span.extensions().get::<Request>()
                && let Some(request) = heard().as_mut().expect("listening").get_mut(id)
            {
                request.statements.push(statement.trim().to_owned());
            }
        }
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(&id) else { return };
        if let Some(Request(id)) = span.extensions().get::<Request>()
            && let Some(request) = heard().as_mut().expect("listening").get_mut(id)
        {
            request.over = true;
            NEWS.notify_waiters();
        }
    }
}

/// The texts among the fields of a line.
#[derive(Default)]
struct Fields(HashMap<&'static str, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
