//! The program from its start to its end: what it needs, how it listens and how it stops.

use std::{sync::Arc, time::Duration};

use axum::http::HeaderMap;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore},
};

use crate::{
    app::{PASSWORD, Setup},
    http::{PATIENCE, Payload},
    process::{self, Process},
    socket::Socket,
    store::Backend,
};

both! {
    async fn a_start_applies_what_is_pending_and_ends_in_order(setup: Setup) {
        let store = setup.store;
        let (good, said, errors) = process::output(&store, &["migrate"]).await;
        assert!(good, "{said}{errors}");
        let server = Process::start(&store).await;
        let answer = server.gql("{ viewer { login } }").await.expect("an answer");
        assert_eq!(answer["data"]["viewer"]["login"], "root");
        server.signal("TERM").await;
        // By itself and in time; a signal that nobody heeds has no code.
        let (code, _, log) = server.end().await;
        assert_eq!(code, Some(0), "{log}");
        // A second start finds everything as it was, and makes no second operator.
        let server = Process::start(&store).await;
        assert_eq!(store.number("SELECT count(*) FROM \"user\"").await, 1);
        server.kill().await;
    }

    async fn a_socket_is_told_of_the_end(setup: Setup) {
        let server = Process::start(&setup.store).await;
        let mut socket = Socket::open(server.http.address, &HeaderMap::new()).await.expect("a socket");
        let basic = BASE64_STANDARD.encode(format!("root:{PASSWORD}"));
        socket.init(json!({ "Authorization": format!("Basic {basic}") })).await;
        socket.subscribe("1", "subscription { tenantChanged { event } }", json!({})).await;
        server.signal("TERM").await;
        assert_eq!(socket.closed().await, 1001);
        let (code, _, log) = server.end().await;
        assert_eq!(code, Some(0), "{log}");
    }

    async fn two_servers_start_at_once(setup: Setup) {
        let store = setup.store;
        if store.backend == Backend::Sqlite {
            return; // one process is all that it may have
        }
        let (one, two) = tokio::join!(Process::start(&store), Process::start(&store));
        assert_eq!(store.number("SELECT count(*) FROM \"user\"").await, 1);
        // What one writes, the subscribers of the other hear.
        let headers = HeaderMap::new();
        let mut socket = Socket::open(two.http.address, &headers).await.expect("a socket");
        let basic = BASE64_STANDARD.encode(format!("root:{PASSWORD}"));
        socket.init(json!({ "Authorization": format!("Basic {basic}") })).await;
        socket.subscribe("1", "subscription { tenantChanged { event node { domain } } }", json!({})).await;
        one.send("POST", "/sys/boss/v1/domains/acme.example", Payload::Nothing)
            .await
            .expect("an answer")
            .expect(201);
        let message = socket.message().await;
        assert_eq!(message["payload"]["data"]["tenantChanged"]["node"]["domain"], "acme.example");
    }
}

once! {
    async fn with_a_certificate_it_speaks_tls(setup: Setup) {
        let mut setup = setup;
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let (cert, key) = (setup.store.folder.join("cert.pem"), setup.store.folder.join("key.pem"));
        std::fs::write(&cert, made.cert.pem()).expect("the certificate");
        std::fs::write(&key, made.signing_key.serialize_pem()).expect("the key");
        (setup.config.tls_cert, setup.config.tls_key) = (Some(cert), Some(key));
        let app = setup.start().await;
        let mut trusted = RootCertStore::empty();
        trusted.add(made.cert.der().clone()).expect("a trusted certificate");
        let config = ClientConfig::builder()
            .with_root_certificates(trusted)
            .with_no_client_auth();
        let stream = TcpStream::connect(app.address()).await.expect("a connection");
        let connector = TlsConnector::from(Arc::new(config));
        let name = "localhost".try_into().expect("a name");
        let mut stream = connector.connect(name, stream).await.expect("a certificate for this name");
        let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await.expect("a request");
        let mut answer = String::new();
        // The end may come without the word for it.
        let _ = stream.read_to_string(&mut answer).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("ok"), "{answer}");
    }

    async fn a_request_under_way_is_answered_before_the_end(setup: Setup) {
        let store = setup.store;
        let server = Process::start(&store).await;
        // A body that is still on its way when the signal comes.
        let mut stream = TcpStream::connect(server.http.address).await.expect("a connection");
        let body = json!({ "query": "{ __typename }" }).to_string();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.expect("the head");
        stream.write_all(&body.as_bytes()[..5]).await.expect("a part of the body");
        stream.flush().await.expect("a part of the body");
        // The server has the connection: another request on a later one is answered.
        server.gql("{ __typename }").await.expect("an answer");
        server.signal("TERM").await;
        // It takes no more from some time on, and then waits a few seconds only: the rest comes at once.
        let closed = async {
            while TcpStream::connect(server.http.address).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, closed).await.expect("a closed door");
        stream.write_all(&body.as_bytes()[5..]).await.expect("the rest");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let (code, _, log) = server.end().await;
        assert_eq!(code, Some(0), "{log}");
    }

    async fn the_program_says_what_is_wrong_and_keeps_secrets(setup: Setup) {
        let store = setup.store;
        let (good, said, errors) = process::output(&store, &["--listen", "nowhere", "serve"]).await;
        assert!(!good && errors.contains("listen"), "{said}{errors}");
        let (good, _, errors) = process::output(&store, &["--login-attempts", "many", "check"]).await;
        assert!(!good && errors.contains("many"), "{errors}");
        let (good, said, _) = process::output(&store, &["schema"]).await;
        assert!(good && said == schema::sdl());
        let (good, said, _) = process::output(&store, &["policy"]).await;
        assert!(good && said == service::policy());
        for (api, _) in switchboard::compat::operations() {
            let (good, said, _) = process::output(&store, &["openapi", api]).await;
            assert!(good && serde_json::from_str::<Value>(&said).is_ok(), "{api}");
        }
        let (good, said, errors) = process::output(&store, &["admin", "create", "--login", "second"]).await;
        assert!(good && said.contains("second") && said.contains("Password"), "{said}{errors}");
        assert!(process::is_private(&store.folder.join("data")));
        assert!(process::is_private(&store.folder.join("data/master.key")));
        let (good, said, errors) = process::output(&store, &["check"]).await;
        assert!(good, "{said}{errors}");
    }
}
