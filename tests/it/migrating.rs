//! The guides of `docs/migrating`: what they tell an operator to type is typed, and must answer what they print.
//!
//! A block marked `sh` is typed, after those before it and in the same shell. It prints the next block, which is
//! marked `http`, `json` or `text`, or nothing if there is none before the next `sh`. `…` is anything within a line,
//! and alone on a line any lines. A `json` block may be broken into lines where the server does not.

use std::{
    iter::once,
    path::{Path, PathBuf},
};

use tokio::process::Command;

use crate::{
    app::{App, Setup},
    http::PATIENCE,
};

/// What the guides call the address of the server.
const ADDRESS: &str = "127.0.0.1:8080";

/// A block that is typed.
struct Step {
    /// File and line.
    place: String,
    command: String,
    /// The block that it prints: its mark and its text.
    prints: Option<(String, String)>,
}

both! {
    async fn boss(setup: Setup) {
        follow(setup, "boss.md").await;
    }

    async fn phone_systems(setup: Setup) {
        follow(setup, "phone_systems.md").await;
    }
}

#[test]
fn every_guide_is_followed() {
    let files = std::fs::read_dir(folder()).expect("the guides");
    let mut names: Vec<_> = files.map(|file| file.expect("a guide").file_name()).collect();
    names.sort();
    assert_eq!(names, ["boss.md", "phone_systems.md"], "each wants a test above");
}

#[test]
fn dots_are_anything_within_a_line_or_any_lines() {
    let fits = |expected| fits(&lines("text", expected), &lines("text", "a 12 b\r\nc\n"));
    for expected in ["a 12 b\nc", "a … b\nc", "a…\nc", "…", "…1…\n…", "a 12 b\n…\nc", "a 12 b\nc\n…"]
    {
        assert!(fits(expected), "{expected}");
    }
    for expected in ["", "a 12 b", "a…c", "a 12 12…\nc", "a 12 b…b\nc", "…\nb", "a 12 b\nc\n…\nc"] {
        assert!(!fits(expected), "{expected}");
    }
    assert_eq!(lines("json", "{\"a\":1,\n \"b\":2}\n"), lines("json", "{\"a\":1,\"b\":2}"));
}

/// Types all that a guide says, with a new server.
async fn follow(mut setup: Setup, name: &str) {
    let steps = read(name);
    // As the guides start it.
    setup.config.base_domain = "pbx.example.com".into();
    let app = setup.start().await;
    let said = shell(&app, &steps).await.replace(&app.address().to_string(), ADDRESS);
    let mut rest = said.as_str();
    for Step { place, command, prints } in &steps {
        let Some((printed, after)) = rest.split_once(&end_of(place)) else {
            panic!("{place}: it fails\n{command}\n--- it prints\n{rest}");
        };
        let (mark, expected) =
            prints.as_ref().map_or(("text", ""), |(mark, text)| (mark.as_str(), text.as_str()));
        let is_so = fits(&lines(mark, expected), &lines(mark, printed));
        assert!(is_so, "{place}: it prints\n{printed}\n--- and not\n{expected}\n--- for\n{command}");
        rest = after;
    }
}

/// Reads what is typed in a guide.
fn read(name: &str) -> Vec<Step> {
    let guide = std::fs::read_to_string(folder().join(name)).expect(name);
    let mut steps: Vec<Step> = Vec::new();
    assert!(guide.matches("\n```").count().is_multiple_of(2), "{name} has a block without an end");
    let mut line = 1;
    for (index, part) in guide.split("\n```").enumerate() {
        let place = format!("docs/migrating/{name}:{line}");
        line += part.matches('\n').count() + 1;
        let (mark, text) = part.split_once('\n').unwrap_or((part, ""));
        match mark {
            _ if index.is_multiple_of(2) => {} // between two blocks
            "sh" => steps.push(Step { place, command: text.to_owned(), prints: None }),
            "http" | "json" | "text" => {
                let typed = steps.last_mut().filter(|step| step.prints.is_none());
                let typed = typed.unwrap_or_else(|| panic!("{place}: no command prints this"));
                typed.prints = Some((mark.to_owned(), text.to_owned()));
            }
            "console" => {} // shown and not typed
            _ => panic!("{place}: what is {mark:?}?"),
        }
    }
    let prints = steps.iter().filter(|step| step.prints.is_some()).count();
    assert!(prints >= 10, "{name} has {prints} commands that print something");
    steps
}

/// Types all commands one after the other, in a folder of their own; answers what they print. The first that fails
/// is the last.
async fn shell(app: &App, steps: &[Step]) -> String {
    // What still runs in the background when a command fails must not keep the shell's output open.
    let mut script = String::from(
        "set -euo pipefail; shopt -s inherit_errexit; exec 2>&1; trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n",
    );
    for Step { place, command, .. } in steps {
        script += &format!("{command}\nprintf %s '{}'\n", end_of(place));
    }
    let programs = Path::new(env!("CARGO_BIN_EXE_switchboard")).parent().expect("the folder of the program");
    let path = std::env::var_os("PATH").expect("a PATH");
    let path = std::env::join_paths(once(programs.to_owned()).chain(std::env::split_paths(&path)));
    let mut bash = Command::new("bash");
    bash.args(["-c", &script])
        .env_clear()
        .env("PATH", path.expect("a PATH"))
        .env("SWITCHBOARD", format!("http://{}", app.address()))
        .env("SWITCHBOARD_DATABASE_URL", &app.store.url)
        .env("SWITCHBOARD_DATA_DIR", app.store.folder.join("data"))
        .env("SWITCHBOARD_LOG", "warn") // its notes are not of the guide
        .current_dir(&app.store.folder)
        .kill_on_drop(true);
    let ended = tokio::time::timeout(2 * PATIENCE, bash.output()).await.expect("an end in time");
    String::from_utf8(ended.expect("bash").stdout).expect("UTF-8")
}

/// What the shell prints after a step.
fn end_of(place: &str) -> String {
    format!("\n--- end of {place}\n")
}

/// The lines that are compared.
fn lines(mark: &str, text: &str) -> Vec<String> {
    match mark {
        "json" => vec![text.lines().map(str::trim).collect()],
        _ => text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect(),
    }
}

/// Whether lines are those that a guide prints.
fn fits(expected: &[String], printed: &[String]) -> bool {
    let Some((first, rest)) = expected.split_first() else { return printed.is_empty() };
    if first == "…" {
        return (0..=printed.len()).any(|skipped| fits(rest, &printed[skipped..]));
    }
    printed.split_first().is_some_and(|(line, more)| line_fits(first, line) && fits(rest, more))
}

fn line_fits(expected: &str, line: &str) -> bool {
    let parts: Vec<_> = expected.split('…').collect();
    let [first, middle @ .., last] = &*parts else { return line == expected };
    let Some(line) = line.strip_prefix(*first).and_then(|line| line.strip_suffix(*last)) else {
        return false;
    };
    middle.iter().try_fold(line, |line, part| Some(line.split_once(part)?.1)).is_some()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/migrating")
}
