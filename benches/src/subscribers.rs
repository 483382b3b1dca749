//! S1: many WebSockets that wait for changes of their tenants' extensions, and a steady stream of changes.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Message, protocol::WebSocketConfig};

use crate::candidate::Candidate;
use crate::figures;
use crate::http::{Connection, request};
use crate::seed::{Rows, operator_key, tenant_key};

/// How many changes each second, and for how many seconds.
const EVENTS: u64 = 100;
const SECONDS: u64 = 10;

/// How long the last delivery may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What so many subscribers came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subscribers {
    /// How many there were.
    pub count: u32,
    /// How many deliveries there had to be.
    pub expected: u64,
    /// How many of them did not come.
    pub lost: u64,
    /// How many came twice.
    pub double: u64,
    /// From the moment when the change was sent to the delivery: the median, in milliseconds.
    pub median: f64,
    /// The time that 99 of 100 deliveries did not exceed, in milliseconds.
    pub p99: f64,
    /// How much of a processor the server used meanwhile.
    pub processor: f64,
    /// How much memory each idle subscriber took, in KB.
    pub memory: f64,
}

/// How many subscribers are tried.
pub fn counts(small: bool) -> &'static [u32] {
    if small { &[100] } else { &[1_000, 10_000] }
}

/// What a subscriber has heard of: row, version, when.
type Heard = Vec<(u32, u32, Instant)>;

/// Connects them all, changes rows, and counts what arrives.
///
/// # Errors
/// When a connection or a change fails.
pub async fn measure(server: &Candidate, rows: Rows, count: &u32) -> Result<Subscribers> {
    let count = *count;
    let before = figures::memory(server.pid)?;
    let sockets = connect(&server.address, rows, count).await?;
    let memory = figures::memory(server.pid)?.saturating_sub(before) as f64 / f64::from(count);

    let arrived = Arc::new(AtomicU64::new(0));
    let (stop, stopped) = watch::channel(false);
    let mut listeners = JoinSet::new();
    for (tenant, socket) in sockets {
        let (arrived, stopped) = (arrived.clone(), stopped.clone());
        listeners.spawn(async move { (tenant, listen(socket, &arrived, stopped).await) });
    }
    let used = figures::processor_time(server.pid)?;
    let started = Instant::now();
    let sent = change(&server.address, rows, count).await?;
    let share = started.elapsed().as_micros() as f64;
    let processor = (figures::processor_time(server.pid)? - used) as f64 / share;

    let mut of_tenant: HashMap<u32, u64> = HashMap::new();
    for (row, _) in sent.keys() {
        *of_tenant.entry((row - 1) % rows.tenants).or_default() += 1;
    }
    let expected =
        (0..count).map(|one| of_tenant.get(&(one % rows.tenants)).copied().unwrap_or_default()).sum();
    let waiting = Instant::now();
    while arrived.load(Ordering::Relaxed) < expected && waiting.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // What came twice would come by now.
    tokio::time::sleep(Duration::from_millis(500)).await;
    stop.send_replace(true);

    let mut found = Subscribers { count, expected, processor, memory, ..Default::default() };
    let mut times = Vec::new();
    while let Some(ended) = listeners.join_next().await {
        let (tenant, heard) = ended?;
        let heard = heard?;
        let mut once: HashMap<(u32, u32), u64> = HashMap::new();
        for (row, version, when) in heard {
            *once.entry((row, version)).or_default() += 1;
            let sent = sent.get(&(row, version)).context("an event that nobody sent")?;
            times.push((when - *sent).as_secs_f64() * 1_000.0);
        }
        found.double += once.values().map(|times| times - 1).sum::<u64>();
        found.lost += of_tenant.get(&tenant).copied().unwrap_or_default().saturating_sub(once.len() as u64);
    }
    times.sort_by(f64::total_cmp);
    let time = |share: f64| times.get((times.len().saturating_sub(1) as f64 * share) as usize).copied();
    found.median = time(0.5).unwrap_or_default();
    found.p99 = time(0.99).unwrap_or_default();
    Ok(found)
}

type Socket = WebSocketStream<TcpStream>;

/// Connects and subscribes as the administrators of all tenants in turn.
async fn connect(address: &str, rows: Rows, count: u32) -> Result<Vec<(u32, Socket)>> {
    let some = Arc::new(Semaphore::new(64));
    let mut connecting = JoinSet::new();
    for one in 0..count {
        let (some, address) = (some.clone(), address.to_owned());
        connecting.spawn(async move {
            let _turn = some.acquire().await?;
            let tenant = one % rows.tenants;
            anyhow::Ok((tenant, subscribe(&address, &tenant_key(tenant + 1)).await?))
        });
    }
    let mut sockets = Vec::new();
    while let Some(connected) = connecting.join_next().await {
        sockets.push(connected??);
    }
    Ok(sockets)
}

async fn subscribe(address: &str, key: &str) -> Result<Socket> {
    let mut handshake = format!("ws://{address}/graphql").into_client_request()?;
    handshake.headers_mut().insert("authorization", HeaderValue::from_str(&format!("Bearer {key}"))?);
    handshake
        .headers_mut()
        .insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
    // Thousands of the usual buffers would be gigabytes.
    let config = WebSocketConfig::default().read_buffer_size(2_048).write_buffer_size(0);
    let stream = TcpStream::connect(address).await?;
    let (mut socket, _) =
        tokio_tungstenite::client_async_with_config(handshake, stream, Some(config)).await?;
    send(&mut socket, &json!({ "type": "connection_init" })).await?;
    until(&mut socket, "connection_ack").await?;
    let query = "subscription { extensionChanged { nodeId version } }";
    send(&mut socket, &json!({ "id": "1", "type": "subscribe", "payload": { "query": query } })).await?;
    // The answer to what comes behind it shows that it was read.
    send(&mut socket, &json!({ "type": "ping" })).await?;
    until(&mut socket, "pong").await?;
    Ok(socket)
}

async fn send(socket: &mut Socket, message: &Value) -> Result<()> {
    Ok(socket.send(Message::text(message.to_string())).await?)
}

/// Reads until a message of a type.
async fn until(socket: &mut Socket, kind: &str) -> Result<()> {
    while let Some(message) = socket.next().await {
        if let Message::Text(text) = message? {
            let message: Value = serde_json::from_str(&text)?;
            match message.get("type").and_then(Value::as_str) {
                Some(one) if one == kind => return Ok(()),
                Some("ping") => send(socket, &json!({ "type": "pong" })).await?,
                Some("error" | "complete") => bail!("{message}"),
                _ => {}
            }
        }
    }
    bail!("the server closed a socket before `{kind}`")
}

/// Notes what arrives until it is told to stop.
async fn listen(
    mut socket: Socket,
    arrived: &AtomicU64,
    mut stopped: watch::Receiver<bool>,
) -> Result<Heard> {
    let mut heard = Heard::new();
    loop {
        let message = tokio::select! {
            message = socket.next() => message.context("the server closed a socket")??,
            _ = stopped.changed() => return Ok(heard),
        };
        let Message::Text(text) = message else { continue };
        let now = Instant::now();
        let message: Value = serde_json::from_str(&text)?;
        match message.get("type").and_then(Value::as_str) {
            Some("next") => {
                let change = message.pointer("/payload/data/extensionChanged").context("no change")?;
                let row = change.get("nodeId").and_then(Value::as_str);
                let row = row.and_then(|id| id.strip_prefix("extension_")?.parse().ok());
                let version = change.get("version").and_then(Value::as_u64);
                let version = version.and_then(|version| u32::try_from(version).ok());
                let (row, version) = row.zip(version).with_context(|| format!("not a change: {text}"))?;
                heard.push((row, version, now));
                arrived.fetch_add(1, Ordering::Relaxed);
            }
            Some("ping") => send(&mut socket, &json!({ "type": "pong" })).await?,
            _ => bail!("unexpected: {text}"),
        }
    }
}

/// Changes one row after the other at a steady pace; tells when each change was sent.
async fn change(address: &str, rows: Rows, count: u32) -> Result<HashMap<(u32, u32), Instant>> {
    let mut connection = Connection::open(address).await?;
    let mut pace = tokio::time::interval(Duration::from_micros(1_000_000 / EVENTS));
    let mut sent = HashMap::new();
    let document = include_str!("../queries/q5.graphql");
    for number in 0..EVENTS * SECONDS {
        pace.tick().await;
        let row = u32::try_from(number)? % rows.extensions + 1;
        // A write that changes nothing is none, so no two runs write the same.
        let label = format!("Change {number} for {count}");
        let input = json!({ "id": format!("extension_{row}"), "label": label });
        let body = json!({ "query": document, "variables": { "input": input } }).to_string();
        let asked = request("POST", "/graphql", address, &operator_key(), "application/json", &body);
        let began = Instant::now();
        let answer = connection.exchange(&asked).await?;
        let json: Value = serde_json::from_slice(answer.body)?;
        let version = json.pointer("/data/extensionUpdate/extension/version").and_then(Value::as_u64);
        let version = version.with_context(|| format!("a change was refused: {json}"))?;
        sent.insert((row, u32::try_from(version)?), began);
    }
    ensure!(sent.len() as u64 == EVENTS * SECONDS, "a change was counted twice");
    Ok(sent)
}
