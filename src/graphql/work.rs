//! What one HTTP request asks to be run: one document, or a batch of them.

use std::time::Duration;

use async_graphql::parser::types::OperationType;
use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use service::{Caller, Error};
use tokio::time::{Instant, timeout_at};

use super::{
    answer::{Told, all_told, told},
    asked::{Asked, Sent},
    documents::{Prepared, Refusal, late},
    limits::refuse_cost,
    prepare,
};
use crate::{
    app::App,
    auth::Visit,
    idempotency::NothingDone,
    rate::{Standing, points},
};

/// What is ready to run.
pub(super) enum Work {
    /// One document.
    One(Box<Prepared>),
    /// Several, as far as they are any good, to be answered by a list.
    Batch(Vec<Result<Prepared, Refusal>>),
}

impl Work {
    /// What is asked, ready to run.
    ///
    /// # Errors
    /// When one document is no good, or a batch costs too much.
    pub(super) fn of(app: &App, sent: Sent, caller: &Caller) -> Result<Self, Refusal> {
        let batch = match sent {
            Sent::One(asked) => return Ok(Self::One(answerable(app, *asked, caller.clone())?.into())),
            Sent::Batch(batch) => batch,
        };
        let batch: Vec<_> = batch.into_iter().map(|asked| answerable(app, asked, caller.clone())).collect();
        let costs = batch.iter().flatten().map(|prepared| prepared.complexity);
        refuse_cost(costs.fold(0, u64::saturating_add), &app.config.limits)?;
        Ok(Self::Batch(batch))
    }

    /// The documents that are good.
    fn prepared(&mut self) -> impl Iterator<Item = &mut Prepared> {
        let (one, batch) = match self {
            Self::One(prepared) => (Some(&mut **prepared), None),
            Self::Batch(batch) => (None, Some(batch.iter_mut().flatten())),
        };
        one.into_iter().chain(batch.into_iter().flatten())
    }

    /// How many points it costs.
    pub(super) fn points(&mut self) -> u64 {
        self.prepared().map(|prepared| points(prepared.complexity)).fold(0, u64::saturating_add)
    }

    /// Notes what is left to who has paid for it.
    pub(super) fn paid(&mut self, standing: Option<Standing>) {
        let remaining = standing.map(|standing| standing.remaining);
        self.prepared().for_each(|prepared| prepared.remaining = remaining);
    }

    /// Whether there is a mutation in it.
    pub(super) fn writes(&mut self) -> bool {
        self.prepared().any(|prepared| prepared.operation == OperationType::Mutation)
    }

    /// The same, run by this caller.
    pub(super) fn by(self, app: &App, caller: &Caller) -> Self {
        let by = |mut prepared: Prepared| {
            prepared.ready = prepared.ready.with(schema::Call::new(app.services.clone(), caller.clone()));
            prepared
        };
        match self {
            Self::One(prepared) => Self::One(by(*prepared).into()),
            Self::Batch(batch) => Self::Batch(batch.into_iter().map(|one| one.map(by)).collect()),
        }
    }

    /// Runs it and answers.
    ///
    /// # Errors
    /// When it took too long.
    pub(super) async fn answer(
        self,
        app: &App,
        visit: &Visit,
        headers: &HeaderMap,
    ) -> Result<Response, Refusal> {
        let (mut response, is_result) = match self {
            Self::One(prepared) => {
                let answer = app.documents.execute(*prepared).await;
                let answer = answer.map_err(|late| Refusal::Http(StatusCode::GATEWAY_TIMEOUT, late))?;
                let answer = Told::of(answer, visit);
                (told(headers, &answer), answer.is_result())
            }
            Self::Batch(batch) => {
                let answers = all(app, visit, batch).await;
                (all_told(headers, &answers), answers.iter().all(Told::is_result))
            }
        };
        if !is_result {
            response.extensions_mut().insert(NothingDone);
        }
        Ok(response)
    }
}

/// Answers a batch: one request after the other, because a later one may count on what an earlier one wrote.
async fn all(app: &App, visit: &Visit, batch: Vec<Result<Prepared, Refusal>>) -> Vec<Told> {
    let end = Instant::now() + Duration::from_secs(app.config.limits.seconds);
    let mut answers = Vec::with_capacity(batch.len());
    for prepared in batch {
        let answer = match prepared {
            Err(refusal) => refusal.into_response(),
            // The time is that of the whole batch.
            Ok(prepared) => match timeout_at(end, app.documents.execute(prepared)).await {
                Ok(Ok(answer)) => answer,
                _ => schema::failure_response(late()),
            },
        };
        answers.push(Told::of(answer, visit));
    }
    answers
}

/// What is asked, ready to run, if one answer is all there is to it.
fn answerable(app: &App, asked: Asked, caller: Caller) -> Result<Prepared, Refusal> {
    let mut prepared = prepare(app, asked, caller)?;
    prepared.ready = prepared.ready.as_text();
    match prepared.operation {
        OperationType::Subscription => {
            let message = "subscriptions run over a WebSocket or at /graphql/stream".to_owned();
            Err(Error::BadRequest(message).into())
        }
        OperationType::Query | OperationType::Mutation => Ok(prepared),
    }
}
