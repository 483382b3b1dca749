//! The real server with its demo data in a new database, for tests that knock at its doors from outside.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::run::{Process, run, stopping};
use crate::switchboard;

/// Whom the tests log in as.
pub const ADMIN: (&str, &str) = ("admin", "A-client-is-testing-7");

/// How long the server may take to be ready.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running server, ended and forgotten with all it stored when dropped.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    log: PathBuf,
    // Dropped in this order: the server ends before its files go.
    _process: Process,
    scratch: Scratch,
}

impl Server {
    /// Starts a server on a free port and returns when it is ready; its log stays in the folder.
    pub fn start(target: &Path, folder: &Path) -> Result<Self> {
        let log = folder.join("server.log");
        let scratch = Scratch::new(folder.join(format!("run-{}", std::process::id())))?;
        let (process, address) = start(target, &scratch.0, &log).inspect_err(|_| print_end_of(&log))?;
        Ok(Self { address, log, _process: process, scratch })
    }

    /// A folder that goes when the server does.
    pub fn scratch(&self) -> &Path {
        &self.scratch.0
    }

    /// Prints the last lines of the log, where the reason of a failure often is.
    pub fn print_end_of_log(&self) {
        print_end_of(&self.log);
    }
}

/// Loads the demo data, starts the server and waits until it is ready.
fn start(target: &Path, scratch: &Path, log: &Path) -> Result<(Process, SocketAddr)> {
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
        // Tests ask faster than people do, and give more wrong passwords.
        command.env("SWITCHBOARD_RATE_LIMIT", "0").env("SWITCHBOARD_LOGIN_ATTEMPTS", "0");
        command.env("SWITCHBOARD_DATA_DIR", scratch.join("data"));
        command.env("SWITCHBOARD_ADMIN_LOGIN", ADMIN.0).env("SWITCHBOARD_ADMIN_PASSWORD", ADMIN.1);
        Ok(command)
    };
    run(&mut command("demo")?)?;
    let mut server = Process::start(&mut command("serve")?)?;
    let started = Instant::now();
    loop {
        if let Some(address) = told_address(log)
            && status_of(address, "/readyz") == Some(200)
        {
            return Ok((server, address));
        }
        if let Some(status) = server.ended()? {
            bail!("the server ended before it was ready ({status})");
        }
        ensure!(started.elapsed() <= PATIENCE, "the server was not ready after {} s", PATIENCE.as_secs());
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

/// Prints the last lines of a log.
fn print_end_of(log: &Path) {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    println!("the end of {}:", log.display());
    for line in &lines[lines.len().saturating_sub(30)..] {
        println!("  {line}");
    }
}

/// A folder that is removed with all its content when dropped.
struct Scratch(PathBuf);

impl Scratch {
    /// Makes the folder.
    fn new(folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
