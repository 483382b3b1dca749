//! A throw-away PostgreSQL server for tests: data below `/tmp`, reached through a Unix socket only, gone afterwards.
//!
//! Both `xtask` and the test binaries include this file, so it uses nothing but `std` and knows nothing of Switchboard.
//! The server is kept by a small shell script that waits for the end of its standard input. That pipe closes when
//! the [`Cluster`] is dropped and also when its process dies in any way, so nothing is left behind: not after
//! Ctrl-C, not after `kill -9`, and not when the cluster sits in a `static`, which Rust never drops.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

/// The environment variable with the URL of a running server that tests may fill with databases.
pub const VARIABLE: &str = "SWITCHBOARD_TEST_POSTGRES";

/// Makes a server in the directory `$1` with the programs in `$2` and the settings in `$3`, says `ready` or `failed`, and removes both at
/// the end of its input; each line of it crashes the server and starts it again. Durability is off, because only the tested program is ever killed. The collation is a
/// human one where PostgreSQL brings it (15 and later), as in production: byte order must be asked for by whoever needs it.
const KEEPER: &str = r#"
directory=$1 programs=$2 settings=$3 server=
finish() {
    trap '' TERM
    [ -z "$server" ] || { kill -QUIT "$server"; wait "$server"; }
    cd / && rm -rf "$directory"
}
fail() { echo failed; read -r _; exit 1; }
trap '' INT HUP PIPE
trap 'exit 1' TERM
trap finish EXIT
exec 2>>"$directory/log"
cd "$directory" || exit 1

set -- --pgdata=data --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync
! "$programs/initdb" --help | grep -q locale-provider || set -- "$@" --locale-provider=icu --icu-locale=en-US
"$programs/initdb" "$@" >>log </dev/null || fail

start() {
    "$programs/postgres" -D data -k "$directory" -p 5432 -c listen_addresses= -c max_connections=300 \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off $settings >>log </dev/null &
    server=$!
    tries=0
    until "$programs/psql" -h "$directory" -p 5432 -U postgres -d postgres -qc 'select 1' >/dev/null 2>&1 </dev/null; do
        tries=$((tries + 1))
        kill -0 "$server" && [ "$tries" -lt 600 ] || fail
        sleep 0.1
    done
    echo ready
}
start
while read -r _; do
    kill -QUIT "$server"
    wait "$server"
    start
done
"#;

/// A PostgreSQL server in which a test may make as many databases as it likes.
pub struct Cluster {
    url: String,
    keeper: Option<Child>,
}

impl Cluster {
    /// Gives the server that the environment names, else starts one that ends with this value or this process.
    pub fn obtain() -> io::Result<Self> {
        match std::env::var(VARIABLE) {
            Ok(url) if !url.is_empty() => Ok(Self { url, keeper: None }),
            _ => Self::start(),
        }
    }

    /// Starts a server of its own and returns when it answers.
    pub fn start() -> io::Result<Self> {
        Self::start_with("")
    }

    /// Starts a server of its own with arguments such as `-c work_mem=64MB`, separated by spaces.
    pub fn start_with(settings: &str) -> io::Result<Self> {
        let programs =
            programs().ok_or_else(|| io::Error::other("no PostgreSQL server (`initdb`) is installed"))?;
        #[expect(clippy::disallowed_methods, reason = "a name for a folder, not a moment of the domain")]
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let directory = PathBuf::from(format!("/tmp/switchboard-postgres-{}-{started}", process::id()));
        DirBuilder::new().mode(0o700).create(&directory)?;
        match launch(&directory, &programs, settings) {
            Ok(keeper) => {
                let url = format!("postgres://postgres@localhost/postgres?host={}", directory.display());
                Ok(Self { url, keeper: Some(keeper) })
            }
            Err(error) => {
                // The keeper usually was faster.
                let _ = fs::remove_dir_all(&directory);
                Err(error)
            }
        }
    }

    /// Ends the server as a crash would, and returns when it answers again.
    #[allow(dead_code, reason = "xtask includes this file as well, and has no use for it")]
    pub fn restart(&mut self) -> io::Result<()> {
        let missing = || io::Error::other("the server is somebody else's");
        let keeper = self.keeper.as_mut().ok_or_else(missing)?;
        keeper.stdin.as_mut().ok_or_else(missing)?.write_all(b"restart\n")?;
        if is_ready(keeper) { Ok(()) } else { Err(io::Error::other("PostgreSQL did not start again")) }
    }

    /// Writes the URL of one of the server's databases, whether it exists yet or not (`postgres` always does).
    pub fn url(&self, database: &str) -> String {
        let (address, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let authority = address.find("://").map_or(0, |scheme| scheme + 3);
        let end = address[authority..].find('/').map_or(address.len(), |slash| authority + slash);
        let mut url = format!("{}/{database}", &address[..end]);
        if !query.is_empty() {
            let _ = write!(url, "?{query}");
        }
        url
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(keeper) = &mut self.keeper {
            finish(keeper);
        }
    }
}

/// Finds the folder of PostgreSQL's server programs: the newest that Debian has, else what is on the `PATH`.
pub fn programs() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest =
        debian.max_by_key(|version| version.file_name().to_str().and_then(|name| name.parse::<u32>().ok()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    newest
        .map(|version| version.path().join("bin"))
        .into_iter()
        .chain(std::env::split_paths(&path))
        .find(|folder| ["initdb", "postgres", "psql"].iter().all(|program| folder.join(program).exists()))
}

/// Starts the keeper and waits for its word.
fn launch(directory: &Path, programs: &Path, settings: &str) -> io::Result<Child> {
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", KEEPER, "keeper"])
        .arg(directory)
        .arg(programs)
        .arg(settings)
        .current_dir("/")
        .process_group(0);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("LC_ALL", "C");
    if fs::metadata(directory)?.uid() == 0 {
        // PostgreSQL refuses to run as root; Debian's packages make an account for it.
        let (user, group) = (id_of_postgres("-u")?, id_of_postgres("-g")?);
        chown(directory, Some(user), Some(group))?;
        command.uid(user).gid(group);
    }
    let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    if is_ready(&mut keeper) {
        return Ok(keeper);
    }
    let log = fs::read_to_string(directory.join("log")).unwrap_or_default();
    finish(&mut keeper);
    Err(io::Error::other(format!("PostgreSQL in {} did not start:\n{log}", programs.display())))
}

/// Waits for the keeper's word.
fn is_ready(keeper: &mut Child) -> bool {
    let mut word = [0; 6];
    let heard = keeper.stdout.as_mut().map(|stdout| stdout.read_exact(&mut word));
    matches!(heard, Some(Ok(()))) && word == *b"ready\n"
}

/// Tells the keeper to remove everything and waits until it has.
fn finish(keeper: &mut Child) {
    drop(keeper.stdin.take());
    let _ = keeper.wait();
}

/// Looks up a number of the account `postgres`.
fn id_of_postgres(which: &str) -> io::Result<u32> {
    let output = Command::new("id").args([which, "postgres"]).output()?;
    let number = String::from_utf8_lossy(&output.stdout).trim().parse();
    number.map_err(|_| io::Error::other("there is no account `postgres` to run PostgreSQL as"))
}
