//! One whole run: databases, candidates, equal answers, rounds, the document.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::candidate::{Candidate, Who};
use crate::case::{CASES, Case, Facts, before_deep};
use crate::figures;
use crate::http::{Connection, request};
use crate::measure::{Cluster, Measure, measure};
use crate::pages::{self, Pages};
use crate::report::{self, Findings};
use crate::seed::{self, Dialect, Rows};
use crate::subscribers;

/// How many connections to its database each candidate may have.
const DATABASE_CONNECTIONS: u32 = 20;

/// How many readers a candidate has on SQLite, beside the writer.
const SQLITE_READERS: u32 = 8;

/// How a run is started.
#[derive(clap::Args)]
pub struct Arguments {
    /// The PostgreSQL server, a URL in which `{database}` stands for the name of a database
    #[arg(long)]
    postgres: String,
    /// The first process of that server
    #[arg(long)]
    postmaster: u32,
    /// The program of our server
    #[arg(long)]
    server: PathBuf,
    /// The folder in which PostGraphile is installed
    #[arg(long)]
    postgraphile: Option<PathBuf>,
    /// An empty folder for logs, keys and SQLite files
    #[arg(long)]
    folder: PathBuf,
    /// Where the document goes; without it, it is printed
    #[arg(long)]
    document: Option<PathBuf>,
    #[command(flatten)]
    pub options: Options,
}

/// What is measured, and for how long.
#[derive(clap::Args)]
pub struct Options {
    /// Measures only these (Q1 … Q5, L1 … L3, P1, S1), comma-separated
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// How long each run of load takes
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// How many runs of load each candidate has; the middle one counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How many connections load the server
    #[arg(long, default_value_t = 16)]
    connections: u32,
    /// A hundredth of the rows, to see whether everything works
    #[arg(long)]
    small: bool,
    /// Leaves out PostGraphile
    #[arg(long)]
    no_postgraphile: bool,
    /// Leaves out SQLite
    #[arg(long)]
    no_sqlite: bool,
    /// A setting of our server for this run, such as SWITCHBOARD_LOG=info; to see what a change is worth
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
}

impl Options {
    fn rows(&self) -> Rows {
        if self.small { Rows::SMALL } else { Rows::FULL }
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| name.starts_with(only.as_str()))
    }

    fn is_whole(&self) -> bool {
        self.only.is_empty()
            && !self.small
            && !self.no_sqlite
            && !self.no_postgraphile
            && self.settings.is_empty()
    }
}

/// Measures everything and tells of it.
///
/// # Errors
/// When something cannot be started, an answer is not what it must be, or the document cannot be written.
pub async fn everything(arguments: Arguments) -> Result<()> {
    let options = &arguments.options;
    let mut findings = Findings { machine: figures::machine(), rows: options.rows(), ..Default::default() };
    postgres(&arguments, &mut findings).await?;
    if !options.no_sqlite {
        sqlite(&arguments, &mut findings).await?;
    }
    let text = report::document(&findings);
    match &arguments.document {
        Some(path) if options.is_whole() => report::write(path, &text),
        _ => {
            println!("{text}");
            Ok(())
        }
    }
}

/// Everything on PostgreSQL.
async fn postgres(arguments: &Arguments, findings: &mut Findings) -> Result<()> {
    let rows = arguments.options.rows();
    let url = |database: &str| arguments.postgres.replace("{database}", database);
    let mut connection = PgConnection::connect(&url("postgres")).await?;
    let version: String = sqlx::query_scalar("SHOW server_version").fetch_one(&mut connection).await?;
    findings.versions.push(format!("PostgreSQL {version}"));
    sqlx::raw_sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").execute(&mut connection).await?;
    sqlx::raw_sql("CREATE DATABASE seed").execute(&mut connection).await?;
    say("filling PostgreSQL");
    migrate(arguments, &url("seed"))?;
    seed::fill(&url("seed"), Dialect::Postgres, rows).await?;
    let mut seeded = PgConnection::connect(&url("seed")).await?;
    let mut facts = Facts::of_postgres(rows, &mut seeded).await?;
    seeded.close().await?;
    // A database for each, or one would read the log of what another writes while that is measured.
    for copy in ["ours", "hand_written", "postgraphile"] {
        let statement = format!("CREATE DATABASE {copy} TEMPLATE seed STRATEGY file_copy");
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
    let mut candidates = start(arguments, |who| url(who.word()), DATABASE_CONNECTIONS).await?;
    if let Some(folder) = arguments.postgraphile.as_deref().filter(|_| !arguments.options.no_postgraphile) {
        let candidate = start_postgraphile(arguments, folder, &url("postgraphile")).await?;
        facts.deep_for_postgraphile = Some(deep_place(&candidate, rows).await?);
        candidates.push(candidate);
        findings.versions.push(versions_of_packages(folder)?);
    }
    findings.at_rest = candidates.first().map(|ours| figures::memory(ours.pid)).transpose()?;
    let mut cluster = Cluster { postmaster: arguments.postmaster, connection };
    let measured = rounds(&arguments.options, &candidates, &facts, Some(&mut cluster)).await?;
    findings.postgres = measured;
    findings.pages.push(("PostgreSQL", pages_of(&arguments.options, &candidates).await?));
    if arguments.options.wants("S1")
        && let Some(ours) = candidates.first()
    {
        for count in subscribers::counts(arguments.options.small) {
            say(&format!("S1 with {count} subscribers"));
            findings.subscribers.push(subscribers::measure(ours, rows, count).await?);
        }
    }
    Ok(())
}

/// The same without PostGraphile, which knows PostgreSQL alone.
async fn sqlite(arguments: &Arguments, findings: &mut Findings) -> Result<()> {
    let rows = arguments.options.rows();
    let file = |name: &str| arguments.folder.join(format!("{name}.db"));
    let url = |name: &str| format!("sqlite://{}?mode=rwc", file(name).display());
    say("filling SQLite");
    migrate(arguments, &url("seed"))?;
    seed::fill(&url("seed"), Dialect::Sqlite, rows).await?;
    let mut seeded = SqliteConnection::connect(&url("seed")).await?;
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut seeded).await?;
    findings.versions.push(format!("SQLite {version}"));
    let facts = Facts::of_sqlite(rows, &mut seeded).await?;
    seeded.close().await?;
    for copy in ["ours", "hand_written"] {
        std::fs::copy(file("seed"), file(copy))?;
    }
    let candidates = start(arguments, |who| url(who.word()), SQLITE_READERS).await?;
    findings.sqlite = rounds(&arguments.options, &candidates, &facts, None).await?;
    findings.pages.push(("SQLite", pages_of(&arguments.options, &candidates).await?));
    Ok(())
}

/// P1 of our server, if it is wanted.
async fn pages_of(options: &Options, candidates: &[Candidate]) -> Result<Vec<Pages>> {
    match candidates.first().filter(|_| options.wants("P1")) {
        Some(ours) => {
            say("P1");
            pages::measure(ours).await.context("P1")
        }
        None => Ok(Vec::new()),
    }
}

/// Compares the answers to each query, then measures it in rounds, so that noise hits all alike.
async fn rounds(
    options: &Options,
    candidates: &[Candidate],
    facts: &Facts,
    mut cluster: Option<&mut Cluster>,
) -> Result<Vec<(&'static Case, Who, Measure)>> {
    let mut found = Vec::new();
    for case in CASES.iter().filter(|case| options.wants(case.name)) {
        compare(case, candidates, facts).await.with_context(|| format!("{}: the answers", case.name))?;
        let mut runs: Vec<(Who, Vec<Measure>)> = candidates.iter().map(|one| (one.who, Vec::new())).collect();
        for round in 0..options.rounds {
            for (candidate, (who, runs)) in candidates.iter().zip(&mut runs) {
                let sequences = || case.sequences(*who, &candidate.address, facts, options.connections);
                let Some(load) = sequences() else { continue };
                if round == 0
                    && let Some(warming) = sequences()
                {
                    crate::load::load(&candidate.address, warming, Duration::from_secs(1)).await?;
                }
                let how_long = Duration::from_secs(options.seconds);
                let run = measure(candidate, load, how_long, cluster.as_deref_mut()).await;
                let run = run.with_context(|| format!("{} of {who:?}", case.name))?;
                say(&format!(
                    "{:9} {:12} {:8.0}/s {:7.0} µs server {:7.0} µs database",
                    case.name,
                    who.word(),
                    run.rate,
                    run.server,
                    run.database.unwrap_or_default()
                ));
                runs.push(run);
            }
        }
        let runs = runs.into_iter().filter(|(_, runs)| !runs.is_empty());
        found.extend(runs.map(|(who, runs)| (case, who, Measure::middle(&runs))));
    }
    Ok(found)
}

/// Refuses to measure what does not do the same: ours and the hand-written answer must be equal JSON.
async fn compare(case: &Case, candidates: &[Candidate], facts: &Facts) -> Result<()> {
    let mut equal: Option<Value> = None;
    for candidate in candidates {
        let Some(request) = case.first(candidate.who, &candidate.address, facts) else { continue };
        let mut connection = Connection::open(&candidate.address).await?;
        let answer = connection.exchange(&request).await?;
        // Links name the host.
        let text = String::from_utf8_lossy(answer.body).replace(&candidate.address, "host");
        ensure!(answer.status < 300, "{:?}: {} {text}", candidate.who, answer.status);
        if candidate.who == Who::PostGraphile {
            ensure!(text.starts_with("{\"data\"") && !text.contains("\"errors\""), "PostGraphile: {text}");
            continue;
        }
        if text.is_empty() {
            continue;
        }
        let json: Value = serde_json::from_str(&text).with_context(|| text.clone())?;
        ensure!(json.get("errors").is_none(), "{:?}: {text}", candidate.who);
        match &equal {
            Some(other) => ensure!(*other == json, "they differ:\n{other}\n{json}"),
            None => equal = Some(json),
        }
    }
    Ok(())
}

/// Makes the tables.
fn migrate(arguments: &Arguments, url: &str) -> Result<()> {
    let status = ours(arguments, url).arg("migrate").status()?;
    ensure!(status.success(), "`switchboard migrate` failed");
    Ok(())
}

/// Begins a call of our server: nothing is set that a user would not have, but no bound of requests and no log of each.
fn ours(arguments: &Arguments, url: &str) -> Command {
    let mut command = Command::new(&arguments.server);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SWITCHBOARD_") {
            command.env_remove(name);
        }
    }
    command.current_dir(&arguments.folder).env("SWITCHBOARD_DATABASE_URL", url);
    command.env("SWITCHBOARD_DATA_DIR", arguments.folder.join("data"));
    command.env("SWITCHBOARD_RATE_LIMIT", "0").env("SWITCHBOARD_LOG", "warn");
    for (name, value) in arguments.options.settings.iter().filter_map(|setting| setting.split_once('=')) {
        command.env(name, value);
    }
    command
}

/// Starts our server and the hand-written one.
async fn start(
    arguments: &Arguments,
    url: impl Fn(Who) -> String,
    connections: u32,
) -> Result<Vec<Candidate>> {
    let server = Candidate::start(Who::Ours, &arguments.folder, |address| {
        let mut command = ours(arguments, &url(Who::Ours));
        command.env("SWITCHBOARD_LISTEN", address);
        command
    });
    let program = std::env::current_exe()?;
    let baseline = Candidate::start(Who::HandWritten, &arguments.folder, |address| {
        let mut command = Command::new(program);
        command.args(["baseline", "--listen", address, "--database", &url(Who::HandWritten)]);
        command.args(["--connections", &connections.to_string()]);
        command
    });
    Ok(vec![server.await?, baseline.await?])
}

async fn start_postgraphile(arguments: &Arguments, folder: &Path, url: &str) -> Result<Candidate> {
    Candidate::start(Who::PostGraphile, &arguments.folder, |address| {
        let mut command = Command::new(node(folder));
        command.current_dir(folder).env("NODE_ENV", "production").env("GRAPHILE_ENV", "production");
        command.args(["server.mjs", address, url, &DATABASE_CONNECTIONS.to_string()]);
        command
    })
    .await
}

/// Node as npm brought it for this machine, else the machine's own.
fn node(folder: &Path) -> PathBuf {
    let packages = std::fs::read_dir(folder.join("node_modules")).into_iter().flatten().flatten();
    let program = |package: std::fs::DirEntry| package.path().join("bin/node");
    let of_npm = packages.filter(|package| package.file_name().to_string_lossy().starts_with("node-"));
    of_npm.map(program).find(|program| program.is_file()).unwrap_or_else(|| "node".into())
}

/// The place before the deep page in PostGraphile's words.
async fn deep_place(candidate: &Candidate, rows: Rows) -> Result<String> {
    let query = format!(
        "{{ allCdrs(condition: {{ direction: \"OUTGOING\" }}, orderBy: [STARTED_AT_ASC, ROW_ID_ASC], \
         offset: {}, first: 1) {{ pageInfo {{ endCursor }} }} }}",
        before_deep(rows)
    );
    let body = serde_json::json!({ "query": query }).to_string();
    let asked = request("POST", "/graphql", &candidate.address, "", "application/json", &body);
    let mut connection = Connection::open(&candidate.address).await?;
    let answer = connection.exchange(&asked).await?;
    let json: Value = serde_json::from_slice(answer.body)?;
    match json.pointer("/data/allCdrs/pageInfo/endCursor") {
        Some(Value::String(cursor)) => Ok(cursor.clone()),
        _ => bail!("PostGraphile has no place for the deep page: {json}"),
    }
}

/// What PostGraphile's packages are, as its lock file says.
fn versions_of_packages(folder: &Path) -> Result<String> {
    let lock: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("package-lock.json"))?)?;
    let version = lock.pointer("/packages/node_modules~1postgraphile/version").and_then(Value::as_str);
    let node = Command::new(node(folder)).arg("--version").output()?;
    let node = String::from_utf8_lossy(&node.stdout).trim().to_owned();
    Ok(format!("PostGraphile {} on Node {node}", version.unwrap_or("?")))
}

fn say(text: &str) {
    eprintln!("{text}");
}
