//! Runs the tests in `tests/python`: JSON:API clients, and requests that are made up from the OpenAPI documents of the
//! legacy APIs, against the real server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::run::run;
use crate::server::{ADMIN, Server};

/// Where the tests lie.
const SOURCE: &str = "tests/python";

/// Installs the packages that the tests use, and runs all tests against a server of their own.
pub fn test(target: &Path) -> Result<()> {
    let folder = target.join("python-tests");
    fs::create_dir_all(&folder)?;
    let python = install(&folder)?;

    let server = Server::start(target, &folder)?;
    let mut command = Command::new(python);
    command.args(["-m", "pytest", "-p", "no:cacheprovider"]).arg(fs::canonicalize(SOURCE)?);
    // Nothing is written beside the tests, and no proxy is asked for a server on this machine.
    command.current_dir(server.scratch()).env("TMPDIR", server.scratch());
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
    command.env("BASE_URL", format!("http://{}", server.address));
    command.env("ADMIN_LOGIN", ADMIN.0).env("ADMIN_PASSWORD", ADMIN.1);
    run(&mut command).inspect_err(|_| server.print_end_of_log())
}

/// Gives a Python that has the packages of the requirements and no others, made anew only when they have changed.
fn install(folder: &Path) -> Result<PathBuf> {
    let environment = folder.join("venv");
    let python = environment.join("bin/python");
    let wanted = Path::new(SOURCE).join("requirements.txt");
    let pinned = fs::read(&wanted)?;
    let installed = environment.join("installed.txt");
    if fs::read(&installed).ok().as_ref() != Some(&pinned) || !python.exists() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
        let arguments =
            ["install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--no-deps"];
        run(Command::new(&python).args(["-m", "pip"]).args(arguments).arg("--requirement").arg(wanted))?;
        fs::write(installed, pinned)?;
    }
    Ok(python)
}
