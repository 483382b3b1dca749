//! Runs the tests in `tests/browser` with Node and Chromium against the real server with its demo data.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::run::{Process, run, stopping};
use crate::switchboard;
use crate::tools::Tools;

/// Where the tests are committed.
const SOURCE: &str = "tests/browser";

/// Whom the tests log in as.
const ADMIN: (&str, &str) = ("admin", "A-browser-is-testing-7");

/// How long the server may take to be ready.
const PATIENCE: Duration = Duration::from_secs(120);

/// Starts a server of its own, runs every browser test against it and ends it.
pub fn test(target: &Path, tools: &Tools) -> Result<()> {
    let chromium = tools.chromium.as_deref().context("there is no Chromium")?;
    let folder = target.join("browser-tests");
    let tests = install(&folder)?;
    let screenshots = folder.join("screenshots");
    empty(&screenshots)?;
    let scratch = Scratch::new(folder.join(format!("run-{}", std::process::id())))?;
    let log = folder.join("server.log");

    let (server, address) = start_server(target, &scratch.0, &log)?;
    let mut node = Command::new("node");
    node.current_dir(&folder).args(["--test", "--test-concurrency=1", "--test-reporter=spec"]).args(tests);
    node.env("BASE_URL", format!("http://{address}"))
        .env("ADMIN_LOGIN", ADMIN.0)
        .env("ADMIN_PASSWORD", ADMIN.1);
    node.env("CHROMIUM", chromium).env("SCREENSHOTS", &screenshots).env("TMPDIR", &scratch.0);
    let result = run(&mut node);
    drop(server);

    println!("screenshots: {}", screenshots.display());
    result.inspect_err(|_| print_end_of(&log))
}

/// Brings the tests and the Node packages they use to a folder outside the source tree, and lists the tests.
fn install(folder: &Path) -> Result<Vec<String>> {
    fs::create_dir_all(folder)?;
    let mut tests = Vec::new();
    for entry in fs::read_dir(SOURCE)? {
        let (path, name) =
            entry.map(|entry| (entry.path(), entry.file_name().to_string_lossy().into_owned()))?;
        if path.is_file() {
            fs::copy(&path, folder.join(&name))?;
            tests.extend(name.ends_with(".test.mjs").then_some(name));
        }
    }
    ensure!(!tests.is_empty(), "there is no test in {SOURCE}");
    tests.sort();

    // npm would install everything anew each time; it need not while the lock file is the same.
    let lock = fs::read(folder.join("package-lock.json"))?;
    let installed = folder.join("node_modules/.installed-lock.json");
    if fs::read(&installed).ok().as_ref() != Some(&lock) {
        let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        run(Command::new("npm").current_dir(folder).args(arguments))?;
        fs::write(installed, lock)?;
    }
    Ok(tests)
}

/// Starts the server on a free port with demo data in a new database, and returns when it is ready.
fn start_server(target: &Path, scratch: &Path, log: &Path) -> Result<(Process, SocketAddr)> {
    let output = File::create(log)?;
    let command = |argument: &str| -> Result<Command> {
        let mut command = switchboard(target);
        command.arg(argument).current_dir(scratch).stdout(output.try_clone()?).stderr(output.try_clone()?);
        // A port that is free when it is asked for; the server says which.
        command.env("SWITCHBOARD_LISTEN", "127.0.0.1:0");
        command.env(
            "SWITCHBOARD_DATABASE_URL",
            format!("sqlite://{}?mode=rwc", scratch.join("switchboard.db").display()),
        );
        command.env("SWITCHBOARD_DATA_DIR", scratch.join("data"));
        command.env("SWITCHBOARD_ADMIN_LOGIN", ADMIN.0).env("SWITCHBOARD_ADMIN_PASSWORD", ADMIN.1);
        Ok(command)
    };
    run(&mut command("demo")?).inspect_err(|_| print_end_of(log))?;
    let mut server = Process::start(&mut command("serve")?)?;
    let started = Instant::now();
    loop {
        if let Some(address) = told_address(log)
            && status_of(address, "/readyz") == Some(200)
        {
            return Ok((server, address));
        }
        let ended = server.ended()?;
        if ended.is_some() || started.elapsed() > PATIENCE {
            print_end_of(log);
            match ended {
                Some(status) => bail!("the server ended before it was ready ({status})"),
                None => bail!("the server was not ready after {} s", PATIENCE.as_secs()),
            }
        }
        ensure!(!stopping(), "interrupted");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Finds where the server says that it listens, once it has.
fn told_address(log: &Path) -> Option<SocketAddr> {
    let text = fs::read_to_string(log).ok()?;
    let (address, _) = text.split_once("listens at ")?.1.split_once('\n')?;
    address.trim().parse().ok()
}

/// Asks a server for a page and gives the status of its answer, if there is one.
fn status_of(address: SocketAddr, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").ok()?;
    // The status is in the first line, `HTTP/1.1 200 OK`.
    let mut start = [0; 12];
    stream.read_exact(&mut start).ok()?;
    str::from_utf8(&start).ok()?.split(' ').nth(1)?.parse().ok()
}

/// Prints the last lines of the server's log, where the reason of a failure often is.
fn print_end_of(log: &Path) {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    println!("the end of {}:", log.display());
    for line in &lines[lines.len().saturating_sub(30)..] {
        println!("  {line}");
    }
}

/// Makes a folder, without anything that was in it.
fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(fs::create_dir_all(folder)?)
}

/// A folder that is removed with all its content when dropped.
struct Scratch(PathBuf);

impl Scratch {
    /// Makes the folder.
    fn new(folder: PathBuf) -> Result<Self> {
        empty(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
