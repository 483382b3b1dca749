//! The project's chores, as `cargo xtask <command>`: what takes more than one cargo command has its home here.

mod bench;
mod browser;
mod clients;
mod generate;
mod node;
#[path = "../../tests/support/postgres.rs"]
mod postgres;
mod python;
mod run;
mod server;
mod test;
mod tools;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};
use clap::Parser;

/// What cargo builds in every chore: always the whole workspace with its tests, because another selection would
/// choose other features of the dependencies and compile them a second time.
pub const EVERYTHING: [&str; 3] = ["--workspace", "--all-targets", "--locked"];

/// The project's chores.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
enum Chore {
    /// Installs what is missing, checks style and generated files, and runs every test on both databases
    Test {
        /// Leaves out the test of the playground in Chromium
        #[arg(long)]
        no_browser: bool,
        /// Runs only the Rust tests whose name contains one of these words
        filter: Vec<String>,
    },
    /// Runs only the test of the playground in Chromium
    Browser,
    /// Runs only the tests with the client libraries of GraphQL and JSON:API
    Clients,
    /// Runs only the tests in Python: clients of JSON:API, and what the OpenAPI documents promise
    Python,
    /// Keeps a throw-away PostgreSQL server until Ctrl-C, so that test runs beside it need not start their own
    Postgres,
    /// Writes the committed files that are made from the code
    Generate {
        /// Writes nothing, and fails where a file is not what the code makes
        #[arg(long)]
        check: bool,
    },
    /// Builds the workspace and reports how long each crate took
    Timings,
    /// Measures the release build beside a hand-written server and PostGraphile, and writes docs/benchmarks.md
    Bench {
        /// Options of the measuring program, such as `--only Q1,Q3`, `--seconds 3`, `--small`; `-- --help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
}

fn main() -> ExitCode {
    match perform(Chore::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Performs one chore from the root of the repository.
fn perform(chore: Chore) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no parent folder")?;
    std::env::set_current_dir(root)?;
    let target = target_directory()?;
    run::heed_signals()?;
    match chore {
        Chore::Test { no_browser, filter } => test::everything(&target, !no_browser, &filter),
        Chore::Browser => {
            let tools = tools::install(true)?;
            build()?;
            browser::test(&target, &tools)
        }
        Chore::Clients => {
            tools::install(false)?;
            build()?;
            clients::test(&target)
        }
        Chore::Python => {
            tools::install(false)?;
            build()?;
            python::test(&target)
        }
        Chore::Postgres => {
            tools::install(false)?;
            let cluster = postgres::Cluster::start()?;
            println!("export {}='{}'", postgres::VARIABLE, cluster.url("postgres"));
            run::wait_for_signal();
            Ok(())
        }
        Chore::Generate { check } => {
            build()?;
            if check { generate::check(&target) } else { generate::write(&target) }
        }
        Chore::Bench { options } => bench::run(&target, &options),
        Chore::Timings => run::run(cargo().arg("build").args(EVERYTHING).arg("--timings")),
    }
}

/// Builds everything, the server among it.
pub fn build() -> Result<()> {
    run::run(cargo().arg("build").args(EVERYTHING))
}

/// Begins a call of the cargo that started this program.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Begins a call of the server that the build made, with no setting of the developer's own.
pub fn switchboard(target: &Path) -> Command {
    let mut command = Command::new(target.join("debug/switchboard"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SWITCHBOARD_") {
            command.env_remove(name);
        }
    }
    command
}

/// Finds cargo's target directory, where this program itself lies below `debug`.
fn target_directory() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target =
        program.parent().and_then(Path::parent).context("this program lies outside a target directory")?;
    Ok(target.to_owned())
}
