//! Runs a folder of Node tests, with the packages of its lock file, against the real server.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::run::run;
use crate::server::{ADMIN, Server};

/// What stays in a copy from one run to the next: npm installs the packages, and that takes long.
const PACKAGES: &str = "node_modules";

/// Copies the tests to a folder outside the source tree, installs the packages they use, and runs all tests
/// against a server of their own, with what `prepare` adds to the call of Node.
pub fn test(target: &Path, source: &str, copy: &Path, prepare: impl FnOnce(&mut Command)) -> Result<()> {
    fs::create_dir_all(copy)?;
    for entry in fs::read_dir(copy)? {
        let path = entry?.path();
        match (path.ends_with(PACKAGES), path.is_dir()) {
            (true, _) => {}
            (_, true) => fs::remove_dir_all(path)?,
            (_, false) => fs::remove_file(path)?,
        }
    }
    copy_folder(Path::new(source), copy)?;
    let tests = tests(copy)?;
    ensure!(!tests.is_empty(), "there is no test in {source}");
    install(copy)?;

    let server = Server::start(target, copy)?;
    let mut node = Command::new("node");
    node.current_dir(copy).args(["--test", "--test-concurrency=1", "--test-reporter=spec"]).args(tests);
    node.env("BASE_URL", format!("http://{}", server.address));
    node.env("ADMIN_LOGIN", ADMIN.0).env("ADMIN_PASSWORD", ADMIN.1).env("TMPDIR", server.scratch());
    prepare(&mut node);
    run(&mut node).inspect_err(|_| server.print_end_of_log())
}

/// Copies all that is in a folder but packages that somebody installed there.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        match (path.ends_with(PACKAGES), path.is_dir()) {
            (true, _) => {}
            (_, true) => copy_folder(&path, &copy)?,
            (_, false) => {
                fs::copy(path, copy)?;
            }
        }
    }
    Ok(())
}

/// Lists the files with tests.
fn tests(folder: &Path) -> Result<Vec<String>> {
    let mut tests = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        tests.extend(name.ends_with(".test.mjs").then_some(name));
    }
    tests.sort();
    Ok(tests)
}

/// Installs the packages of the lock file. npm would install everything anew each time; it need not while the
/// lock file is the same.
fn install(folder: &Path) -> Result<()> {
    let lock = fs::read(folder.join("package-lock.json"))?;
    let installed = folder.join(PACKAGES).join(".installed-lock.json");
    if fs::read(&installed).ok().as_ref() != Some(&lock) {
        let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        run(Command::new("npm").current_dir(folder).args(arguments))?;
        fs::write(installed, lock)?;
    }
    Ok(())
}
