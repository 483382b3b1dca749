//! What is measured: our server, the hand-written one and PostGraphile, each a process with a copy of the database.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::process::{Child, Command};

/// How long a candidate may take to listen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which candidate it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Our server.
    Ours,
    /// The server written by hand.
    HandWritten,
    /// PostGraphile.
    PostGraphile,
}

impl Who {
    /// What its database and its log are called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::HandWritten => "hand_written",
            Self::PostGraphile => "postgraphile",
        }
    }
}

/// A running candidate; it ends when dropped.
pub struct Candidate {
    /// Which one.
    pub who: Who,
    /// Where it listens.
    pub address: String,
    /// Its process.
    pub pid: u32,
    _child: Child,
}

impl Candidate {
    /// Starts a program that is told where to listen, and waits until it does.
    ///
    /// # Errors
    /// When it ends or does not listen in time; its log says more.
    pub async fn start(
        who: Who,
        folder: &Path,
        command: impl FnOnce(&str) -> std::process::Command,
    ) -> Result<Self> {
        // Free when asked for; nobody else here takes one meanwhile.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let log = folder.join(format!("{}.log", who.word()));
        let output = File::create(&log)?;
        let mut command = command(&address);
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let mut child = Command::from(command).kill_on_drop(true).spawn()?;
        let pid = child.id().context("it ended at once")?;
        let started = Instant::now();
        while tokio::net::TcpStream::connect(&address).await.is_err() {
            if let Some(status) = child.try_wait()? {
                bail!("{who:?} ended before it listened ({status}), see {}", log.display());
            }
            ensure!(started.elapsed() < PATIENCE, "{who:?} does not listen, see {}", log.display());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(Self { who, address, pid, _child: child })
    }
}
