//! Finds the programs that the chores need besides cargo, and installs those that Debian has when it may.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::run::run;
use crate::{cargo, postgres};

/// Keeps Debian's package from making and starting a PostgreSQL server of its own; nobody here would use it.
const NO_MAIN_CLUSTER: (&str, &str) =
    ("/etc/postgresql-common/createcluster.d/switchboard-tests.conf", "create_main_cluster = false\n");

/// The oldest Node that runs the tests and the build of the playground.
const OLDEST_NODE: u32 = 20;

/// Fails where Python is older than the packages of its tests allow.
const CHECK_PYTHON: &str = "import sys; sys.exit(sys.version_info < (3, 11))";

/// What was found on this machine and is not the same everywhere.
pub struct Tools {
    /// Whether the tests can be run by cargo-nextest.
    pub nextest: bool,
    /// The browser, when it was asked for.
    pub chromium: Option<PathBuf>,
}

/// Finds everything that the tests need, after installing what is missing.
pub fn install(browser: bool) -> Result<Tools> {
    for component in ["fmt", "clippy"] {
        ensure!(
            answers(cargo().args([component, "--version"])),
            "cargo {component} is missing: rustup component add rustfmt clippy"
        );
    }
    let missing = missing_packages(browser);
    if !missing.is_empty() {
        install_packages(&missing)?;
        let still = missing_packages(browser);
        ensure!(still.is_empty(), "still missing after their installation: {}", still.join(" "));
    }
    check_node()?;
    ensure!(answers(Command::new("python3").args(["-c", CHECK_PYTHON])), "Python 3.11 or later is needed");
    let nextest = answers(cargo().args(["nextest", "--version"]));
    Ok(Tools { nextest, chromium: if browser { chromium() } else { None } })
}

/// Lists Debian's packages for what is not there.
fn missing_packages(browser: bool) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if std::env::var_os(postgres::VARIABLE).is_none() && postgres::programs().is_none() {
        missing.push("postgresql");
    }
    if on_path("node").is_none() {
        missing.push("nodejs");
    }
    if on_path("npm").is_none() {
        missing.push("npm");
    }
    // What the guides in docs/migrating tell to type.
    if on_path("curl").is_none() {
        missing.push("curl");
    }
    if !answers(Command::new("python3").args(["-c", "import ensurepip, venv"])) {
        missing.extend(["python3", "python3-venv"]);
    }
    if browser && chromium().is_none() {
        missing.extend(["chromium", "fonts-liberation"]);
    }
    missing
}

/// Installs Debian packages, or says what to install where that is not ours to do.
fn install_packages(packages: &[&str]) -> Result<()> {
    let root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !root || on_path("apt-get").is_none() {
        bail!(
            "please install (Debian's package names): {}. PostgreSQL may be any server whose URL is in {}, and \
             Chromium any program named by CHROMIUM",
            packages.join(" "),
            postgres::VARIABLE
        );
    }
    if packages.contains(&"postgresql") {
        let (file, line) = NO_MAIN_CLUSTER;
        fs::create_dir_all(Path::new(file).parent().context("a file has a folder")?)?;
        fs::write(file, line)?;
    }
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-o", "DPkg::Lock::Timeout=300"]);
        command
    };
    println!("installing {}", packages.join(" "));
    run(apt().arg("update"))?;
    run(apt().args(["install", "-y", "--no-install-recommends"]).args(packages).stdout(Stdio::null()))
}

/// Refuses a Node that is too old for the playground and its tests.
fn check_node() -> Result<()> {
    let output = Command::new("node").arg("--version").output()?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    ensure!(major >= Some(OLDEST_NODE), "Node {OLDEST_NODE} or later is needed, and this is {version:?}");
    Ok(())
}

/// Finds the browser: the one that `CHROMIUM` names, else Debian's or another of its family.
fn chromium() -> Option<PathBuf> {
    match std::env::var_os("CHROMIUM") {
        Some(named) => Some(PathBuf::from(named)),
        None => ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(on_path),
    }
}

/// Finds a program in the folders of `PATH`.
fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Tells whether a command can be run at all.
fn answers(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
