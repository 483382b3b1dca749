//! Fills a database whose tables exist: the same rows in both databases, from one script.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};

/// The script, with `{words}` for what differs between databases.
const SCRIPT: &str = include_str!("../sql/seed.sql");

/// How many rows there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Tenants, each with an administrator.
    pub tenants: u32,
    /// Users.
    pub users: u32,
    /// Extensions, and SIP accounts.
    pub extensions: u32,
    /// Public numbers.
    pub numbers: u32,
    /// Calls that have ended.
    pub cdrs: u32,
}

impl Rows {
    /// What the documented figures are measured with.
    pub const FULL: Self =
        Self { tenants: 200, users: 50_000, extensions: 100_000, numbers: 20_000, cdrs: 1_050_000 };
    /// Enough to see whether everything works.
    pub const SMALL: Self = Self { tenants: 20, users: 500, extensions: 1_000, numbers: 200, cdrs: 10_500 };
}

/// Which database a script is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
}

/// The API key of the operator.
pub fn operator_key() -> String {
    format!("sbk_operator{:032}", 0)
}

/// The API key of a tenant's administrator.
pub fn tenant_key(tenant: u32) -> String {
    format!("sbk_{tenant:08}{tenant:032}")
}

/// How the server stores a key.
pub fn hash(key: &str) -> String {
    Sha256::digest(key).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Fills a database and lets it look at what it has.
///
/// # Errors
/// When a statement fails.
pub async fn fill(url: &str, dialect: Dialect, rows: Rows) -> Result<()> {
    let script = script(dialect, rows);
    match dialect {
        Dialect::Postgres => {
            let mut connection = PgConnection::connect(url).await?;
            for statement in script.split_inclusive(";\n") {
                connection.execute(AssertSqlSafe(statement)).await.with_context(|| statement.to_owned())?;
            }
            connection.execute("VACUUM (ANALYZE, FREEZE)").await?;
            connection.execute("CHECKPOINT").await?;
            Ok(connection.close().await?)
        }
        Dialect::Sqlite => {
            let mut connection = SqliteConnection::connect(url).await?;
            connection.execute("PRAGMA synchronous = OFF").await?;
            for statement in script.split_inclusive(";\n") {
                connection.execute(AssertSqlSafe(statement)).await.with_context(|| statement.to_owned())?;
            }
            connection.execute("ANALYZE").await?;
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await?;
            Ok(connection.close().await?)
        }
    }
}

/// The script in the words of a database.
fn script(dialect: Dialect, rows: Rows) -> String {
    let counts = [
        ("{tenants}", rows.tenants),
        ("{users}", rows.users),
        ("{extensions}", rows.extensions),
        ("{numbers}", rows.numbers),
        ("{cdrs}", rows.cdrs),
    ];
    let mut script = SCRIPT.to_owned();
    for (word, count) in counts {
        script = script.replace(word, &count.to_string());
    }
    let postgres = dialect == Dialect::Postgres;
    script = expand(&script, "{series ", |count| match postgres {
        true => format!("generate_series(1, {count}) AS series (n)"),
        false => format!(
            "(WITH RECURSIVE series (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {count}) \
             SELECT n FROM series) AS series"
        ),
    });
    script = expand(&script, "{time ", |seconds| match postgres {
        true => format!("timestamptz '2026-01-01 00:00:00+00' + ({seconds}) * interval '1 second'"),
        false => format!("strftime('%Y-%m-%dT%H:%M:%S+00:00', 1767225600 + ({seconds}), 'unixepoch')"),
    });
    // Version 7 by its look: the number is in the last digits.
    script = expand(&script, "{uuid ", |number| match postgres {
        true => format!("('019b7600-0000-7000-8000-' || lpad(({number})::text, 12, '0'))::uuid"),
        false => format!("unhex(printf('019b7600000070008000%012d', {number}))"),
    });
    if postgres {
        script = script.replace("{json}", "::jsonb");
    }
    script = script.replace("{json}", "");
    keys(&mut script, rows);
    script
}

/// Replaces each `{word argument}` by what is made of its argument.
fn expand(text: &str, word: &str, make: impl Fn(&str) -> String) -> String {
    let mut parts = text.split(word);
    let mut expanded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (argument, rest) = part.split_once('}').unwrap_or((part, ""));
        expanded.push_str(&make(argument));
        expanded.push_str(rest);
    }
    expanded
}

/// Adds the API keys: the operator's, who is the last user, and one for each tenant's administrator.
fn keys(script: &mut String, rows: Rows) {
    let operator = (rows.users + 1, "NULL".to_owned(), operator_key());
    let administrators = (1..=rows.tenants).map(|tenant| (tenant, tenant.to_string(), tenant_key(tenant)));
    let time = "'2026-01-01T00:00:00+00:00'";
    script.push_str(
        "INSERT INTO api_key (user_id, tenant_id, name, key_prefix, key_hash, created_at, updated_at) VALUES",
    );
    for (at, (user, tenant, key)) in std::iter::once(operator).chain(administrators).enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let prefix = key.get(..12).unwrap_or_default();
        let _ = write!(
            script,
            "{comma}\n({user}, {tenant}, 'bench', '{prefix}', '{}', {time}, {time})",
            hash(&key)
        );
    }
    script.push_str(";\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_written_for_each_database() {
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let script = script(dialect, Rows::SMALL);
            let words = ["{series", "{time", "{uuid", "{json", "{tenants}", "{cdrs}"];
            assert!(words.iter().all(|word| !script.contains(word)), "{script}");
        }
        assert_eq!(expand("a {x 1} b {x n + 2}", "{x ", |it| format!("[{it}]")), "a [1] b [n + 2]");
        assert_eq!(tenant_key(7).len(), operator_key().len());
    }
}
