//! What the server does by itself from time to time. Each job works in bounded portions and beside the same job
//! of other processes.

use std::time::Duration;

use futures_util::{FutureExt, future::BoxFuture};

use crate::{Result, Services};

/// How often.
const EVERY: Duration = Duration::from_secs(600);

/// What is done, and what for.
const JOBS: &[(&str, Job)] = &[
    ("old changes", |services| services.forget_changes().boxed()),
    ("old records of calls", |services| services.forget_cdrs().boxed()),
    ("used idempotency keys", |services| services.forget_keys().map(|forgotten| forgotten.map(drop)).boxed()),
];

type Job = fn(&Services) -> BoxFuture<'_, Result<()>>;

impl Services {
    /// Does all jobs again and again, as long as the server lives.
    pub async fn run_jobs(&self) {
        loop {
            self.tidy().await;
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Does every job once; one that fails waits for the next time.
    pub async fn tidy(&self) {
        for (what, job) in JOBS {
            if let Err(failure) = job(self).await {
                tracing::error!(%failure, what, "a job of the server failed");
            }
        }
    }
}
