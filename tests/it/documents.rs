//! Documents that are kept, named by their hashes, or listed as the only ones that may run.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    app::{Actor, App, Setup},
    http::Reply,
    process,
};

const VIEWER: &str = "{ viewer { login } }";

fn hash_of(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn persisted(text: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash_of(text) } })
}

fn code(reply: &Reply) -> String {
    reply.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
}

/// A request as part of a path.
fn in_query(parts: &[(&str, &str)]) -> String {
    let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(parts).finish();
    format!("/graphql?{query}")
}

/// Whether the document of a request was known before.
async fn is_known(actor: &Actor, query: &str) -> bool {
    let body = json!({ "query": query, "extensions": { "cost": true } });
    let reply = actor.post("/graphql", body).await.expect(200);
    reply.json()["extensions"]["cost"]["documentKnown"].as_bool().expect("whether it was known")
}

once! {
    async fn a_known_document_is_answered_as_an_unknown_one(app: App) {
        let operator = app.operator().await.with("accept", "application/graphql-response+json");
        let tenant = app.tenant("acme.example").await.id.number();
        let by_filter = "query($d: String) { tenants(filter: { domain: { eq: $d } }) { nodes { domain } } }";
        let beside = "query($d: String) { tenants(filter: { domain: { eq: $d, nothing: 1 } }) { totalCount } }";
        let two = "query A($i: ID!) { node(id: $i) { id } } query B($n: Int) { tenants(first: $n) { totalCount } }";
        let create = "mutation($i: GatewayCreateInput!) { gatewayCreate(input: $i) { gateway { name } userErrors { code field } } }";
        let skip = "query($s: Boolean!) { viewer @skip(if: $s) { login } __typename }";
        let order = "query($o: [TenantOrder!]) { tenants(orderBy: $o) { nodes { domain } } }";
        let battery = [
            (VIEWER, None, json!({})),
            (VIEWER, Some("A"), json!({})),
            (VIEWER, Some(""), json!({ "unused": [1, { "a": null }] })),
            ("{", None, json!({})),
            ("{ nothing }", None, json!({})),
            ("query($a: Nothing) { viewer { login } }", None, json!({})),
            (by_filter, None, json!({ "d": "acme.example" })),
            (by_filter, None, json!({ "d": null })),
            (by_filter, None, json!({})),
            (by_filter, None, json!({ "d": 5 })),
            (by_filter, None, json!({ "d": ["acme.example"] })),
            (beside, None, json!({})),
            (beside, None, json!({ "d": "acme.example" })),
            (two, None, json!({})),
            (two, Some("C"), json!({})),
            (two, Some("A"), json!({ "i": format!("tenant_{tenant}") })),
            (two, Some("A"), json!({ "i": format!("tenant_{tenant}"), "n": "x" })),
            (two, Some("A"), json!({ "i": null })),
            (two, Some("A"), json!({ "i": "nothing_1" })),
            (two, Some("A"), json!({ "i": true })),
            (two, Some("B"), json!({ "n": 1 })),
            (two, Some("B"), json!({ "n": 1.5 })),
            (two, Some("B"), json!({ "n": 201 })),
            (two, Some("B"), json!({ "n": -1 })),
            (create, None, json!({})),
            (create, None, json!({ "i": {} })),
            (create, None, json!({ "i": "a" })),
            (create, None, json!({ "i": { "name": "a" } })),
            (create, None, json!({ "i": { "name": "", "host": "a.example" } })),
            (create, None, json!({ "i": { "name": "a", "host": "a.example", "nothing": 1 } })),
            (create, None, json!({ "i": { "name": "a", "host": "a.example", "rules": [{ "nothing": 1 }] } })),
            (create, None, json!({ "i": { "name": { "a": 1 }, "host": "a.example" } })),
            (skip, None, json!({ "s": true })),
            (skip, None, json!({ "s": false })),
            (skip, None, json!({ "s": "true" })),
            (skip, None, json!({})),
            (order, None, json!({ "o": [{ "field": "DOMAIN", "direction": "DESC" }] })),
            (order, None, json!({ "o": { "field": "DOMAIN", "direction": "DESC" } })),
            (order, None, json!({ "o": [{ "field": "NOTHING", "direction": "DESC" }] })),
            (order, None, json!({ "o": [{ "field": 5, "direction": "DESC" }] })),
            (order, None, json!({ "o": [null] })),
            (order, None, json!({ "o": [] })),
            ("query($n: Int = 1) { tenants(first: $n) { totalCount } }", None, json!({ "n": null })),
            ("query($t: [ID!]!) { nodes(ids: $t) { id } }", None, json!({ "t": format!("tenant_{tenant}") })),
            ("query($t: [ID!]!) { nodes(ids: $t) { id } }", None, json!({ "t": [null] })),
            ("subscription { changes { event } }", None, json!({})),
        ];
        let mut firsts = Vec::new();
        for _ in 0..2 {
            for (at, (query, name, variables)) in battery.iter().enumerate() {
                let body = json!({ "query": query, "operationName": name, "variables": variables });
                let reply = operator.post("/graphql", body).await;
                assert!(matches!(reply.status, 200 | 400), "{query} {variables}: {reply:?}");
                let said = (reply.status, reply.text().to_owned());
                match firsts.get(at) {
                    None => firsts.push(said),
                    Some(first) => assert_eq!(*first, said, "{query} {variables}"),
                }
            }
        }
        // In the same way, whatever the variables of the first request were.
        let answer = operator.gql(beside, json!({ "d": "acme.example" })).await;
        assert_eq!(answer.code(), Some("BAD_REQUEST"), "{}", answer.json);
        let refused: Vec<_> = battery.iter().zip(&firsts).filter(|(_, said)| said.0 == 400).map(|(one, _)| one.0).collect();
        assert_eq!(refused.iter().filter(|query| **query == create).count(), 7, "{refused:?}");
        assert_eq!(refused.iter().filter(|query| **query == skip).count(), 2, "{refused:?}");
        assert_eq!(app.store.number("SELECT count(*) FROM gateway").await, 0);
    }

    async fn documents_of_visitors_are_kept_apart(app: App) {
        let (operator, anon) = (app.operator().await, app.anon());
        assert!(!is_known(&operator, "{ a: __typename }").await);
        assert!(is_known(&operator, "{ a: __typename }").await);
        assert!(is_known(&anon, "{ a: __typename }").await, "what an account has sent, all may name");
        for at in 0..400 {
            assert!(!is_known(&anon, &format!("{{ b{at}: __typename }}")).await);
        }
        assert!(is_known(&operator, "{ a: __typename }").await);
        // What is not valid is not kept.
        let wrong = "{ nothing }";
        assert_eq!(operator.gql(wrong, json!({})).await.code(), Some("BAD_REQUEST"));
        let reply = operator.post("/graphql", json!({ "extensions": persisted(wrong) })).await.expect(200);
        assert_eq!(code(&reply), "PERSISTED_QUERY_NOT_FOUND");
    }

    async fn a_query_is_sent_once_and_named_then(app: App) {
        let operator = app.operator().await;
        let expected = json!({ "data": { "viewer": { "login": "root" } } });
        let named = persisted(VIEWER).to_string();
        for accept in ["application/json", "application/graphql-response+json"] {
            let operator = operator.with("accept", accept);
            for text in [VIEWER, "{ viewer { role } }"] {
                let text = format!("{text} # {accept}");
                let extensions = persisted(&text);
                let unknown = operator.post("/graphql", json!({ "extensions": extensions })).await.expect(200);
                assert_eq!(unknown.json()["errors"][0]["message"], "PersistedQueryNotFound");
                assert_eq!(code(&unknown), "PERSISTED_QUERY_NOT_FOUND");
                assert!(unknown.json().get("data").is_none(), "{unknown:?}");
                let unknown = operator.get(&in_query(&[("extensions", &extensions.to_string())])).await.expect(200);
                assert_eq!(code(&unknown), "PERSISTED_QUERY_NOT_FOUND");
                let full = operator.post("/graphql", json!({ "query": text, "extensions": extensions })).await;
                let named = operator.post("/graphql", json!({ "extensions": extensions })).await.expect(200);
                assert_eq!(full.expect(200).json(), named.json());
            }
        }
        // By GET, which caches between may keep.
        let full = in_query(&[("query", VIEWER), ("extensions", &named)]);
        assert_eq!(operator.get(&full).await.expect(200).json(), expected);
        assert_eq!(operator.get(&in_query(&[("extensions", &named)])).await.expect(200).json(), expected);
        // Also as the identifier of a document.
        let id = format!("sha256:{}", hash_of(VIEWER));
        assert_eq!(operator.post("/graphql", json!({ "documentId": id })).await.expect(200).json(), expected);
        assert_eq!(code(&operator.post("/graphql", json!({ "documentId": "viewer" })).await), "PERSISTED_QUERY_NOT_FOUND");
    }

    async fn a_hash_is_that_of_the_query(app: App) {
        let operator = app.operator().await;
        let body = json!({ "query": "{ __typename }", "extensions": persisted(VIEWER) });
        let reply = operator.post("/graphql", body).await.expect(400);
        assert_eq!(reply.json()["errors"][0]["message"], "provided sha does not match query");
        assert_eq!(code(&reply), "BAD_REQUEST");
        let other = json!({ "extensions": { "persistedQuery": { "version": 2, "sha256Hash": hash_of(VIEWER) } } });
        let reply = operator.post("/graphql", other).await.expect(200);
        assert_eq!(reply.json()["errors"][0]["message"], "PersistedQueryNotSupported");
        assert_eq!(code(&reply), "PERSISTED_QUERY_NOT_SUPPORTED");
        for hash in [json!(null), json!("x"), json!(5), json!(format!("{}é", "0".repeat(62)))] {
            let body = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } });
            assert_eq!(code(&operator.post("/graphql", body).await.expect(400)), "BAD_REQUEST", "{hash}");
        }
    }

    async fn a_socket_takes_names_of_queries_too(app: App) {
        let mut socket = app.operator().await.socket().await.expect("a socket");
        socket.init(Value::Null).await;
        let mut answers = Vec::new();
        for (id, payload) in [
            ("1", json!({ "extensions": persisted(VIEWER) })),
            ("2", json!({ "query": VIEWER, "extensions": persisted(VIEWER) })),
            ("3", json!({ "extensions": persisted(VIEWER) })),
        ] {
            socket.send(json!({ "type": "subscribe", "id": id, "payload": payload })).await;
            answers.push(socket.message().await);
            if id != "1" {
                assert_eq!(socket.message().await["type"], "complete");
            }
        }
        assert_eq!(answers[0]["payload"][0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND", "{answers:?}");
        assert_eq!(answers[1]["payload"]["data"]["viewer"]["login"], "root", "{answers:?}");
        assert_eq!(answers[2]["payload"], answers[1]["payload"]);
    }

    async fn only_what_is_listed_runs(setup: Setup) {
        let mut setup = setup;
        let list = setup.store.folder.join("persisted-documents.json");
        let logins = "query Logins { viewer { login } }";
        let documents = json!({ "logins": logins, hash_of("renamed"): "query Roles { viewer { role } }" });
        std::fs::write(&list, documents.to_string()).expect("a list");
        setup.config.graphql.documents = Some(list);
        let app = setup.start().await;
        let operator = app.operator().await;
        let expected = json!({ "data": { "viewer": { "login": "root" } } });
        for body in [
            json!({ "query": logins }),
            json!({ "documentId": "logins" }),
            json!({ "doc_id": "logins", "variables": {} }),
            json!({ "id": "logins" }),
            json!({ "extensions": persisted(logins) }),
            json!({ "documentId": format!("sha256:{}", hash_of(logins)) }),
        ] {
            assert_eq!(operator.post("/graphql", body.clone()).await.expect(200).json(), expected, "{body}");
        }
        assert_eq!(operator.get("/graphql?documentId=logins").await.expect(200).json(), expected);
        let roles = json!({ "extensions": persisted("renamed") });
        assert_eq!(operator.post("/graphql", roles).await.expect(200).json()["data"]["viewer"]["role"], "OPERATOR");
        for body in [
            json!({ "query": VIEWER }),
            json!({ "query": VIEWER, "extensions": persisted(VIEWER) }),
            json!({ "query": "{ __schema { queryType { name } } }" }),
            json!({ "documentId": "others" }),
            json!({ "extensions": persisted(VIEWER) }),
        ] {
            for _ in 0..2 {
                let reply = operator.post("/graphql", body.clone()).await;
                assert_eq!(code(&reply), "PERSISTED_QUERY_NOT_FOUND", "{body}: {reply:?}");
            }
        }
        let mut socket = operator.socket().await.expect("a socket");
        socket.init(Value::Null).await;
        socket.subscribe("1", VIEWER, Value::Null).await;
        assert_eq!(socket.message().await["payload"][0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
        socket.subscribe("2", logins, Value::Null).await;
        assert_eq!(socket.message().await["payload"]["data"]["viewer"]["login"], "root");
        let reply = operator.with("accept", "text/event-stream").post("/graphql/stream", json!({ "query": VIEWER })).await;
        assert!(reply.text().contains("PERSISTED_QUERY_NOT_FOUND"), "{reply:?}");
    }

    async fn a_list_that_is_no_good_stops_the_start(setup: Setup) {
        let list = setup.store.folder.join("list.json");
        std::fs::write(setup.store.folder.join("switchboard.toml"), "[graphql]\ndocuments = \"list.json\"").expect("a file");
        let (good, told, _) = process::output(&setup.store, &["check"]).await;
        assert!(!good && told.contains("list.json cannot be read"), "{told}");
        for (text, word) in [
            ("[]", "no JSON object"),
            ("{\"a\":\"{\"}", "\"a\""),
            ("{\"b\":\"{ nothing }\"}", "Unknown field \"nothing\""),
        ] {
            std::fs::write(&list, text).expect("a list");
            let (good, told, _) = process::output(&setup.store, &["check"]).await;
            assert!(!good && told.contains(word), "{text}: {told}");
            let (good, _, log) = process::output(&setup.store, &["serve"]).await;
            assert!(!good && log.contains(word), "{text}: {log}");
        }
        std::fs::write(&list, json!({ "a": VIEWER }).to_string()).expect("a list");
        let (_, told, _) = process::output(&setup.store, &["check"]).await;
        assert!(told.contains("OK      documents: 1 may run, and no other"), "{told}");
    }
}
