//! The real program as a process of its own.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
};

use axum::http::{HeaderMap, header};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, ChildStdout, Command},
};

use crate::{
    app::PASSWORD,
    http::{Http, PATIENCE, Payload, Reply, pair},
    store::Store,
};

/// `switchboard serve`, killed when it is dropped.
pub struct Process {
    child: Child,
    pub http: Http,
    output: BufReader<ChildStdout>,
    log: PathBuf,
}

/// The program, with an environment of its own.
pub fn command(store: &Store) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    command
        .env_clear()
        .env("SWITCHBOARD_LISTEN", "127.0.0.1:0")
        .env("SWITCHBOARD_DATABASE_URL", &store.url)
        .env("SWITCHBOARD_DATA_DIR", store.folder.join("data"))
        .env("SWITCHBOARD_ADMIN_LOGIN", "root")
        .env("SWITCHBOARD_ADMIN_PASSWORD", PASSWORD)
        .env("SWITCHBOARD_BASE_DOMAIN", "pbx.test")
        .env("SWITCHBOARD_RATE_LIMIT", "0")
        .current_dir(&store.folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

impl Process {
    /// Starts a server and waits until it says where it listens.
    pub async fn start(store: &Store) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // Into a file, because nobody reads it while it runs.
        let log = store.folder.join(format!("log-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
        let mut command = command(store);
        command.stderr(std::fs::File::create(&log).expect("a log"));
        let mut child = command.spawn().expect("a process");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        let said = tokio::time::timeout(PATIENCE, output.read_line(&mut line)).await;
        said.expect("a line in time").expect("a line");
        let address =
            line.split("listens at ").nth(1).and_then(|rest| rest.trim().parse::<SocketAddr>().ok());
        let Some(address) = address else {
            let _ = child.kill().await;
            panic!("{line}\n{}", std::fs::read_to_string(log).unwrap_or_default());
        };
        Self { child, http: Http::new(address), output, log }
    }

    /// Sends a request as the first operator; none is the answer of a server that is gone.
    pub async fn send(&self, method: &str, path: &str, body: impl Into<Payload>) -> Option<Reply> {
        self.http.try_send(method, path, &credentials(), body.into()).await
    }

    /// What GraphQL answers the first operator.
    pub async fn gql(&self, query: &str) -> Option<Value> {
        let reply = self.send("POST", "/graphql", serde_json::json!({ "query": query })).await?;
        Some(reply.json())
    }

    /// Ends it at once, as a power cut would.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("a dead process");
    }

    /// Sends a signal to it and goes on.
    pub async fn signal(&self, name: &str) {
        let id = self.child.id().expect("a living process").to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().await.expect("kill");
        assert!(sent.success());
    }

    /// Waits for its end: the code, and what it wrote to standard output and to its log.
    pub async fn end(mut self) -> (Option<i32>, String, String) {
        let ended = async {
            let mut output = String::new();
            self.output.read_to_string(&mut output).await.expect("its output");
            let status = self.child.wait().await.expect("an end");
            (status.code(), output, std::fs::read_to_string(self.log).expect("its log"))
        };
        tokio::time::timeout(PATIENCE, ended).await.expect("an end in time")
    }
}

fn credentials() -> HeaderMap {
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("root:{PASSWORD}")));
    let (name, value) = pair(header::AUTHORIZATION.as_str(), &basic);
    HeaderMap::from_iter([(name, value)])
}

/// Runs a command of the program to its end: whether it went well, and what it said.
pub async fn output(store: &Store, arguments: &[&str]) -> (bool, String, String) {
    let mut command = command(store);
    let ended = tokio::time::timeout(PATIENCE, command.args(arguments).output()).await;
    let ended = ended.expect("an end in time").expect("a process");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (ended.status.success(), text(ended.stdout), text(ended.stderr))
}

/// Whether a file can be looked into by others than its owner.
pub fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).expect("a file").permissions().mode();
    mode & 0o077 == 0
}
