//! The database crashes and a server is killed while many write and listen: what was acknowledged is heard of
//! once and in order by whoever goes on from its cursor.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::http::{HeaderValue, header};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::{
    app::{self, Begin, PASSWORD},
    http::PATIENCE,
    postgres::Cluster,
    process::Process,
    store::{self, Backend, Store},
};

const WRITES: usize = 1_000;
const WRITERS: usize = 8;
/// The number that is written last.
const LAST: &str = "499999";

/// A PostgreSQL server of the test's own, which keeps what it has acknowledged.
struct Own(Cluster);

impl Begin for Own {
    async fn begin(_: Backend) -> Self {
        let start = || Cluster::start_with("-c synchronous_commit=on").expect("a PostgreSQL server");
        Self(tokio::task::block_in_place(start))
    }
}

/// The servers that clients may turn to.
#[derive(Clone)]
struct Servers(Arc<Mutex<Vec<Arc<Process>>>>);

impl Servers {
    fn nth(&self, number: usize) -> Arc<Process> {
        let servers = self.0.lock().expect("the servers");
        servers[number % servers.len()].clone()
    }

    /// Makes a number, through one server or another, until somebody says that it is there.
    async fn make(&self, number: &str, mut server: usize) {
        let query = format!(
            "mutation {{ phoneNumberCreate(input: {{ number: \"{number}\" }}) {{ phoneNumber {{ id }} userErrors {{ code }} }} }}"
        );
        loop {
            let answer = self.nth(server).gql(&query).await.unwrap_or_default();
            let made = &answer["data"]["phoneNumberCreate"];
            if made["phoneNumber"]["id"].is_string() || made["userErrors"][0]["code"] == "TAKEN" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            server += 1;
        }
    }
}

/// What one client hears of the numbers until the last, however often it has to begin again.
async fn listen(servers: Servers, mut server: usize) -> Vec<(String, String)> {
    let mut heard = Vec::new();
    while !hear(servers.nth(server).http.address, &mut heard).await {
        tokio::time::sleep(Duration::from_millis(20)).await;
        server += 1;
    }
    heard
}

/// Goes on from what was heard last, until something breaks; whether the last number was heard.
async fn hear(address: SocketAddr, heard: &mut Vec<(String, String)>) -> bool {
    let mut request = format!("ws://{address}/graphql").into_client_request().expect("a request");
    let protocol = HeaderValue::from_static("graphql-transport-ws");
    request.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    let Ok((mut socket, _)) = connect_async(request).await else { return false };
    let beginning = BASE64_URL_SAFE_NO_PAD.encode("change:0:0");
    let since = heard.last().map_or(beginning, |(cursor, _)| cursor.clone());
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("root:{PASSWORD}")));
    let query = "subscription($since: String) { phoneNumberChanged(since: $since) { event cursor nodeId node { number } } }";
    let payload = json!({ "query": query, "variables": { "since": since } });
    let said = [
        json!({ "type": "connection_init", "payload": { "Authorization": basic } }),
        json!({ "type": "subscribe", "id": "1", "payload": payload }),
    ];
    for message in said {
        if socket.send(Message::text(message.to_string())).await.is_err() {
            return false;
        }
    }
    while let Some(Ok(message)) = socket.next().await {
        let message: Value = match message.to_text() {
            Ok(text) if !text.is_empty() => serde_json::from_str(text).unwrap_or_default(),
            _ => continue,
        };
        match message["type"].as_str() {
            Some("next") if message["payload"].get("errors").is_none() => {}
            Some("connection_ack" | "ping" | "pong") => continue,
            _ => return false,
        }
        let event = &message["payload"]["data"]["phoneNumberChanged"];
        assert_eq!(event["event"], "CREATED", "{message}");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        heard.push((text(&event["cursor"]), text(&event["nodeId"])));
        if event["node"]["number"] == LAST {
            return true;
        }
    }
    false
}

/// Waits until a server says that it can serve; from then on it does.
async fn heal(server: &Process) {
    let ready = async {
        while server.send("GET", "/readyz", ()).await.is_none_or(|reply| reply.status != 200) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, ready).await.expect("a server that has healed");
    for _ in 0..30 {
        let answer = server.gql("{ phoneNumbers(first: 1) { totalCount } }").await.expect("an answer");
        assert!(answer["data"]["phoneNumbers"]["totalCount"].is_number(), "{answer}");
    }
}

async fn all_is_heard_once(Own(mut cluster): Own) {
    let store = Store::of(&cluster);
    let (one, two) = tokio::join!(Process::start(&store), Process::start(&store));
    let servers = Servers(Arc::new(Mutex::new(vec![Arc::new(one), Arc::new(two)])));
    let mut listeners = JoinSet::new();
    for listener in 0..6 {
        listeners.spawn(listen(servers.clone(), listener));
    }
    let (next, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (servers, next, done) = (servers.clone(), next.clone(), done.clone());
        writers.spawn(async move {
            loop {
                let turn = next.fetch_add(1, Ordering::SeqCst);
                if turn >= WRITES {
                    break;
                }
                servers.make(&format!("4930{turn:06}"), writer + turn).await;
                done.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    let reached = async |count: usize| {
        let progress = async {
            while done.load(Ordering::SeqCst) < count {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(2 * PATIENCE, progress).await.expect("progress");
    };

    reached(WRITES / 3).await;
    tokio::task::block_in_place(|| cluster.restart()).expect("PostgreSQL again");
    let both = [servers.nth(0), servers.nth(1)];
    for server in &both {
        heal(server).await;
    }
    reached(2 * WRITES / 3).await;
    both[1].signal("KILL").await;
    let third = Arc::new(Process::start(&store).await);
    servers.0.lock().expect("the servers")[1] = third;

    tokio::time::timeout(2 * PATIENCE, writers.join_all()).await.expect("the end of all writers");
    servers.make(LAST, 0).await;
    let heard = tokio::time::timeout(2 * PATIENCE, listeners.join_all()).await.expect("all to be heard");
    assert_eq!(store.number("SELECT count(*) FROM phone_number").await, WRITES as i64 + 1);
    let log = "SELECT string_agg('change:' || \"transaction\" || ':' || sequence || ' phone_number_' || row_id, ',' \
               ORDER BY \"transaction\", sequence) FROM change WHERE kind = 'phone_number'";
    let log = store::text(&store.url, log).await.expect("the log");
    let written = log.split(',').map(|line| {
        let (place, id) = line.split_once(' ').expect("a place and an id");
        (BASE64_URL_SAFE_NO_PAD.encode(place), id.to_owned())
    });
    let written: Vec<_> = written.collect();
    assert_eq!(written.len(), WRITES + 1, "each write is one event");
    for heard in heard {
        assert_eq!(heard.len(), written.len());
        assert!(heard == written, "each event once and in order");
    }
}

#[test]
fn a_crash_of_the_database_and_of_a_server_hide_nothing() {
    app::run(Backend::Postgres, all_is_heard_once);
}
