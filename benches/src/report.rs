//! The document: tables of what a run found, above the part that is kept by hand.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::candidate::Who;
use crate::case::Case;
use crate::measure::Measure;
use crate::pages::{LISTS, Pages};
use crate::seed::Rows;
use crate::subscribers::Subscribers;

/// What the part kept by hand begins with.
const BY_HAND: &str = "<!-- From here on by hand. -->";

/// All that a run found.
pub struct Findings {
    /// The machine.
    pub machine: String,
    /// What ran on it.
    pub versions: Vec<String>,
    /// How many rows there were.
    pub rows: Rows,
    /// The memory of our server before any load, in KB.
    pub at_rest: Option<u64>,
    /// On PostgreSQL.
    pub postgres: Vec<(&'static Case, Who, Measure)>,
    /// On SQLite.
    pub sqlite: Vec<(&'static Case, Who, Measure)>,
    /// P1, by the database.
    pub pages: Vec<(&'static str, Vec<Pages>)>,
    /// S1.
    pub subscribers: Vec<Subscribers>,
}

impl Default for Findings {
    fn default() -> Self {
        Self {
            machine: String::new(),
            versions: Vec::new(),
            rows: Rows::FULL,
            at_rest: None,
            postgres: Vec::new(),
            sqlite: Vec::new(),
            pages: Vec::new(),
            subscribers: Vec::new(),
        }
    }
}

const BEGINNING: &str = "\
# Benchmarks

Made by `cargo xtask bench`; what is below the last table is kept by hand. Each candidate works on a copy of the same database with as
many connections to it, and is loaded by the same closed loop of 16 connections on the same machine, one after the other in rounds; the
middle of three rounds counts. Before a query is measured, our answer and the hand-written one are compared: they must be equal JSON.

*Hand-written* is an axum server with one prepared statement for each request, which returns finished JSON and knows nothing else
(`benches/src/baseline`); it logs in as our server does. *PostGraphile* does neither log in, nor compare versions, nor write the log of
changes in Q5.

Read the ratios, not the digits: they hold on other machines, the digits do not. A ratio of processor time is the hand-written server's
(or PostGraphile's) time for a request, server and database together, divided by ours: 1 is as good, 2 is twice as good. A ratio of
requests is ours divided by theirs; the load itself takes a part of the same cores. Our server runs as a user starts it, but with
`SWITCHBOARD_RATE_LIMIT=0` and `SWITCHBOARD_LOG=warn`. PostgreSQL does not wait for the disk, for nobody.
";

/// Writes all tables.
pub fn document(findings: &Findings) -> String {
    let rows = findings.rows;
    let mut text = BEGINNING.to_owned();
    let _ = write!(
        text,
        "\nThis run: {}; {}. {} tenants, {} users, {} extensions, {} numbers, {} calls.\n",
        findings.machine,
        findings.versions.join(", "),
        rows.tenants,
        rows.users,
        rows.extensions,
        rows.numbers,
        rows.cdrs
    );
    if !findings.postgres.is_empty() {
        text.push_str("\n## PostgreSQL\n\n");
        ratios(&mut text, &findings.postgres);
        text.push('\n');
        figures(&mut text, &findings.postgres);
    }
    if !findings.sqlite.is_empty() {
        text.push_str("\n## SQLite\n\n");
        ratios(&mut text, &findings.sqlite);
        text.push('\n');
        figures(&mut text, &findings.sqlite);
    }
    pages(&mut text, &findings.pages);
    if !findings.subscribers.is_empty() || findings.at_rest.is_some() {
        subscribers(&mut text, findings);
    }
    text
}

/// The table against the aims.
fn ratios(text: &mut String, measured: &[(&'static Case, Who, Measure)]) {
    text.push_str(
        "| query | | requests: ours / hand-written | processor time: hand-written / ours | aim | requests: ours / PostGraphile | \
         processor time: PostGraphile / ours | aim |\n|---|---|---|---|---|---|---|---|\n",
    );
    let of = |name: &str, who: Who| {
        measured.iter().find(|(case, one, _)| case.name == name && *one == who).map(|found| found.2)
    };
    for (case, _, ours) in measured.iter().filter(|(_, who, _)| *who == Who::Ours) {
        let line = of(case.name, Who::HandWritten);
        let other = of(case.name, Who::PostGraphile);
        let ratio = |ratio: Option<f64>| ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2}"));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            case.name,
            case.sentence,
            ratio(line.map(|line| ours.rate / line.rate)),
            ratio(line.map(|line| line.cost() / ours.cost())),
            case.aim.map_or("–".to_owned(), |aim| format!("≥ {aim}")),
            ratio(other.map(|other| ours.rate / other.rate)),
            ratio(other.map(|other| other.cost() / ours.cost())),
            if other.is_some() { "≥ 2" } else { "–" },
        );
    }
    if let (Some(first), Some(deep)) = (of("Q4 first", Who::Ours), of("Q4 deep", Who::Ours)) {
        let _ = writeln!(
            text,
            "\nPage 20,000 costs {:.2} times the processor time of page 1, and takes {:.2} times its median (aim ≤ 1.2).",
            deep.cost() / first.cost(),
            deep.median / first.median
        );
    }
}

/// The table of raw figures.
fn figures(text: &mut String, measured: &[(&'static Case, Who, Measure)]) {
    text.push_str(
        "| query | candidate | requests/s | median ms | p99 ms | server CPU µs/request | database CPU µs/request | \
         statements/request | bytes |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    let number = |number: Option<f64>, digits: usize| {
        number.map_or("–".to_owned(), |number| format!("{number:.digits$}"))
    };
    for (case, who, measure) in measured {
        let _ = writeln!(
            text,
            "| {} | {} | {:.0} | {:.2} | {:.2} | {:.0} | {} | {} | {:.0} |",
            case.name,
            who.word().replace('_', "-"),
            measure.rate,
            measure.median / 1_000.0,
            measure.p99 / 1_000.0,
            measure.server,
            number(measure.database, 0),
            number(measure.statements, 2),
            measure.bytes
        );
    }
}

/// The table of P1.
fn pages(text: &mut String, measured: &[(&'static str, Vec<Pages>)]) {
    if measured.iter().all(|(_, pages)| pages.is_empty()) {
        return;
    }
    text.push_str(
        "\n## Pages by number\n\n\
         P1: phone_systems' `termination_cdrs`, 50 to a page. A client that follows `links.next` comes to the deep page from the one \
         before it; who asks for a number out of nowhere waits as long as a jump.\n\n\
         | database | list | calls | page 1 ms | page | by `links.next` ms | times page 1 | aim | a jump ms |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for (database, found) in measured {
        for one in found {
            let (list, _) = LISTS.get(one.list).copied().unwrap_or_default();
            let _ = writeln!(
                text,
                "| P1: {database} | {list} | {} | {:.1} | {} | {:.1} | {:.2} | ≤ 1.2 | {:.1} |",
                one.total,
                one.first,
                one.number,
                one.deep,
                one.deep / one.first,
                one.jump
            );
        }
    }
}

fn subscribers(text: &mut String, findings: &Findings) {
    text.push_str("\n## Subscribers\n\n");
    if let Some(memory) = findings.at_rest {
        let _ = writeln!(
            text,
            "The server at rest, started and not yet asked for anything, has {:.1} MB of memory in use (aim < 60).\n",
            memory as f64 / 1_000.0
        );
    }
    if findings.subscribers.is_empty() {
        return;
    }
    text.push_str(
        "S1: WebSockets of all tenants' administrators, subscribed to `extensionChanged`, while 100 extensions a second are \
         changed for ten seconds. A delivery is measured from the moment when the change was sent to the server.\n\n\
         | subscribers | deliveries | lost | double | median ms | p99 ms | aim | server's share of a core | KB for an idle \
         subscriber | aim |\n|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for found in &findings.subscribers {
        let _ = writeln!(
            text,
            "| S1: {} | {} | {} | {} | {:.1} | {:.1} | < 250 | {:.2} | {:.1} | < 20 |",
            found.count,
            found.expected,
            found.lost,
            found.double,
            found.median,
            found.p99,
            found.processor,
            found.memory
        );
    }
}

/// Puts the tables above what is kept by hand.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, tables: &str) -> Result<()> {
    let old = std::fs::read_to_string(path).unwrap_or_default();
    let kept = old.split_once(BY_HAND).map_or("\n", |(_, kept)| kept);
    std::fs::write(path, format!("{tables}\n{BY_HAND}{kept}")).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::CASES;
    use crate::subscribers;

    #[test]
    fn the_document_has_every_row() {
        let document = include_str!("../../docs/benchmarks.md");
        for database in ["## PostgreSQL", "## SQLite"] {
            let (_, table) = document.split_once(database).expect("a part for each database");
            for case in CASES {
                for who in ["ours", "hand-written"] {
                    assert!(
                        table.contains(&format!("| {} | {who} |", case.name)),
                        "{database}: {} of {who}",
                        case.name
                    );
                }
            }
        }
        for case in CASES.iter().filter(|case| case.name.starts_with('Q')) {
            assert!(document.contains(&format!("| {} | postgraphile |", case.name)), "{}", case.name);
        }
        for database in ["PostgreSQL", "SQLite"] {
            for (list, _) in LISTS {
                assert!(document.contains(&format!("| P1: {database} | {list} |")), "P1 {list}");
            }
        }
        for count in subscribers::counts(false) {
            assert!(document.contains(&format!("| S1: {count} |")), "S1 with {count}");
        }
        assert!(document.contains(BY_HAND));
    }

    #[test]
    fn a_new_run_keeps_what_is_written_by_hand() {
        let path = std::env::temp_dir().join(format!("switchboard-bench-{}.md", std::process::id()));
        std::fs::write(&path, format!("old\n{BY_HAND}\n\nmine\n")).expect("a file");
        write(&path, "new\n").expect("written");
        let text = std::fs::read_to_string(&path).expect("readable");
        assert_eq!(text, format!("new\n\n{BY_HAND}\n\nmine\n"));
        std::fs::remove_file(path).expect("gone");
    }
}
