//! Opening the database: one writer and many readers on SQLite, one pool on PostgreSQL.

use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use crate::Result;

/// How long a write may wait for its turn.
const WAIT: Duration = Duration::from_secs(60);
/// At which level of the log the driver tells each statement, without its values: `SWITCHBOARD_LOG=info,sqlx=debug`.
const STATEMENTS: log::LevelFilter = log::LevelFilter::Debug;

/// Opens the database behind a URL, for reading and for writing.
///
/// # Errors
/// Internal when it cannot be opened.
pub async fn connect(url: &str) -> Result<(DatabaseConnection, DatabaseConnection)> {
    if !url.starts_with("sqlite:") {
        let mut options = ConnectOptions::new(url);
        options.max_connections(20).acquire_timeout(WAIT).test_before_acquire(false);
        options.sqlx_logging_level(STATEMENTS);
        let pool = Database::connect(options).await?;
        return Ok((pool.clone(), pool));
    }
    let writer = Database::connect(sqlite(url, 1)).await?;
    if url.contains(":memory:") || url.contains("mode=memory") {
        // Another connection would be another database.
        return Ok((writer.clone(), writer));
    }
    let reader = Database::connect(sqlite(url, 8)).await?;
    Ok((reader, writer))
}

fn sqlite(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .min_connections(1)
        .max_connections(connections)
        .acquire_timeout(WAIT)
        .test_before_acquire(false)
        .sqlx_logging_level(STATEMENTS)
        .map_sqlx_sqlite_opts(|options| {
            options
                .foreign_keys(true)
                .busy_timeout(WAIT)
                .pragma("journal_mode", "WAL")
                // An acknowledged write outlives the machine, not only the process.
                .pragma("synchronous", "FULL")
                // As on PostgreSQL.
                .pragma("case_sensitive_like", "ON")
                .pragma("temp_store", "MEMORY")
        });
    options
}
