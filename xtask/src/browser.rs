//! Runs the tests in `tests/browser` with Node and Chromium against the real server with its demo data.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::node;
use crate::tools::Tools;

/// Shows the playground to Chromium and does there what a person would.
pub fn test(target: &Path, tools: &Tools) -> Result<()> {
    let chromium = tools.chromium.as_deref().context("there is no Chromium")?;
    let folder = target.join("browser-tests");
    let screenshots = folder.join("screenshots");
    let result = node::test(target, "tests/browser", &folder, |node| {
        node.env("CHROMIUM", chromium).env("SCREENSHOTS", &screenshots);
    });
    println!("screenshots: {}", screenshots.display());
    result
}
