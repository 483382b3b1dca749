//! What was acknowledged stays, what was not is not there by halves, and writers do not hurt each other.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    app::{App, Setup},
    http::PATIENCE,
    process::Process,
    store::Store,
};

/// Waits until so many are done.
async fn reached(done: &AtomicUsize, count: usize) {
    let reached = async {
        while done.load(Ordering::SeqCst) < count {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    // Each of them is on the disk.
    tokio::time::timeout(2 * PATIENCE, reached).await.expect("progress");
}

/// A server on which many may write at once, however slow it is.
async fn patient(mut setup: Setup) -> App {
    setup.config.limits.seconds = 120;
    setup.start().await
}

/// The same as a process of its own.
async fn patient_process(store: &Store) -> Arc<Process> {
    std::fs::write(store.folder.join("switchboard.toml"), "[limits]\nseconds = 120\n").expect("a file");
    Arc::new(Process::start(store).await)
}

both! {
    /// The power cut: twenty clients write until the server is gone.
    async fn what_was_acknowledged_outlives_the_server(setup: Setup) {
        let store = setup.store;
        let server = patient_process(&store).await;
        let done = Arc::new(AtomicUsize::new(0));
        let mut clients = JoinSet::new();
        for client in 0..20 {
            let (server, done) = (server.clone(), done.clone());
            clients.spawn(async move {
                let mut acknowledged = Vec::new();
                for turn in 0.. {
                    let number = format!("4930{client:02}{turn:09}");
                    let query = format!("mutation {{ phoneNumberCreate(input: {{ number: \"{number}\" }}) {{ phoneNumber {{ id }} userErrors {{ code }} }} }}");
                    let Some(reply) = server.send("POST", "/graphql", json!({ "query": query })).await else { break };
                    assert_eq!(reply.status, 200, "{reply:?}");
                    let answer = reply.json();
                    if answer["data"]["phoneNumberCreate"]["phoneNumber"]["id"].is_string() {
                        acknowledged.push(number);
                        done.fetch_add(1, Ordering::SeqCst);
                    } else {
                        panic!("{answer}");
                    }
                }
                acknowledged
            });
        }
        // In the middle of it, not before the first, and there is no last.
        reached(&done, 300).await;
        server.signal("KILL").await;
        let acknowledged: BTreeSet<String> = clients.join_all().await.into_iter().flatten().collect();
        assert!(acknowledged.len() >= 300);
        Arc::into_inner(server).expect("the only one").kill().await;
        store.quiet().await;

        let server = Process::start(&store).await;
        let rows = store.number("SELECT count(*) FROM phone_number").await;
        let announced = "SELECT count(*) FROM change WHERE kind = 'phone_number' AND event = 'CREATED'";
        assert_eq!(store.number(announced).await, rows, "rows and their changes");
        let paired = "SELECT count(*) FROM phone_number JOIN change ON change.kind = 'phone_number' \
                      AND change.row_id = phone_number.id AND change.event = 'CREATED'";
        assert_eq!(store.number(paired).await, rows);
        let numbers: Vec<_> = acknowledged.iter().map(|number| format!("'{number}'")).collect();
        let kept = format!("SELECT count(*) FROM phone_number WHERE number IN ({})", numbers.join(","));
        assert_eq!(
            store.number(&kept).await,
            i64::try_from(acknowledged.len()).expect("a number"),
            "acknowledged and lost"
        );
        // And it works again.
        let answer = server.gql("{ phoneNumbers(first: 1) { totalCount } }").await.expect("an answer");
        assert_eq!(answer["data"]["phoneNumbers"]["totalCount"], rows);
        server.kill().await;
    }

    async fn two_hundred_writers_at_once_all_succeed(setup: Setup) {
        let app = patient(setup).await;
        let operator = app.operator().await;
        operator.gql("{ viewer { login } }", json!({})).await.data(); // remembered from here on
        let mut writers = JoinSet::new();
        for writer in 0..200 {
            let operator = operator.clone();
            writers.spawn(async move {
                let number = json!({ "number": format!("4930{writer:04}") });
                let made = operator.mutate("phoneNumberCreate", number, "phoneNumber { id }").await;
                (made.status, made.code().map(str::to_owned), made.json.to_string())
            });
        }
        for (status, code, text) in writers.join_all().await {
            assert_eq!((status, code), (200, None), "{text}");
            assert!(!text.contains("locked"), "{text}");
        }
        assert_eq!(app.store.number("SELECT count(*) FROM phone_number").await, 200);
    }

    async fn of_many_who_want_the_same_one_gets_it(setup: Setup) {
        let app = patient(setup).await;
        let operator = app.operator().await;
        operator.gql("{ viewer { login } }", json!({})).await.data();
        let mut writers = JoinSet::new();
        for _ in 0..40 {
            let operator = operator.clone();
            writers.spawn(async move {
                let made = operator
                    .mutate("tenantCreate", json!({ "domain": "acme.example" }), "tenant { id }")
                    .await;
                made.code().map(str::to_owned)
            });
        }
        let codes = writers.join_all().await;
        assert_eq!(codes.iter().filter(|code| code.is_none()).count(), 1, "{codes:?}");
        assert_eq!(codes.iter().filter(|code| code.as_deref() == Some("TAKEN")).count(), 39, "{codes:?}");
        assert_eq!(app.store.number("SELECT count(*) FROM change WHERE kind = 'tenant'").await, 1);
    }

    async fn of_many_who_saw_the_same_version_one_writes(setup: Setup) {
        let app = patient(setup).await;
        let operator = app.operator().await;
        let tenant = app.tenant("acme.example").await;
        let mut writers = JoinSet::new();
        for writer in 0..20 {
            let (operator, id) = (operator.clone(), tenant.id.to_string());
            writers.spawn(async move {
                let input = json!({ "id": id, "expectedVersion": 1, "name": format!("Name {writer}") });
                operator.mutate("tenantUpdate", input, "tenant { id }").await.code().map(str::to_owned)
            });
        }
        let codes = writers.join_all().await;
        assert_eq!(codes.iter().filter(|code| code.is_none()).count(), 1, "{codes:?}");
        assert_eq!(codes.iter().filter(|code| code.as_deref() == Some("CONFLICT")).count(), 19, "{codes:?}");
    }

    async fn of_many_who_name_no_version_everybody_writes(setup: Setup) {
        let app = patient(setup).await;
        let operator = app.operator().await;
        let tenant = app.tenant("acme.example").await;
        let input = json!({ "tenantId": tenant.id.to_string(), "number": "100", "type": "PHONE" });
        let made = operator.mutate("extensionCreate", input, "extension { id }").await;
        let id = made.ok()["extension"]["id"].clone();
        let mut writers = JoinSet::new();
        for writer in 0..40 {
            let (operator, id) = (operator.clone(), id.clone());
            writers.spawn(async move {
                let field = ["label", "callerIdName", "callerNumber", "extraParams"][writer % 4];
                let input = json!({ "id": id, (field): format!("49301{writer}") });
                let changed = operator.mutate("extensionUpdate", input, "extension { version }").await;
                changed.ok()["extension"]["version"].as_i64()
            });
        }
        let mut versions = writers.join_all().await;
        versions.sort_unstable();
        // Each saw what the one before it had written, and nobody's field was lost.
        assert_eq!(versions, (2..42).map(Some).collect::<Vec<_>>());
        let row = operator.gql("query($id: ID!) { extension(id: $id) { version label callerIdName callerNumber extraParams } }", json!({ "id": id })).await;
        let row = row["extension"].as_object().expect("a row");
        assert!(row.values().all(|value| !value.is_null()), "{row:?}");
        let lines = "SELECT count(DISTINCT version) FROM change WHERE kind = 'extension' AND event = 'UPDATED'";
        assert_eq!(app.store.number(lines).await, 40);
    }

    async fn what_is_no_change_goes_along_with_what_is_one(setup: Setup) {
        let app = setup.start().await;
        let operator = app.operator().await;
        let id = app.tenant("acme.example").await.id.to_string();
        // Rules bring it into the form that is stored already.
        let input = json!({ "id": id, "domain": "ACME.example", "name": "Acme" });
        let changed = operator.mutate("tenantUpdate", input.clone(), "tenant { version domain name }").await;
        let expected = json!({ "version": 2, "domain": "acme.example", "name": "Acme" });
        assert_eq!(changed.ok()["tenant"], expected);
        let mut again = input;
        again["name"] = json!("Acme Ltd");
        let changed = operator.mutate("tenantUpdate", again, "tenant { version domain name }").await;
        let expected = json!({ "version": 3, "domain": "acme.example", "name": "Acme Ltd" });
        assert_eq!(changed.ok()["tenant"], expected);
        // And a secret that is what it was.
        let gateway = json!({ "name": "a", "host": "a.example", "authorizationPassword": "first" });
        let made = operator.mutate("gatewayCreate", gateway, "gateway { id }").await;
        let same = json!({ "id": made.ok()["gateway"]["id"], "name": "b", "authorizationPassword": "first" });
        let changed = operator.mutate("gatewayUpdate", same, "gateway { version name hasAuthorizationPassword }").await;
        let expected = json!({ "version": 2, "name": "b", "hasAuthorizationPassword": true });
        assert_eq!(changed.ok()["gateway"], expected);
    }

    async fn a_rule_and_a_write_that_would_break_it_do_not_pass_each_other(setup: Setup) {
        let app = patient(setup).await;
        let operator = app.operator().await;
        for round in 0..20 {
            let id = app.tenant(&format!("t{round}.example")).await.id.to_string();
            let digits = |digits: i32| json!({ "id": id, "extDigits": digits });
            operator.mutate("tenantUpdate", digits(5), "tenant { id }").await.ok();
            let long = json!({ "tenantId": id, "number": "12345", "type": "PHONE" });
            let shrink = operator.mutate("tenantUpdate", digits(4), "tenant { id }");
            let make = operator.mutate("extensionCreate", long, "extension { id }");
            let (shrunk, made) = tokio::join!(shrink, make);
            assert_eq!([shrunk, made].iter().filter(|answer| answer.code().is_none()).count(), 1, "round {round}");
        }
    }

    async fn writes_of_a_whole_employee_are_all_or_nothing(setup: Setup) {
        let store = setup.store;
        let server = patient_process(&store).await;
        server
            .send("POST", "/sys/boss/v1/domains/acme.example", json!({}))
            .await
            .expect("an answer")
            .expect(201);
        let long = "mutation { tenantUpdate(input: { id: \"tenant_1\", extDigits: 5 }) { userErrors { code } } }";
        let answer = server.gql(long).await.expect("an answer");
        assert_eq!(answer["data"]["tenantUpdate"]["userErrors"], json!([]), "{answer}");
        let done = Arc::new(AtomicUsize::new(0));
        let mut clients = JoinSet::new();
        for client in 1..9 {
            let (server, done) = (server.clone(), done.clone());
            clients.spawn(async move {
                for turn in 0..10_000 {
                    let number = client * 10_000 + turn;
                    let body = json!({ "realName": "Bob", "extension": number.to_string(), "SIPPassword": "abc123" });
                    let path = format!("/sys/boss/v1/domains/acme.example/users/bob{number}");
                    let Some(reply) = server.send("POST", &path, body).await else { break };
                    reply.expect(201);
                    done.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        reached(&done, 60).await;
        server.signal("KILL").await;
        clients.join_all().await;
        Arc::into_inner(server).expect("the only one").kill().await;
        store.quiet().await;
        let server = Process::start(&store).await;
        let users = store.number("SELECT count(*) FROM \"user\" WHERE tenant_id IS NOT NULL").await;
        assert!(users >= 60);
        for table in ["extension", "sip_account"] {
            assert_eq!(store.number(&format!("SELECT count(*) FROM {table}")).await, users, "{table}");
        }
        let announced = "SELECT count(*) FROM change WHERE event = 'CREATED' AND kind IN ('user', 'extension', 'sip_account') AND tenant_id IS NOT NULL";
        assert_eq!(store.number(announced).await, 3 * users);
        server.kill().await;
    }
}
