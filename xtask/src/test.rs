//! The one command that checks everything, on a developer's machine as in CI.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Result;

use crate::postgres::{self, Cluster};
use crate::run::{Report, run};
use crate::tools::{self, Tools};
use crate::{EVERYTHING, browser, build, cargo, clients, generate, python};

/// Does every step that can be done, so that one run shows all that is wrong, and fails if one did.
pub fn everything(target: &Path, browser: bool, filter: &[String]) -> Result<()> {
    let mut report = Report::default();
    steps(&mut report, target, browser, filter);
    report.conclude()
}

/// Does the steps in order and gives up only where nothing that follows could work.
fn steps(report: &mut Report, target: &Path, browser: bool, filter: &[String]) -> Option<()> {
    let tools = report.step("tools", || tools::install(browser))?;
    report.step("format", || run(cargo().args(["fmt", "--all", "--check"])));
    report.step("clippy", || run(cargo().arg("clippy").args(EVERYTHING).args(["--", "--deny", "warnings"])));
    report.step("build", build)?;
    report.step("generated files", || generate::check(target));
    let cluster = report.step("PostgreSQL", || Ok(Cluster::obtain()?))?;
    report.step("tests", || tests(&tools, &cluster, filter));
    if has_doctests() {
        report.step("doctests", || run(cargo().args(["test", "--doc", "--workspace", "--locked"])));
    }
    report.step("clients", || clients::test(target));
    report.step("python", || python::test(target));
    if browser {
        report.step("browser", || browser::test(target, &tools));
    }
    report.step("clean up", || {
        drop(cluster);
        Ok(())
    })
}

/// Runs the Rust tests, in a process each where cargo-nextest is installed.
fn tests(tools: &Tools, cluster: &Cluster, filter: &[String]) -> Result<()> {
    let mut command = cargo();
    if tools.nextest {
        command.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]).args(filter);
    } else {
        command.args(["test", "--workspace", "--tests", "--locked", "--no-fail-fast", "--"]).args(filter);
    }
    run(command.env(postgres::VARIABLE, cluster.url("postgres")))
}

/// Tells whether a library of the workspace has an example in its documentation; the step is slow and does nothing without.
fn has_doctests() -> bool {
    let folders = fs::read_dir(".").into_iter().flatten().flatten().map(|entry| entry.path());
    let libraries = folders.map(|folder| folder.join("src")).filter(|source| source.join("lib.rs").exists());
    libraries.into_iter().any(|source| contains_example(&source).unwrap_or(true))
}

/// Looks for the fence of an example that rustdoc would run, in a file or in all files below a folder.
fn contains_example(path: &Path) -> io::Result<bool> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            if contains_example(&entry?.path())? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if path.extension().is_none_or(|extension| extension != "rs") {
        return Ok(false);
    }
    let mut inside = false;
    for line in fs::read_to_string(path)?.lines().map(str::trim_start) {
        let Some(comment) = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")) else {
            inside = false;
            continue;
        };
        if let Some(language) = comment.trim().strip_prefix("```") {
            let runs =
                language.is_empty() || ["rust", "no_run", "should_panic", "compile_fail"].contains(&language);
            if runs && !inside {
                return Ok(true);
            }
            inside = !inside;
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use crate::postgres::{Cluster, programs};

    /// The server answers through its socket, makes databases, and leaves nothing when it is dropped.
    #[test]
    fn a_cluster_lives_and_goes_without_a_trace() {
        let Some(programs) = programs() else { return };
        let cluster = Cluster::start().expect("the server starts");
        let url = cluster.url("postgres");
        let directory = Path::new(url.split_once("?host=").expect("the URL names a socket").1);
        let ask = |url: &str, statement: &str| {
            let output = Command::new(programs.join("psql"))
                .args([url, "-qAtc", statement])
                .output()
                .expect("psql runs");
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        };
        ask(&url, "CREATE DATABASE another");
        assert_eq!(ask(&cluster.url("another"), "SELECT current_database()"), "another");
        assert!(directory.exists());
        drop(cluster);
        assert!(!directory.exists());
    }
}
