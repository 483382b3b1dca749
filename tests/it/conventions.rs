//! What holds of every field, every operation and every kind, however many there will be.

use std::collections::BTreeMap;

use entity::Kind;
use serde_json::{Value, json};
use switchboard::compat::{Operation, operations};

use crate::{
    app::{Actor, App},
    graph::{Graph, field_name, type_name},
    http::is_success,
    samples::{Ids, one_of_each},
    socket::Heard,
};

/// The document and variables of every root field of one operation type.
fn documents(graph: &Graph, operation: &str, ids: &Ids) -> BTreeMap<String, (String, Value)> {
    let root = format!("{}{}", operation[..1].to_uppercase(), &operation[1..]);
    let fields = graph.fields(&root);
    fields.map(|field| (field.name().to_owned(), graph.document(operation, field, ids))).collect()
}

/// What the first message of a subscription says: a code, or the message itself.
async fn heard_of(actor: &Actor, query: &str, variables: Value) -> String {
    let mut stream = actor.subscribe(query, variables).await;
    match stream.0.try_hear().await {
        None => "nothing".to_owned(),
        Some(Heard::Closed(code)) => format!("closed with {code}"),
        Some(Heard::Message(message)) => {
            let errors = message["payload"].as_array().or(message["payload"]["errors"].as_array());
            let code = errors.and_then(|errors| errors.first()).map(|error| &error["extensions"]["code"]);
            code.and_then(Value::as_str).map_or_else(|| message.to_string(), str::to_owned)
        }
    }
}

both! {
    async fn every_root_field_is_refused_to_nobody(app: App) {
        let graph = Graph::of(&app.operator().await).await;
        let (anon, before) = (app.anon(), app.changes().await);
        let mut open = Vec::new();
        for operation in ["query", "mutation"] {
            for (field, (query, variables)) in documents(&graph, operation, &Ids::new()) {
                let answer = anon.gql(&query, variables).await;
                let tells = answer.json["data"]
                    .as_object()
                    .is_some_and(|data| data.values().any(|value| !value.is_null()));
                if answer.code() != Some("UNAUTHENTICATED") || tells {
                    open.push(format!("{operation} {field}: {}", answer.json));
                }
            }
        }
        for (field, (query, variables)) in documents(&graph, "subscription", &Ids::new()) {
            let said = heard_of(&anon, &query, variables).await;
            // Some clients send nothing but subscriptions, so the socket may end with the first.
            if !matches!(said.as_str(), "UNAUTHENTICATED" | "closed with 4403") {
                open.push(format!("subscription {field}: {said}"));
            }
        }
        assert!(open.is_empty(), "open to nobody:\n{}", open.join("\n"));
        assert_eq!(app.changes().await, before, "nobody wrote something");
    }

    async fn every_mutation_is_refused_to_who_may_only_read(app: App) {
        let graph = Graph::of(&app.operator().await).await;
        let ids = one_of_each(&app, &graph, "acme.example", 1).await;
        let auditor = app.read_only_operator().await;
        assert_eq!(auditor.gql("{ viewer { access } }", json!({})).await["viewer"]["access"], "READ_ONLY");
        let before = app.changes().await;
        let mut open = Vec::new();
        for (field, (query, variables)) in documents(&graph, "mutation", &ids) {
            let answer = auditor.gql(&query, variables).await;
            if answer.code() != Some("FORBIDDEN") {
                open.push(format!("{field}: {}", answer.json));
            }
        }
        assert!(open.is_empty(), "open to who may only read:\n{}", open.join("\n"));
        assert_eq!(app.changes().await, before, "who may only read wrote something");
    }

    async fn a_stranger_sees_and_changes_nothing_of_another_tenant(app: App) {
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        let ids = one_of_each(&app, &graph, "acme.example", 1).await;
        let stranger = app.stranger().await;
        let before = app.changes().await;
        let mut open = Vec::new();

        for (kind, id) in &ids {
            let query = "query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }";
            // The operator sees it, or this proves nothing.
            let seen = operator.gql(query, json!({ "id": id })).await;
            assert_eq!(seen["node"]["id"], json!(id), "{kind:?}");
            let asked = stranger.gql(query, json!({ "id": id })).await;
            let hidden = asked.json["data"]["node"].is_null() && asked.json["data"]["nodes"][0].is_null();
            if !hidden {
                open.push(format!("node {id}: {}", asked.json));
            }
            let list = graph.list(*kind).expect("a list").name().to_owned();
            let listed =
                stranger.gql(&format!("{{ {list}(first: 200) {{ nodes {{ id }} }} }}"), json!({})).await;
            if listed.json.to_string().contains(&format!("\"{id}\"")) {
                open.push(format!("{list}: {}", listed.json));
            }
        }
        for (field, (query, variables)) in documents(&graph, "query", &ids) {
            let asked = stranger.gql(&query, variables).await;
            let data = asked.json["data"][&field].clone();
            let harmless = data.is_null()
                || data["__typename"]
                    .as_str()
                    .is_some_and(|name| name.ends_with("Connection") || name == "Viewer");
            let nothing = data == json!([null]);
            if !harmless && !nothing {
                open.push(format!("query {field}: {}", asked.json));
            }
        }
        for (field, (query, variables)) in documents(&graph, "mutation", &ids) {
            let answer = stranger.gql(&query, variables.clone()).await;
            let names_a_row = variables.to_string().contains('_');
            if names_a_row && !matches!(answer.code(), Some("NOT_FOUND" | "FORBIDDEN")) {
                open.push(format!("mutation {field}({variables}): {}", answer.json));
            }
        }
        assert!(open.is_empty(), "open to a stranger:\n{}", open.join("\n"));
        let own = "SELECT count(*) FROM change WHERE tenant_id = (SELECT id FROM tenant WHERE domain = 'acme.example')";
        let all = app.store.number(own).await;
        assert!(all > 0);
        assert_eq!(
            app.changes().await - before,
            strangers_own(&app).await,
            "a stranger wrote to another tenant"
        );
    }

    async fn a_stranger_hears_nothing_of_another_tenant(app: App) {
        let graph = Graph::of(&app.operator().await).await;
        let tenant = app.tenant("acme.example").await;
        let stranger = app.stranger().await;
        let viewer = stranger.gql("{ viewer { id } }", json!({})).await["viewer"]["id"].clone();
        let mut streams = [
            stranger.subscribe("subscription { changes { nodeId } }", json!({})).await,
            stranger
                .subscribe(
                    "subscription($t: ID!) { changes(tenantId: $t) { nodeId } }",
                    json!({ "t": tenant.id.to_string() }),
                )
                .await,
        ];
        one_of_each(&app, &graph, "acme.example", 1).await;
        // What comes first is a change of its own.
        let own = app.tenant("stranger.example").await;
        let renamed = json!({ "id": own.id.to_string(), "name": "Renamed" });
        app.operator().await.mutate("tenantUpdate", renamed, "tenant { id }").await.ok();
        assert_eq!(streams[0].next().await["nodeId"], json!(own.id.to_string()));
        // A stream ends in its place of the log where the account loses its rights: all before it was silence.
        let blocked = json!({ "id": viewer, "status": "BLOCKED" });
        app.operator().await.mutate("userUpdate", blocked, "user { id }").await.ok();
        assert_eq!(streams[1].0.hear().await, Heard::Closed(4403));
    }

    async fn every_legacy_operation_is_refused_to_who_is_no_operator(app: App) {
        let admin = app.tenant_admin("acme.example").await;
        let (anon, auditor) = (app.anon(), app.read_only_operator().await);
        let before = app.changes().await;
        let mut open = Vec::new();
        for (api, operation) in all_operations() {
            if OPEN.contains(&operation.id) {
                continue;
            }
            let path = filled(operation.path);
            let (anon, admin) = (dressed(&anon, api), dressed(&admin, api));
            for (who, actor, expected) in [("nobody", anon, 401), ("an administrator", admin, 403)] {
                let reply = actor.send(operation.method, &path, json!({})).await;
                if reply.status != expected {
                    open.push(format!("{} as {who}: {reply:?}", operation.id));
                }
            }
            if !matches!(operation.method, "GET" | "HEAD") {
                let reply = dressed(&auditor, api).send(operation.method, &path, json!({})).await;
                if is_success(reply.status) && !HARMLESS.contains(&operation.id) {
                    open.push(format!("{} as a reader: {reply:?}", operation.id));
                }
            }
        }
        assert!(open.is_empty(), "open:\n{}", open.join("\n"));
        assert_eq!(app.changes().await, before, "somebody wrote something");
    }

    async fn every_operation_is_mounted(app: App) {
        let operator = app.operator().await;
        let mut missing = Vec::new();
        for (api, operation) in all_operations() {
            let reply =
                dressed(&operator, api).send(operation.method, &filled(operation.path), json!({})).await;
            let fallback =
                reply.status == 404 && matches!(reply.reason.as_str(), "Not Found") && api == "boss";
            let unrouted = reply.text().contains("\"message\":\"Not Found\"") || reply.status == 405;
            if fallback || unrouted || reply.status >= 500 {
                missing.push(format!("{}: {reply:?}", operation.id));
            }
        }
        assert!(missing.is_empty(), "not mounted:\n{}", missing.join("\n"));
    }
}

/// How many changes the stranger's own mutations left in its own tenant.
async fn strangers_own(app: &App) -> i64 {
    let sql = "SELECT count(*) FROM change WHERE door = 'graphql' AND actor = 'admin' AND tenant_id = \
               (SELECT id FROM tenant WHERE domain = 'stranger.example')";
    app.store.number(sql).await
}

/// Operations that ask for no credentials, because what they are told proves who calls.
const OPEN: &[&str] = &["boss.session.auth", "auth.redirect"];

/// Operations that are no GET and yet write nothing.
const HARMLESS: &[&str] = &["boss.user.checkpasswordstrength"];

fn all_operations() -> impl Iterator<Item = (&'static str, Operation)> {
    operations().into_iter().flat_map(|(api, of)| of.iter().map(move |operation| (api, *operation)))
}

/// A path with a value in each place; the first two are rows that do not exist.
fn filled(path: &str) -> String {
    path.replace("{domain}", "nowhere.example")
        .replace("{login}", "nobody")
        .replace("{telnum}", "4930999999")
        .replace("{id}", "00000000-0000-7000-8000-000000000000")
        .replace(' ', "%20")
}

/// An actor with the headers that an API asks for.
fn dressed(actor: &Actor, api: &str) -> Actor {
    match api {
        "phone_systems" => actor.with("content-type", "application/vnd.api+json"),
        _ => actor.clone(),
    }
}

#[test]
fn every_operation_of_the_contracts_is_known() {
    let contracts = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/contracts");
    for (api, of) in operations() {
        let ids: Vec<_> = of.iter().map(|operation| operation.id).collect();
        let mut once = ids.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), ids.len(), "{api} has an operation twice");
        // The contracts are not part of the repository.
        let Ok(table) = std::fs::read_to_string(contracts.join(format!("{api}.tsv"))) else { continue };
        for line in table.lines().skip(1).filter(|line| !line.is_empty()) {
            let mut cells = line.split('\t');
            let [Some(id), Some(method), Some(path)] = [cells.next(), cells.next(), cells.next()] else {
                panic!("{line}")
            };
            let operation = of.iter().find(|operation| operation.id == id);
            let operation = operation.unwrap_or_else(|| panic!("{id} of {api} is not mounted"));
            assert_eq!((operation.method, operation.path), (method, path), "{id}");
        }
    }
}

once! {
    async fn every_kind_has_what_a_kind_has(app: App) {
        let graph = Graph::of(&app.operator().await).await;
        let policy = service::policy();
        for kind in Kind::ALL {
            let (of, field) = (type_name(*kind), field_name(*kind));
            assert!(graph.has_field("Query", &field), "{field} cannot be read");
            assert!(graph.list(*kind).is_some(), "{of} cannot be listed");
            assert!(graph.has_field("Subscription", &format!("{field}Changed")), "{of} cannot be heard of");
            let verbs: &[&str] = match kind {
                Kind::Session => &["Delete"], // made by logging in, never changed
                Kind::Cdr => &["Ingest"],     // made when a call has ended, never changed
                _ => &["Create", "Update", "Delete"],
            };
            for verb in verbs {
                assert!(graph.has_field("Mutation", &format!("{field}{verb}")), "{field}{verb} is missing");
            }
            for name in ["id", "databaseId", "createdAt", "updatedAt", "version"] {
                assert!(graph.has_field(&of, name), "{of}.{name} is missing");
            }
            assert!(policy.contains(&format!("| {} |", kind.word())), "{of} has no row in the role table");
        }
    }
}
