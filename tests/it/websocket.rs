//! GraphQL over WebSocket, `graphql-transport-ws`: the messages and the codes that a socket ends with.

use axum::http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    app::{App, PASSWORD},
    http::pair,
    socket::{Heard, Socket},
};

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| pair(name, value)).collect()
}

async fn open(app: &App) -> Socket {
    Socket::open(app.address(), &HeaderMap::new()).await.expect("a socket")
}

fn basic(login: &str, password: &str) -> String {
    format!(
        "Basic {}",
        base64::Engine::encode(&base64::prelude::BASE64_STANDARD, format!("{login}:{password}"))
    )
}

/// An open socket of the first operator.
async fn operator(app: &App) -> Socket {
    let mut socket = open(app).await;
    socket.init(json!({ "Authorization": basic("root", PASSWORD) })).await;
    socket
}

fn subscribe(id: &str, query: &str) -> Value {
    json!({ "type": "subscribe", "id": id, "payload": { "query": query } })
}

once! {
    async fn a_query_a_mutation_and_a_subscription_run_over_one_socket(app: App) {
        let mut socket = operator(&app).await;
        socket
            .subscribe("events", "subscription { tenantChanged { event node { domain } } }", json!({}))
            .await;
        socket.send(subscribe("1", "{ viewer { login } }")).await;
        assert_eq!(
            socket.message().await,
            json!({ "type": "next", "id": "1", "payload": { "data": { "viewer": { "login": "root" } } } })
        );
        assert_eq!(socket.message().await, json!({ "type": "complete", "id": "1" }));
        socket
            .send(subscribe(
                "2",
                "mutation { tenantCreate(input: { domain: \"acme.example\" }) { tenant { domain } } }",
            ))
            .await;
        let mut heard = Vec::new();
        while heard.len() < 3 {
            heard.push(socket.message().await);
        }
        heard.sort_by_key(|message| (message["id"].to_string(), message["type"] == "complete"));
        assert_eq!(heard[0]["payload"]["data"]["tenantCreate"]["tenant"]["domain"], "acme.example");
        assert_eq!(heard[1], json!({ "type": "complete", "id": "2" }));
        assert_eq!(
            heard[2]["payload"]["data"]["tenantChanged"],
            json!({ "event": "CREATED", "node": { "domain": "acme.example" } })
        );
        // The client ends it; the id may be used again.
        socket.send(json!({ "type": "complete", "id": "events" })).await;
        socket.be_read().await;
        app.tenant("beta.example").await;
        socket.send(subscribe("events", "{ __typename }")).await;
        assert_eq!(socket.message().await["payload"]["data"]["__typename"], "Query");
    }

    async fn a_ping_is_answered(app: App) {
        let mut socket = open(&app).await;
        socket.send(json!({ "type": "ping" })).await;
        assert_eq!(socket.message().await, json!({ "type": "pong" }));
        socket.send(json!({ "type": "ping", "payload": { "at": 1 } })).await;
        assert_eq!(socket.message().await, json!({ "type": "pong", "payload": { "at": 1 } }));
        socket.send(json!({ "type": "pong" })).await;
        socket.send_raw(Message::Ping("x".into())).await;
        socket.init(Value::Null).await;
    }

    async fn what_is_no_message_ends_the_socket(app: App) {
        for text in [
            "",
            "{",
            "null",
            "[]",
            "{}",
            "{\"type\":\"nothing\"}",
            "{\"type\":\"subscribe\"}",
            "{\"type\":\"subscribe\",\"id\":1,\"payload\":{}}",
            "{\"type\":\"complete\"}",
        ] {
            let mut socket = operator(&app).await;
            socket.send_raw(Message::text(text)).await;
            assert_eq!(socket.closed().await, 4400, "{text}");
        }
        let mut socket = operator(&app).await;
        socket.send_raw(Message::binary(vec![1, 2, 3])).await;
        assert_eq!(socket.closed().await, 4400);
        for payload in [json!({}), json!({ "query": 5 }), json!(null), json!([]), json!("x")] {
            let mut socket = operator(&app).await;
            socket.send(json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
            // A payload that is no request is no message, or an error of that operation.
            match socket.hear().await {
                Heard::Closed(code) => assert_eq!(code, 4400, "{payload}"),
                Heard::Message(message) => assert_eq!(message["type"], "error", "{payload}: {message}"),
            }
        }
    }

    async fn a_socket_says_who_it_is_first_and_once(app: App) {
        let mut socket = open(&app).await;
        socket.send(subscribe("1", "{ viewer { login } }")).await;
        assert_eq!(socket.closed().await, 4401);
        let mut socket = operator(&app).await;
        socket.send(json!({ "type": "connection_init" })).await;
        assert_eq!(socket.closed().await, 4429);
    }

    async fn an_id_belongs_to_one_operation(app: App) {
        let mut socket = operator(&app).await;
        socket.subscribe("1", "subscription { changes { cursor } }", json!({})).await;
        socket.send(subscribe("1", "subscription { changes { cursor } }")).await;
        assert_eq!(socket.closed().await, 4409);
    }

    async fn a_document_that_is_wrong_is_an_error_of_its_operation(app: App) {
        let mut socket = operator(&app).await;
        for (at, document) in [
            "{",
            "{ nothing }",
            "subscription { changes(since: 5) { cursor } }",
            "subscription { changes { nothing } }",
        ]
        .iter()
        .enumerate()
        {
            socket.send(subscribe(&at.to_string(), document)).await;
            let message = socket.message().await;
            assert_eq!(
                (&message["type"], &message["id"]),
                (&json!("error"), &json!(at.to_string())),
                "{document}: {message}"
            );
            assert_eq!(message["payload"][0]["extensions"]["code"], "BAD_REQUEST", "{document}: {message}");
        }
        // The socket goes on.
        socket.send(subscribe("1", "{ viewer { login } }")).await;
        assert_eq!(socket.message().await["payload"]["data"]["viewer"]["login"], "root");
    }

    async fn credentials_come_in_the_payload_or_in_the_upgrade(app: App) {
        let who = async |socket: &mut Socket| {
            socket.send(subscribe("who", "{ viewer { login } }")).await;
            let message = socket.message().await;
            message["payload"]["data"]["viewer"]["login"].clone()
        };
        for key in ["Authorization", "authorization", "AUTHORIZATION"] {
            let mut socket = open(&app).await;
            socket.init(json!({ (key): basic("root", PASSWORD) })).await;
            assert_eq!(who(&mut socket).await, "root", "{key}");
        }
        let mut socket =
            Socket::open(app.address(), &headers(&[("authorization", &basic("root", PASSWORD))]))
                .await
                .expect("a socket");
        socket.init(Value::Null).await;
        assert_eq!(who(&mut socket).await, "root");
        // What the payload says wins.
        app.user("acme.example", "bob").await;
        let mut socket =
            Socket::open(app.address(), &headers(&[("authorization", &basic("root", PASSWORD))]))
                .await
                .expect("a socket");
        socket.init(json!({ "Authorization": basic("bob@acme.example", PASSWORD) })).await;
        assert_eq!(who(&mut socket).await, "bob");
        for wrong in [basic("root", "wrong"), "Bearer x".to_owned(), "nonsense".to_owned(), String::new()] {
            let mut socket = open(&app).await;
            socket.send(json!({ "type": "connection_init", "payload": { "Authorization": wrong } })).await;
            assert_eq!(socket.closed().await, 4403, "{wrong}");
            if !wrong.is_empty() {
                let refused = Socket::open(app.address(), &headers(&[("authorization", &wrong)])).await;
                assert_eq!(refused.err(), Some(401), "{wrong}");
            }
        }
        let mut socket = open(&app).await;
        socket.send(json!({ "type": "connection_init", "payload": { "Authorization": 5 } })).await;
        assert_eq!(socket.closed().await, 4403);
        // Nobody may connect and ask what nobody may ask.
        let mut socket = open(&app).await;
        socket.init(Value::Null).await;
        socket.send(subscribe("1", "{ __typename }")).await;
        assert_eq!(socket.message().await["payload"]["data"]["__typename"], "Query");
    }

    async fn a_page_of_another_site_gets_no_socket(app: App) {
        let address = app.address().to_string();
        let port = app.address().port().to_string();
        let own = format!("http://{address}");
        Socket::open(app.address(), &headers(&[("origin", &own)])).await.expect("a socket for its own page");
        for origin in [
            "http://evil.example",
            "null",
            "https://127.0.0.1",
            &format!("http://127.0.0.1.evil.example:{port}"),
            &format!("http://evil.example/{address}"),
            "",
        ] {
            let refused = Socket::open(app.address(), &headers(&[("origin", origin)])).await;
            assert_eq!(refused.err(), Some(403), "{origin}");
        }
        let good = headers(&[("origin", "http://evil.example"), ("authorization", &basic("root", PASSWORD))]);
        assert_eq!(Socket::open(app.address(), &good).await.err(), Some(403));
    }

    async fn another_sub_protocol_is_not_spoken(app: App) {
        for protocol in [None, Some("graphql-ws"), Some("chat")] {
            let mut headers = HeaderMap::new();
            if let Some(protocol) = protocol {
                headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocol));
            }
            match Socket::try_open(app.address(), &headers).await {
                // A client that asked for one may refuse an answer without it.
                Err(status) => assert!(status == 0 || status == 400, "{protocol:?}: {status}"),
                Ok(mut socket) => assert_eq!(socket.closed().await, 4406, "{protocol:?}"),
            }
        }
    }

    async fn a_socket_runs_a_hundred_operations_and_no_more(app: App) {
        let mut socket = operator(&app).await;
        for at in 0..100 {
            socket.send(subscribe(&format!("s{at}"), "subscription { tenantChanged { event } }")).await;
        }
        socket.send(subscribe("one more", "subscription { tenantChanged { event } }")).await;
        let message = socket.message().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("one more")), "{message}");
        socket.send(json!({ "type": "complete", "id": "s0" })).await;
        socket.subscribe("another", "subscription { tenantChanged { event } }", json!({})).await;
        app.tenant("acme.example").await;
        let mut heard = std::collections::BTreeSet::new();
        while heard.len() < 100 {
            let message = socket.message().await;
            assert_eq!(message["type"], "next", "{message}");
            assert!(heard.insert(message["id"].to_string()), "{message} twice");
        }
        assert!(!heard.contains("\"s0\"") && heard.contains("\"another\""));
    }

    async fn many_messages_at_once_are_all_answered(app: App) {
        let mut socket = operator(&app).await;
        for at in 0..500 {
            socket.send(json!({ "type": "ping", "payload": { "at": at } })).await;
        }
        for at in 0..500 {
            assert_eq!(socket.message().await, json!({ "type": "pong", "payload": { "at": at } }));
        }
    }

    async fn what_is_too_much_is_refused_over_a_socket_too(app: App) {
        let mut socket = operator(&app).await;
        let aliases: String = (0..101).map(|at| format!("a{at}: __typename ")).collect();
        socket.send(subscribe("1", &format!("{{ {aliases} }}"))).await;
        assert_eq!(socket.message().await["type"], "error");
        // A message beyond the size of a body.
        let mut socket = operator(&app).await;
        let large = json!({ "type": "ping", "payload": { "x": "x".repeat(2 << 20) } });
        // The server may close before it has all of it.
        let _ = socket.try_send_raw(Message::text(large.to_string())).await;
        let code = socket.closed().await;
        assert!(matches!(code, 1006 | 1009 | 4400), "a large message: {code}");
    }
}
