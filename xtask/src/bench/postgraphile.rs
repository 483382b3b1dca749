//! Installs PostGraphile and its Node from npm, outside the source tree.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::run::run;

/// Where its manifest, its lock file and its start are committed.
const SOURCE: &str = "benches/postgraphile";

/// Brings everything to a folder and gives it back.
pub fn install(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder)?;
    for entry in fs::read_dir(SOURCE)? {
        let entry = entry?;
        fs::copy(entry.path(), folder.join(entry.file_name()))?;
    }
    // npm would install everything anew each time; it need not while the lock file is the same.
    let lock = fs::read(folder.join("package-lock.json"))?;
    let installed = folder.join("node_modules/.installed-lock.json");
    if fs::read(&installed).ok().as_ref() != Some(&lock) {
        let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        run(Command::new("npm").current_dir(folder).args(arguments))?;
        fs::write(installed, lock)?;
    }
    Ok(folder.to_owned())
}
