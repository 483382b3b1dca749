//! Measures the server: what it does beside a hand-written one and PostGraphile, on the same rows, in the same run.
//!
//! `cargo xtask bench` builds and installs what this needs, starts PostgreSQL and calls it.

mod baseline;
mod candidate;
mod case;
mod figures;
mod http;
mod load;
mod measure;
mod pages;
mod report;
mod run;
mod seed;
mod subscribers;

use std::process::ExitCode;

use clap::Parser;

/// Measures the server beside others.
#[derive(Parser)]
#[command(name = "bench", disable_help_subcommand = true)]
enum Command {
    /// Serves as the hand-written server that everything is compared with
    Baseline(baseline::Arguments),
    /// Fills databases, measures everything and writes the document
    Run(run::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Baseline(arguments) => baseline::serve(arguments).await,
        Command::Run(arguments) => run::everything(arguments).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("bench: {failure:#}");
            ExitCode::FAILURE
        }
    }
}
