//! GraphQL over a real WebSocket.

use std::{collections::VecDeque, net::SocketAddr};

use axum::http::{HeaderMap, HeaderValue, header};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest},
};

use crate::http::PATIENCE;

/// A socket that speaks what the test says, right or wrong.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// What was heard while waiting for something else.
    heard: VecDeque<Heard>,
}

/// What a socket hears.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    Message(Value),
    Closed(u16),
}

impl Socket {
    /// Opens a socket at `/graphql` for the sub-protocol, with these headers.
    ///
    /// # Errors
    /// The status of the answer that refused it.
    pub async fn open(address: SocketAddr, headers: &HeaderMap) -> Result<Self, u16> {
        let mut headers = headers.clone();
        let protocol = HeaderValue::from_static("graphql-transport-ws");
        headers.entry(header::SEC_WEBSOCKET_PROTOCOL).or_insert(protocol);
        Self::try_open(address, &headers).await
    }

    /// Opens a socket at `/graphql` with these headers and no others.
    ///
    /// # Errors
    /// The status of the answer that refused it; 0 when this side refused the answer.
    pub async fn try_open(address: SocketAddr, headers: &HeaderMap) -> Result<Self, u16> {
        let mut request = format!("ws://{address}/graphql").into_client_request().expect("a request");
        request.headers_mut().extend(headers.clone());
        match connect_async(request).await {
            Ok((stream, _)) => Ok(Self { stream, heard: VecDeque::new() }),
            Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(tungstenite::Error::Protocol(_)) => Err(0),
            Err(other) => panic!("no socket: {other}"),
        }
    }

    pub async fn send(&mut self, message: Value) {
        self.send_raw(Message::text(message.to_string())).await;
    }

    pub async fn send_raw(&mut self, message: Message) {
        self.try_send_raw(message).await.expect("a message on its way");
    }

    /// Sends what the server may refuse before it has all of it.
    pub async fn try_send_raw(&mut self, message: Message) -> Result<(), tungstenite::Error> {
        self.stream.send(message).await
    }

    /// The next message, or the code that the socket was closed with.
    pub async fn hear(&mut self) -> Heard {
        self.try_hear().await.expect("a message in time")
    }

    /// The same; none when nothing came in time.
    pub async fn try_hear(&mut self) -> Option<Heard> {
        if let Some(heard) = self.heard.pop_front() {
            return Some(heard);
        }
        tokio::time::timeout(PATIENCE, self.hear_new()).await.ok()
    }

    /// What comes next; pings of the server are answered and passed over.
    async fn hear_new(&mut self) -> Heard {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).expect("a message in JSON");
                    if message["type"] == "ping" {
                        self.send(json!({ "type": "pong" })).await;
                        continue;
                    }
                    return Heard::Message(message);
                }
                Some(Ok(Message::Close(frame))) => {
                    return Heard::Closed(frame.map_or(1005, |frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Heard::Closed(1006),
            }
        }
    }

    /// The next message.
    pub async fn message(&mut self) -> Value {
        match self.hear().await {
            Heard::Message(message) => message,
            Heard::Closed(code) => panic!("closed with {code} instead of a message"),
        }
    }

    /// The code that the socket is closed with, whatever comes before.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Heard::Closed(code) = self.hear().await {
                return code;
            }
        }
    }

    /// Says who it is and waits for the answer.
    pub async fn init(&mut self, payload: Value) {
        self.send(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(self.message().await["type"], "connection_ack");
    }

    /// Begins an operation and waits until the server has read so: it hears of what is written from now on.
    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.send(json!({ "type": "subscribe", "id": id, "payload": payload })).await;
        self.be_read().await;
    }

    /// Waits until the server has read all that was sent; what comes meanwhile is kept.
    pub async fn be_read(&mut self) {
        self.send(json!({ "type": "ping", "payload": { "read": true } })).await;
        let pong = Heard::Message(json!({ "type": "pong", "payload": { "read": true } }));
        loop {
            let heard = tokio::time::timeout(PATIENCE, self.hear_new()).await.expect("a pong in time");
            if heard == pong {
                break;
            }
            let ended = matches!(heard, Heard::Closed(_));
            self.heard.push_back(heard);
            if ended {
                return;
            }
        }
    }
}

/// One running subscription.
#[derive(Debug)]
pub struct Subscription(pub Socket);

impl Subscription {
    /// The next event: what the one root field of the operation holds.
    pub async fn next(&mut self) -> Value {
        let message = self.0.message().await;
        assert_eq!(message["type"], "next", "{message}");
        assert!(message["payload"].get("errors").is_none(), "{message}");
        let data = message["payload"]["data"].as_object().expect("data");
        data.values().next().expect("a root field").clone()
    }
}
