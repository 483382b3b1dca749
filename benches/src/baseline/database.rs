//! The database of the hand-written server: a pool of readers, and on SQLite one writer.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};

/// Either database.
#[derive(Clone)]
pub enum Database {
    /// PostgreSQL.
    Postgres(PgPool),
    /// SQLite, for reading and for writing.
    Sqlite(SqlitePool, SqlitePool),
}

/// One statement in both dialects.
pub struct Sql {
    /// For PostgreSQL.
    pub postgres: &'static str,
    /// For SQLite.
    pub sqlite: &'static str,
}

/// What a statement is given.
pub enum Given<'g> {
    /// A number or null.
    Number(Option<i64>),
    /// A text or null.
    Text(Option<&'g str>),
}

impl Database {
    /// Opens as many connections as are wanted, set as the server sets its own.
    pub async fn open(url: &str, connections: u32) -> sqlx::Result<Self> {
        if !url.starts_with("sqlite:") {
            let pool = PgPoolOptions::new().max_connections(connections).test_before_acquire(false);
            return Ok(Self::Postgres(pool.connect(url).await?));
        }
        let options = SqliteConnectOptions::from_str(url)?
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(60))
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("temp_store", "MEMORY");
        let pool = |count| SqlitePoolOptions::new().max_connections(count).test_before_acquire(false);
        let writer = pool(1).connect_with(options.clone()).await?;
        let reader = pool(connections).connect_with(options).await?;
        Ok(Self::Sqlite(reader, writer))
    }

    /// The one row of a statement that reads.
    pub async fn row<T>(&self, sql: &Sql, given: &[Given<'_>]) -> sqlx::Result<Option<T>>
    where
        T: for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>
            + for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow>
            + Send
            + Unpin,
    {
        match self {
            Self::Postgres(pool) => {
                let mut query = sqlx::query_as(sql.postgres);
                for one in given {
                    query = match one {
                        Given::Number(number) => query.bind(*number),
                        Given::Text(text) => query.bind(*text),
                    };
                }
                query.fetch_optional(pool).await
            }
            Self::Sqlite(reader, _) => {
                let mut query = sqlx::query_as(sql.sqlite);
                for one in given {
                    query = match one {
                        Given::Number(number) => query.bind(*number),
                        Given::Text(text) => query.bind(text.map(str::to_owned)),
                    };
                }
                query.fetch_optional(reader).await
            }
        }
    }
}
