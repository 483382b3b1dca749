//! Runs other programs and steps of chores so that an interrupted chore still ends its children and cleans up.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

/// How often a running child and the wish to stop are looked at.
const PAUSE: Duration = Duration::from_millis(20);

/// How long a child may take to end when asked to.
const PATIENCE: Duration = Duration::from_secs(15);

/// Becomes true when this program is asked to stop.
static STOPPING: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Turns Ctrl-C and its kin from a sudden death into a wish that [`stopping`] tells.
pub fn heed_signals() -> Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&STOPPING))?;
    }
    Ok(())
}

/// Tells whether somebody asked this program to stop.
pub fn stopping() -> bool {
    STOPPING.load(Ordering::Relaxed)
}

/// Waits until somebody asks this program to stop.
pub fn wait_for_signal() {
    while !stopping() {
        thread::sleep(PAUSE);
    }
}

/// Runs a command to its end and fails when it does.
pub fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = Process::start(command)?.wait()?;
    ensure!(status.success(), "`{name}` failed ({status})");
    Ok(())
}

/// A running program, ended with all its children when dropped.
pub struct Process(Child);

impl Process {
    /// Starts a program in a process group of its own and without input, so that a signal can be passed on to all of it.
    pub fn start(command: &mut Command) -> Result<Self> {
        ensure!(!stopping(), "interrupted");
        let child = command.stdin(Stdio::null()).process_group(0).spawn();
        Ok(Self(
            child.with_context(|| format!("cannot start `{}`", command.get_program().to_string_lossy()))?,
        ))
    }

    /// Tells how the program ended, if it has.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.0.try_wait()
    }

    /// Waits for the end of the program, or ends it when this program is asked to stop.
    pub fn wait(mut self) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            if stopping() {
                bail!("interrupted");
            }
            thread::sleep(PAUSE);
        }
    }

    /// Sends a signal to the program and its children.
    fn signal(&self, signal: &str) {
        // `kill` is built into the shell, so this works where no such program is installed.
        let script = format!("kill -s {signal} -- -{}", self.0.id());
        let _ = Command::new("/bin/sh").args(["-c", &script]).stderr(Stdio::null()).status();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !matches!(self.ended(), Ok(None)) {
            return;
        }
        self.signal("TERM");
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            if !matches!(self.ended(), Ok(None)) {
                return;
            }
            thread::sleep(PAUSE);
        }
        self.signal("KILL");
        let _ = self.0.wait();
    }
}

/// What became of the steps of a chore so far.
#[derive(Default)]
pub struct Report(Vec<(&'static str, Duration, Option<String>)>);

impl Report {
    /// Does one step, announces it with its time, and gives what it made unless it failed.
    pub fn step<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        if stopping() {
            return None;
        }
        println!("==> {name}");
        let started = Instant::now();
        let result = work();
        let time = started.elapsed();
        let (made, failure) = match result {
            Ok(made) => (Some(made), None),
            Err(error) => (None, Some(format!("{error:#}"))),
        };
        match &failure {
            None => println!("==> {name}: {:.1} s", time.as_secs_f32()),
            Some(failure) => println!("==> {name} FAILED after {:.1} s: {failure}", time.as_secs_f32()),
        }
        self.0.push((name, time, failure));
        made
    }

    /// Prints the table of all steps and fails when one of them did or when the chore was interrupted.
    pub fn conclude(self) -> Result<()> {
        println!("\nSteps:");
        for (name, time, failure) in &self.0 {
            let mark = if failure.is_none() { "ok    " } else { "FAILED" };
            println!("  {mark} {name:<16} {:>7.1} s", time.as_secs_f32());
        }
        ensure!(!stopping(), "interrupted");
        let failed: Vec<&str> = self.0.iter().filter(|step| step.2.is_some()).map(|step| step.0).collect();
        ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
        println!("Everything passed.");
        Ok(())
    }
}
