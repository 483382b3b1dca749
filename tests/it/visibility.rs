//! A subscriber is shown what it would find by asking: what decides in memory about rows that all subscribers
//! share says the same as what narrows statements.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use entity::Kind;
use serde_json::{Value, json};

use crate::{
    app::{Actor, App},
    graph::Graph,
    samples::{make, one_of_each},
};

/// What an actor hears from the beginning until a change of a row: whether each row was shown at last.
async fn shown(actor: &Actor, last: &(String, i64)) -> BTreeMap<String, bool> {
    let beginning = BASE64_URL_SAFE_NO_PAD.encode("change:0:0");
    let query = "subscription($since: String) { changes(since: $since) { nodeId version node { id } } }";
    let mut stream = actor.subscribe(query, json!({ "since": beginning })).await;
    let mut shown = BTreeMap::new();
    loop {
        let event = stream.next().await;
        let id = event["nodeId"].as_str().expect("an id").to_owned();
        if !event["node"].is_null() {
            assert_eq!(event["node"]["id"], json!(id));
        }
        shown.insert(id.clone(), !event["node"].is_null());
        if (id, event["version"].as_i64().expect("a version")) == *last {
            return shown;
        }
    }
}

/// Renames a tenant: what its accounts hear last.
async fn rename(app: &App, domain: &str) -> (String, i64) {
    let input = json!({ "id": app.tenant(domain).await.id.to_string(), "name": "Last" });
    let renamed = app.operator().await.mutate("tenantUpdate", input, "tenant { id version }").await;
    let tenant = &renamed.ok()["tenant"];
    (tenant["id"].as_str().expect("an id").to_owned(), tenant["version"].as_i64().expect("a version"))
}

both! {
    async fn what_is_heard_is_what_is_found(app: App) {
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        one_of_each(&app, &graph, "acme.example", 1).await;
        one_of_each(&app, &graph, "beta.example", 2).await;
        app.gateway().await;
        app.telnum("49301234567", Some("acme.example")).await.expect(201);
        app.telnum("49301234568", None).await.expect(201);
        let (bob, carol) = (app.user("acme.example", "bob").await, app.user("acme.example", "carol").await);
        for user in [&bob, &carol] {
            make(user, Kind::ApiKey, json!({ "name": "Mine" })).await;
        }
        let (acme, beta) = (rename(&app, "acme.example").await, rename(&app, "beta.example").await);
        let all = shown(&operator, &beta).await;
        let actors = [
            ("operator", operator.clone(), &beta),
            ("reading operator", app.read_only_operator().await, &beta),
            ("administrator", app.tenant_admin("acme.example").await, &acme),
            ("user", bob, &acme),
            ("other administrator", app.tenant_admin("beta.example").await, &beta),
            ("other user", app.user("beta.example", "dave").await, &beta),
        ];
        for (name, actor, last) in actors {
            let heard = shown(&actor, last).await;
            let ids: Vec<_> = all.keys().cloned().collect();
            assert!(ids.len() <= 200, "one request");
            let found = actor.gql("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids })).await;
            for (id, node) in ids.iter().zip(found.data()["nodes"].as_array().expect("nodes")) {
                assert_eq!(heard.get(id).copied().unwrap_or_default(), !node.is_null(), "{name}: {id}");
            }
            let unheard = |id: &&String| !all.contains_key(*id);
            assert_eq!(heard.keys().find(unheard), None, "{name}");
        }
    }

    async fn an_operator_who_hears_one_tenant_alone_still_loses_its_rights(app: App) {
        let root = app.operator().await;
        let auditor = app.read_only_operator().await;
        let (acme, beta) = (app.tenant("acme.example").await.id, app.tenant("beta.example").await.id);
        let query = "subscription($tenant: ID) { changes(tenantId: $tenant) { nodeId } }";
        let mut stream = auditor.subscribe(query, json!({ "tenant": acme.to_string() })).await;
        let update = async |id: String| {
            root.mutate("tenantUpdate", json!({ "id": id, "name": "Another" }), "tenant { id }").await.ok();
        };
        update(beta.to_string()).await;
        update(acme.to_string()).await;
        assert_eq!(stream.next().await["nodeId"], json!(acme.to_string()));
        let found = root.gql("{ users(filter: { login: { eq: \"auditor\" } }) { nodes { id } } }", Value::Null).await;
        let id = found.data()["users"]["nodes"][0]["id"].clone();
        root.mutate("userUpdate", json!({ "id": id, "status": "BLOCKED" }), "user { id }").await.ok();
        assert_eq!(stream.0.closed().await, 4403);
    }
}
