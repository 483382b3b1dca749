//! Makes the committed files that are printed by the server itself, and tells when they are out of date.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};

use crate::switchboard;

/// Each committed file with the arguments that make the server print it.
const FILES: &[(&str, &[&str])] = &[("schema.graphql", &["schema"]), ("docs/policy.md", &["policy"])];

/// Writes every generated file anew.
pub fn write(target: &Path) -> Result<()> {
    for (file, arguments) in FILES {
        let content = print(target, arguments)?;
        if fs::read_to_string(file).ok().as_ref() == Some(&content) {
            println!("{file}: unchanged");
            continue;
        }
        if let Some(folder) = Path::new(file).parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, content).with_context(|| format!("cannot write {file}"))?;
        println!("{file}: written");
    }
    Ok(())
}

/// Fails when a generated file is not what the server prints now.
pub fn check(target: &Path) -> Result<()> {
    let mut stale = Vec::new();
    for (file, arguments) in FILES {
        let committed = fs::read_to_string(file).unwrap_or_default();
        if let Some(difference) = first_difference(&committed, &print(target, arguments)?) {
            println!("{file} is out of date: {difference}");
            stale.push(*file);
        }
    }
    ensure!(stale.is_empty(), "run `cargo xtask generate` and commit {}", stale.join(", "));
    Ok(())
}

/// Runs the server for what it prints.
fn print(target: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = switchboard(target);
    let output = command.args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.context("cannot start the server")?;
    ensure!(output.status.success(), "`switchboard {}` failed ({})", arguments.join(" "), output.status);
    Ok(String::from_utf8(output.stdout)?)
}

/// Describes the first line in which two texts differ.
fn first_difference(committed: &str, made: &str) -> Option<String> {
    if committed == made {
        return None;
    }
    let (mut old, mut new) = (committed.lines(), made.lines());
    for number in 1.. {
        match (old.next(), new.next()) {
            (None, None) => break,
            (old, new) if old == new => {}
            (old, new) => {
                let (old, new) = (old.unwrap_or("(end)"), new.unwrap_or("(end)"));
                return Some(format!("line {number} is\n  {old}\nand should be\n  {new}"));
            }
        }
    }
    Some("its line ends differ".to_owned())
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn the_first_differing_line_is_named() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(
            first_difference("a\nb\n", "a\nc\n").as_deref(),
            Some("line 2 is\n  b\nand should be\n  c")
        );
        assert_eq!(
            first_difference("a\n", "a\nc\n").as_deref(),
            Some("line 2 is\n  (end)\nand should be\n  c")
        );
        assert_eq!(first_difference("a", "a\n").as_deref(), Some("its line ends differ"));
    }
}
