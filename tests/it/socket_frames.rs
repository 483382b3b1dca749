//! The life of a socket, frame by frame: what ends it, with which code, and what keeps it.

use std::io::ErrorKind;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use service::Clock;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    app::{App, PASSWORD, Setup},
    http::PATIENCE,
    socket::Socket,
    stream_modes::brief,
};

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Frames, each with its first byte, and the code that a socket ends with because of them.
type Case<'c> = (&'c [(u8, &'c [u8])], u16);

/// A connection of which the test writes and reads every frame.
struct Frames(TcpStream);

impl Frames {
    async fn open(app: &App) -> Self {
        let mut stream = TcpStream::connect(app.address()).await.expect("a connection");
        let head = format!(
            "GET /graphql HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n",
            app.address()
        );
        stream.write_all(head.as_bytes()).await.expect("a request");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.expect("an answer"));
        }
        assert!(answer.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&answer));
        Self(stream)
    }

    /// Sends one frame; the server may be gone.
    async fn send(&mut self, first: u8, payload: &[u8]) {
        let mut frame = vec![first];
        match u16::try_from(payload.len()) {
            Ok(length @ 0..126) => frame.push(0x80 | length as u8),
            Ok(length) => {
                frame.push(0x80 | 126);
                frame.extend(length.to_be_bytes());
            }
            Err(_) => {
                frame.push(0x80 | 127);
                frame.extend((payload.len() as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]); // a mask that changes nothing
        frame.extend(payload);
        match self.0.write_all(&frame).await {
            Err(failure) if failure.kind() != ErrorKind::ConnectionReset => {
                assert_eq!(failure.kind(), ErrorKind::BrokenPipe, "{failure}");
            }
            _ => {}
        }
    }

    async fn say(&mut self, message: Value) {
        self.send(0x80 | TEXT, message.to_string().as_bytes()).await;
    }

    /// The next frame of the server: what it is and what it holds.
    async fn frame(&mut self) -> (u8, Vec<u8>) {
        let read = async {
            let first = self.0.read_u8().await?;
            let length = match self.0.read_u8().await? {
                126 => self.0.read_u16().await?.into(),
                127 => self.0.read_u64().await?,
                short => short.into(),
            };
            let mut payload = vec![0; usize::try_from(length).expect("a length")];
            self.0.read_exact(&mut payload).await?;
            std::io::Result::Ok((first & 0x0f, payload))
        };
        tokio::time::timeout(PATIENCE, read).await.expect("a frame in time").expect("a frame")
    }

    /// The code and the reason that the socket is closed with, whatever comes before.
    async fn closed(&mut self) -> (u16, String) {
        loop {
            if let (CLOSE, payload) = self.frame().await {
                assert!(payload.len() <= 125, "a close frame that is too long");
                let code = u16::from_be_bytes([payload[0], payload[1]]);
                return (code, String::from_utf8(payload[2..].to_vec()).expect("a reason"));
            }
        }
    }

    async fn init(&mut self) {
        let credential = format!("Basic {}", BASE64_STANDARD.encode(format!("root:{PASSWORD}")));
        self.say(json!({ "type": "connection_init", "payload": { "Authorization": credential } })).await;
        // A slow machine may be asked whether it is there before it is let in.
        while self.frame().await != (TEXT, br#"{"type":"connection_ack"}"#.to_vec()) {}
    }
}

fn closed(code: u16, reason: &str) -> (u16, String) {
    (code, reason.to_owned())
}

once! {
    async fn a_client_says_in_time_who_it_is(setup: Setup) {
        let mut setup = setup;
        setup.config.limits.init_seconds = 1;
        let app = setup.start().await;
        let mut silent = Frames::open(&app).await;
        assert_eq!(silent.closed().await, closed(4408, "Connection initialisation timeout"));
        let mut talking = Frames::open(&app).await;
        talking.say(json!({ "type": "ping" })).await;
        assert_eq!(talking.closed().await.0, 4408);
    }

    async fn a_client_that_answers_no_ping_is_cut_off(setup: Setup) {
        let mut setup = setup;
        setup.config.limits.ping_seconds = 2;
        let app = setup.start().await;
        let (mut dead, mut ponging, mut protocol) =
            (Frames::open(&app).await, Frames::open(&app).await, Frames::open(&app).await);
        for socket in [&mut dead, &mut ponging, &mut protocol] {
            socket.init().await;
        }
        let dead = async {
            for _ in 0..2 {
                assert_eq!(dead.frame().await.0, PING);
                assert_eq!(dead.frame().await, (TEXT, br#"{"type":"ping"}"#.to_vec()));
            }
            assert_eq!(dead.closed().await, closed(1001, "No answer to pings"));
        };
        // Either answer will do.
        let ponging = async {
            for _ in 0..4 {
                assert_eq!(ponging.frame().await.0, PING);
                ponging.send(0x80 | PONG, b"").await;
                assert_eq!(ponging.frame().await.0, TEXT);
            }
        };
        let protocol = async {
            for _ in 0..4 {
                assert_eq!(protocol.frame().await.0, PING);
                assert_eq!(protocol.frame().await.0, TEXT);
                protocol.say(json!({ "type": "pong", "payload": null })).await;
            }
        };
        tokio::join!(dead, ponging, protocol);
    }

    async fn an_idle_socket_ends_with_its_token(setup: Setup) {
        let clock = Clock::fixed(setup.clock.now());
        let app = Setup { clock, ..setup }.start().await;
        let brief = brief(&app).await;
        let by_upgrade = brief.socket().await;
        let mut by_payload = Frames::open(&app).await;
        let credential = brief.headers["authorization"].to_str().expect("a readable header");
        let payload = json!({ "Authorization": credential });
        by_payload.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(by_payload.frame().await.0, TEXT);
        assert_eq!(by_payload.closed().await, closed(4403, "Forbidden"));
        assert_eq!(by_upgrade.expect("a socket").closed().await, 4403, "not even initialised");
    }

    async fn what_breaks_the_rules_ends_the_socket(app: App) {
        let large = vec![b' '; (1 << 20) + 1];
        let long = json!({ "type": "subscribe", "id": "é".repeat(200), "payload": { "query": "subscription { changes { cursor } }" } });
        let long = long.to_string().into_bytes();
        let cases: [Case<'_>; 14] = [
            (&[(0x80 | TEXT, &large)], 1009),
            (&[(0x80 | TEXT, b"\xff")], 1007),
            (&[(0x83, b"x")], 1002),
            (&[(0xc1, b"x")], 1002),
            (&[(0x82, b"{}")], 4400),
            (&[(0x80 | TEXT, br#"{"type":"ping","payload":5}"#)], 4400),
            (&[(0x80 | TEXT, br#"{"type":"pong","payload":[]}"#)], 4400),
            (&[(0x80 | TEXT, br#"{"type":"next","id":"1","payload":{}}"#)], 4400),
            (&[(0x80 | TEXT, br#"{"type":"connection_ack"}"#)], 4400),
            (&[(0x80 | TEXT, br#"{"type":"subscribe","id":"","payload":{"query":"{__typename}"}}"#)], 4400),
            (&[(0x80 | TEXT, br#"{"type":"subscribe","id":"1","payload":{"query":"{__typename}","variables":[]}}"#)], 4400),
            (&[(0x80 | TEXT, br#"{"type":"subscribe","id":"1","payload":{"query":"{__typename}","operationName":1}}"#)], 4400),
            (&[(0x80 | TEXT, br#"{"type":"connection_init"}"#)], 4429),
            (&[(0x80 | TEXT, &long), (0x80 | TEXT, &long)], 4409),
        ];
        for (frames, code) in cases {
            let mut socket = Frames::open(&app).await;
            socket.init().await;
            for (first, payload) in frames {
                socket.send(*first, payload).await;
            }
            let first = String::from_utf8_lossy(&frames[0].1[..frames[0].1.len().min(60)]).into_owned();
            assert_eq!(socket.closed().await.0, code, "{first}");
        }
        // A message in two frames, with another between them, is one message.
        let mut socket = Frames::open(&app).await;
        socket.init().await;
        socket.send(TEXT, br#"{"type":"#).await;
        socket.send(0x80 | PING, b"!").await;
        socket.send(0x80, br#""ping","payload":{"a":1}}"#).await;
        assert_eq!(socket.frame().await, (PONG, b"!".to_vec()));
        assert_eq!(socket.frame().await, (TEXT, br#"{"type":"pong","payload":{"a":1}}"#.to_vec()));
        // Whoever says good-bye is answered.
        socket.send(0x80 | CLOSE, &1000_u16.to_be_bytes()).await;
        assert_eq!(socket.closed().await.0, 1000);
    }

    async fn a_fault_of_ours_has_its_own_code(app: App) {
        let connection = app.store.connect().await;
        sea_orm::ConnectionTrait::execute_unprepared(&connection, "ALTER TABLE \"user\" RENAME TO gone").await.expect("no users");
        let mut socket = Frames::open(&app).await;
        let credential = format!("Basic {}", BASE64_STANDARD.encode("somebody:else"));
        socket.say(json!({ "type": "connection_init", "payload": { "Authorization": credential } })).await;
        assert_eq!(socket.closed().await, closed(4500, "Internal server error"));
    }

    async fn a_page_of_the_public_address_gets_a_socket(setup: Setup) {
        let mut setup = setup;
        setup.config.public_url = Some("https://pbx.example.com/switchboard".into());
        let app = setup.start().await;
        let headers = |origin: &str| app.anon().with("origin", origin).headers;
        Socket::open(app.address(), &headers("https://pbx.example.com")).await.expect("a socket");
        for other in ["http://pbx.example.com", "https://pbx.example.com:8443", "https://example.com", "https://pbx.example.com/"] {
            assert_eq!(Socket::open(app.address(), &headers(other)).await.err(), Some(403), "{other}");
        }
    }
}
