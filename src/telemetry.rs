//! What the server tells of itself: the log and the figures.

use std::{io::IsTerminal, sync::OnceLock, time::Duration};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// The name of the histogram of how long requests take.
const DURATION: &str = "http_request_duration_seconds";

/// Its bounds, in seconds.
const BOUNDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Starts the log: for people on a terminal, else JSON; standard output is left to what commands print.
///
/// Called again, in tests, it changes nothing.
pub fn log(filter: &str) {
    // A line for every table would bury the password that is shown once.
    let quiet = "sea_orm_migration=warn";
    let filter = EnvFilter::try_new(format!("{quiet},{filter}"))
        .unwrap_or_else(|_| EnvFilter::new(format!("{quiet},info")));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = if std::io::stderr().is_terminal() {
        log.with_target(false).try_init()
    } else {
        log.json().flatten_event(true).with_span_list(false).with_ansi(false).try_init()
    };
}

/// The figures of this process.
pub fn figures() -> &'static PrometheusHandle {
    static FIGURES: OnceLock<PrometheusHandle> = OnceLock::new();
    FIGURES.get_or_init(|| {
        let builder =
            PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full(DURATION.to_owned()), BOUNDS);
        let recorder = builder.unwrap_or_else(|_| PrometheusBuilder::new()).build_recorder();
        let handle = recorder.handle();
        // Another recorder, set by a program around this library, keeps its place.
        let _ = metrics::set_global_recorder(recorder);
        metrics::describe_counter!("http_requests_total", "Answered requests.");
        metrics::describe_histogram!(
            DURATION,
            metrics::Unit::Seconds,
            "How long requests took to be answered."
        );
        handle
    })
}

/// Counts one answered request.
pub fn count(door: &'static str, method: &'static str, status: u16, took: Duration) {
    metrics::counter!("http_requests_total", "door" => door, "method" => method, "status" => status.to_string())
        .increment(1);
    metrics::histogram!(DURATION, "door" => door, "method" => method).record(took);
}

/// Keeps the figures small while nobody asks for them, for as long as it is polled.
pub async fn keep_small() {
    let mut pause = tokio::time::interval(Duration::from_secs(5));
    loop {
        pause.tick().await;
        figures().run_upkeep();
    }
}
