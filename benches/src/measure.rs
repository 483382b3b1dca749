//! One measurement: load on one candidate, and what it cost the server and the database meanwhile.

use std::time::Duration;

use anyhow::Result;
use sqlx::PgConnection;

use crate::candidate::Candidate;
use crate::figures::{processor_time, processor_time_of_family};
use crate::load::{Next, Run, load};

/// The PostgreSQL server, seen from beside it.
pub struct Cluster {
    /// Its first process, the parent of all others.
    pub postmaster: u32,
    /// A connection to a database that no candidate uses.
    pub connection: PgConnection,
}

/// What one run came to, per request where that makes sense.
#[derive(Clone, Copy, Debug, Default)]
pub struct Measure {
    /// Requests each second.
    pub rate: f64,
    /// The median time of a request, in microseconds.
    pub median: f64,
    /// The time that 99 of 100 requests did not exceed, in microseconds.
    pub p99: f64,
    /// Processor time of the server for a request, in microseconds.
    pub server: f64,
    /// Processor time of the database for a request, in microseconds; none on SQLite, which is in the server.
    pub database: Option<f64>,
    /// Statements for a request; none on SQLite.
    pub statements: Option<f64>,
    /// The mean size of an answer.
    pub bytes: f64,
}

impl Measure {
    /// Processor time of server and database for a request, in microseconds.
    pub fn cost(&self) -> f64 {
        self.server + self.database.unwrap_or_default()
    }

    /// The middle of several runs, each figure for itself.
    pub fn middle(runs: &[Self]) -> Self {
        let middle = |figure: &dyn Fn(&Self) -> f64| {
            let mut figures: Vec<f64> = runs.iter().map(figure).collect();
            figures.sort_by(f64::total_cmp);
            figures.get(figures.len() / 2).copied().unwrap_or_default()
        };
        let first = runs.first().copied().unwrap_or_default();
        Self {
            rate: middle(&|one| one.rate),
            median: middle(&|one| one.median),
            p99: middle(&|one| one.p99),
            server: middle(&|one| one.server),
            database: first.database.map(|_| middle(&|one| one.database.unwrap_or_default())),
            statements: first.statements.map(|_| middle(&|one| one.statements.unwrap_or_default())),
            bytes: middle(&|one| one.bytes),
        }
    }
}

/// Loads a candidate and looks at the machine before and after.
///
/// # Errors
/// When a request fails, and when the machine does not tell.
pub async fn measure(
    candidate: &Candidate,
    sequences: Vec<Next>,
    how_long: Duration,
    cluster: Option<&mut Cluster>,
) -> Result<Measure> {
    let Some(cluster) = cluster else {
        let before = processor_time(candidate.pid)?;
        let run = load(&candidate.address, sequences, how_long).await?;
        return Ok(of(&run, processor_time(candidate.pid)? - before, None, None));
    };
    let statements = cluster.statements(candidate.who.word()).await?;
    let database = processor_time_of_family(cluster.postmaster)?;
    let server = processor_time(candidate.pid)?;
    let run = load(&candidate.address, sequences, how_long).await?;
    let server = processor_time(candidate.pid)? - server;
    let database = processor_time_of_family(cluster.postmaster)?.saturating_sub(database);
    let statements = cluster.statements(candidate.who.word()).await? - statements;
    Ok(of(&run, server, Some(database), Some(statements)))
}

fn of(run: &Run, server: u64, database: Option<u64>, statements: Option<i64>) -> Measure {
    let requests = std::cmp::max(run.times.len(), 1) as f64;
    Measure {
        rate: run.rate(),
        median: f64::from(run.time(0.5)),
        p99: f64::from(run.time(0.99)),
        server: server as f64 / requests,
        database: database.map(|time| time as f64 / requests),
        statements: statements.map(|count| count as f64 / requests),
        bytes: run.mean_bytes() as f64,
    }
}

impl Cluster {
    /// How many statements were executed in a database so far.
    async fn statements(&mut self, database: &str) -> Result<i64> {
        let count = "SELECT coalesce(sum(s.calls), 0)::bigint FROM pg_stat_statements AS s \
            JOIN pg_database AS d ON d.oid = s.dbid WHERE d.datname = $1";
        Ok(sqlx::query_scalar(count).bind(database).fetch_one(&mut self.connection).await?)
    }
}
