//! What a request costs the database: as many statements for a short list as for a long one.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use chrono::DateTime;
use entity::{Kind, route};
use serde_json::{Value, json};
use service::{Clock, routing::RouteCreateInput};
use switchboard::compat::operations;

use crate::{
    app::{Actor, App, Setup},
    graph::{Graph, field_name, kind_of_id, type_name},
    http::Reply,
    samples::{Ids, ORDER, call, create_input, is_written, make, one_of_each, value},
    sql,
};

/// What a request costs, and how much it answers.
struct Cost {
    statements: Vec<String>,
    rows: usize,
}

/// What was measured, by the name of the request.
type Costs = BTreeMap<String, Cost>;

/// Makes one row of each kind in each of these tenants, and below it as many of each kind as can be.
async fn grow(app: &App, graph: &Graph, tenants: Range<usize>, rows: usize) -> Vec<Ids> {
    let mut all = Vec::new();
    for at in tenants {
        let ids = one_of_each(app, graph, &format!("t{at}.example"), 10 * at).await;
        let links = json!({ "id": ids[&Kind::Tenant], "dialPlanId": ids[&Kind::DialPlan], "routeId": ids[&Kind::Route] });
        app.operator().await.mutate("tenantUpdate", links, "tenant { id }").await.ok();
        more(app, graph, &ids, 10 * at + 1..10 * at + 1 + rows).await;
        all.push(ids);
    }
    all
}

/// Makes more rows of each kind below the first ones.
async fn more(app: &App, graph: &Graph, ids: &Ids, numbers: Range<usize>) {
    let operator = app.operator().await;
    for number in numbers {
        for kind in ORDER {
            let mut input = create_input(graph, *kind, ids, number);
            for field in graph.fields(&format!("{}CreateInput", type_name(*kind))) {
                if field.named_type() == "ID"
                    && ids.contains_key(&kind_of_id(field.name(), &field_name(*kind)))
                {
                    input[field.name()] = value(graph, *kind, field.name(), ids, number);
                }
            }
            reach(*kind, number, &mut input);
            make(&operator, *kind, input).await;
        }
        call(app, ids, &format!("more-{number}")).await;
        let link = json!({ "tenantId": ids[&Kind::Tenant], "userId": ids[&Kind::User] });
        operator.mutate("sessionCreateLink", link, "link").await.ok();
    }
}

/// What goes along with the references of a row, and which of two of them.
fn reach(kind: Kind, number: usize, input: &mut Value) {
    let (scope, other) = match number % 2 {
        0 => ("GROUP", "scopeExtensionId"),
        _ => ("EXTENSION", "scopeGroupId"),
    };
    match kind {
        Kind::User => {
            input["scope"] = json!(scope);
            input[other] = Value::Null;
        }
        Kind::PhoneNumber => input["allowMessage"] = json!(true),
        _ => {}
    }
}

/// What the statements read, for a message that can be read.
fn tables(statements: &[String]) -> Vec<&str> {
    statements.iter().map(|one| one.split_once(" FROM ").map_or(one.as_str(), |(_, rest)| rest)).collect()
}

/// Sends it twice, so that the second finds all that the server remembers, and answers that one.
async fn sent(actor: &Actor, method: &str, path: &str, body: Value) -> (Reply, Vec<String>) {
    let body = || if body.is_null() { crate::http::Payload::Nothing } else { body.clone().into() };
    let first = actor.send(method, path, body()).await;
    sql::statements(&first).await;
    let reply = actor.send(method, path, body()).await;
    let statements = sql::statements(&reply).await;
    (reply, statements)
}

async fn asked(actor: &Actor, query: &str, variables: Value) -> (Value, Vec<String>) {
    let body = json!({ "query": query, "variables": variables });
    let (reply, statements) = sent(actor, "POST", "/graphql", body).await;
    let json = reply.json();
    assert!(json["errors"].is_null(), "{query}: {json}");
    (json["data"].clone(), statements)
}

/// A document for each connection of the schema, by its place: with all that its rows lead to, and twice its
/// count; `Some` is the field of the nodes that holds the connection.
fn connections(graph: &Graph) -> BTreeMap<String, (String, String, Option<String>)> {
    let mut documents = BTreeMap::new();
    for of in graph.types().filter(|of| of["kind"] == "OBJECT") {
        let of = of["name"].as_str().expect("a name");
        for field in graph.fields(of).filter(|field| field.named_type().ends_with("Connection")) {
            let name = field.name();
            let row = field.named_type().trim_end_matches("Connection");
            let page = format!(
                "totalCount nodes {{ {} }} edges {{ cursor node {{ id }} }} pageInfo {{ hasNextPage }}",
                graph.selection(row)
            );
            let document = match of {
                "Query" => (format!("{{ {name}(first: 80) {{ {page} }} }}"), name.to_owned(), None),
                _ => {
                    let kind = Kind::ALL.iter().find(|kind| type_name(**kind) == of);
                    let kind = kind.unwrap_or_else(|| panic!("{of}.{name} is not walked"));
                    let list = graph.list(*kind).expect("a list").name().to_owned();
                    let below = format!(
                        "{name}(first: 12, orderBy: [{{ field: ID, direction: DESC }}]) {{ {page} }}"
                    );
                    (
                        format!("{{ {list}(first: 80) {{ nodes {{ id {below} }} }} }}"),
                        list,
                        Some(name.to_owned()),
                    )
                }
            };
            documents.insert(format!("{of}.{name}"), document);
        }
    }
    documents
}

/// Asks for every connection; notes the relations that lead somewhere.
async fn ask_connections(graph: &Graph, operator: &Actor, costs: &mut Costs, led: &mut BTreeSet<String>) {
    for (place, (document, list, below)) in connections(graph) {
        let (data, statements) = asked(operator, &document, json!({})).await;
        let nodes = data[&list]["nodes"].as_array().expect("nodes");
        let rows = match &below {
            None => nodes.len(),
            Some(name) => nodes.iter().map(|node| node[name]["nodes"].as_array().expect("nodes").len()).sum(),
        };
        if rows > 0 && below.is_some() {
            led.insert(place.clone());
        }
        if below.is_none() {
            let of = place.trim_start_matches("Query.").to_owned();
            for (name, value) in nodes.iter().flat_map(|node| node.as_object().expect("a row")) {
                if !value.is_null() && *value != json!([]) {
                    led.insert(format!("{of}.{name}"));
                }
            }
        }
        costs.insert(place, Cost { statements, rows });
    }
}

/// Every relation of the rows: lists below them by their type, and links by their root list.
fn relations(graph: &Graph) -> BTreeSet<String> {
    let mut all: BTreeSet<_> =
        connections(graph).into_keys().filter(|place| !place.starts_with("Query.")).collect();
    for kind in Kind::ALL {
        let (list, of) = (graph.list(*kind).expect("a list").name(), type_name(*kind));
        let links = graph.fields(&of).filter(|field| graph.has_field(field.named_type(), "databaseId"));
        all.extend(links.map(|field| format!("{list}.{}", field.name())));
    }
    all
}

/// Reads all that the legacy APIs list or show, with everything included.
async fn ask_legacy(operator: &Actor, costs: &mut Costs) {
    for (api, operations) in operations() {
        for operation in operations.iter().filter(|operation| operation.method == "GET") {
            let mut path = operation.path.replace("{domain}", "t0.example").replace("{login}", "sample0");
            path = path.replace("{telnum}", "49305550000");
            if api == "phone_systems" {
                if path.contains('{') || operation.id == "auth.redirect" {
                    continue; // one row, found by an id that lists tell
                }
                let first = operator.get(&format!("{path}?page[size]=1")).await.expect(200).json();
                let relations =
                    first["data"][0]["relationships"].as_object().map(|all| all.keys().cloned().collect());
                let include: Vec<String> = relations.unwrap_or_default();
                path = format!("{path}?page[size]=1000&include={}", include.join(","));
            }
            let (reply, statements) = sent(operator, "GET", &path, Value::Null).await;
            let rows = if reply.status == 200 { reply.body.len() } else { 0 };
            costs.insert(operation.id.to_owned(), Cost { statements, rows });
        }
    }
}

/// Changes one row of each kind.
async fn change(graph: &Graph, operator: &Actor, ids: &Ids, number: usize, costs: &mut Costs) {
    for kind in Kind::ALL.iter().copied().filter(|kind| is_written(*kind)) {
        let name = match kind {
            Kind::ExternalAccount | Kind::SipAccount => "callerIdName",
            Kind::Extension => "label",
            Kind::PhoneNumber => "comment",
            _ => "name",
        };
        let field = field_name(kind);
        let query = format!(
            "mutation($input: {}UpdateInput!) {{ {field}Update(input: $input) {{ {field} {{ id version }} userErrors {{ code }} }} }}",
            type_name(kind)
        );
        let input = json!({ "id": ids[&kind], (name): value(graph, kind, name, ids, number) });
        // The same again changes nothing, so what the server remembers is made sure of by another request.
        operator.log.settle().await;
        operator.gql("{ viewer { id } }", json!({})).await.ok();
        let body = json!({ "query": query, "variables": { "input": input } });
        let reply = operator.post("/graphql", body).await;
        assert!(
            reply.json()["data"][format!("{field}Update")][&field]["version"].is_i64(),
            "{}",
            reply.text()
        );
        let statements = sql::statements(&reply).await;
        costs.insert(format!("{field}Update"), Cost { statements, rows: 1 });
    }
}

both! {
    async fn no_list_costs_more_statements_when_it_is_longer(setup: Setup) {
        sql::listen();
        let mut setup = setup;
        // While it stands still, nothing that is remembered for a time is forgotten.
        setup.clock = Clock::fixed(DateTime::from_timestamp(1_900_000_000, 0).expect("a time"));
        let app = setup.start().await;
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        let ids = grow(&app, &graph, 0..3, 2).await.remove(0);

        let (mut few, mut led) = (Costs::new(), BTreeSet::new());
        operator.log.settle().await;
        ask_connections(&graph, &operator, &mut few, &mut led).await;
        ask_legacy(&operator, &mut few).await;
        change(&graph, &operator, &ids, 3, &mut few).await;

        grow(&app, &graph, 3..15, 2).await;
        more(&app, &graph, &ids, 200..208).await;
        let (mut many, mut led) = (Costs::new(), BTreeSet::new());
        operator.log.settle().await;
        ask_connections(&graph, &operator, &mut many, &mut led).await;
        ask_legacy(&operator, &mut many).await;
        change(&graph, &operator, &ids, 4, &mut many).await;

        let mut wrong = Vec::new();
        for (name, Cost { statements, rows }) in &many {
            let before = &few[name];
            if statements.len() != before.statements.len() {
                let (few, many) = (tables(&before.statements), tables(statements));
                wrong.push(format!("{name}: {} statements, then {}: {few:#?} {many:#?}", few.len(), many.len()));
            }
            let is_list = name.contains("Query.") || name.ends_with(".list");
            if is_list && *rows < before.rows * 2 {
                wrong.push(format!("{name}: {} rows, then {rows} prove nothing", before.rows));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));

        let empty: Vec<_> = relations(&graph).difference(&led).cloned().collect();
        assert!(empty.is_empty(), "relations that lead nowhere in these rows: {empty:?}");
        let missed: Vec<_> = many.iter().filter(|(_, cost)| cost.rows == 0).map(|(name, _)| name).collect();
        assert!(missed.is_empty(), "reads that find nothing: {missed:?}");
    }

    async fn two_hundred_parents_cost_what_two_do(setup: Setup) {
        sql::listen();
        let app = setup.start().await;
        for _ in 0..200 {
            let input = RouteCreateInput::of("Everywhere".to_owned(), app.gateway().await.id);
            app.services.create::<route::Entity>(&App::system(), input).await.expect("a route");
        }
        let operator = app.operator().await;
        let query = "query($n: Int!) { gateways(first: $n) { nodes {
            routes(first: 2) { totalCount nodes { gateway { id } } } cdrs(first: 2) { totalCount nodes { id } }
        } } }";
        let (_, few) = asked(&operator, query, json!({ "n": 2 })).await;
        let (data, many) = asked(&operator, query, json!({ "n": 200 })).await;
        let gateways = data["gateways"]["nodes"].as_array().expect("nodes");
        assert_eq!(gateways.len(), 200);
        assert!(gateways.iter().all(|gateway| gateway["routes"]["totalCount"] == 1));
        assert_eq!(few.len(), many.len(), "{many:#?}");
    }

    async fn the_usual_requests_cost_what_they_did(setup: Setup) {
        sql::listen();
        let mut setup = setup;
        setup.clock = Clock::fixed(DateTime::from_timestamp(1_900_000_000, 0).expect("a time"));
        let app = setup.start().await;
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        let ids = grow(&app, &graph, 0..2, 2).await.remove(0);
        operator.log.settle().await;
        let page = "query($t: ID!, $after: String) { cdrs(filter: { tenantId: { eq: $t } }, orderBy: [{ field: STARTED_AT, direction: DESC }], first: 1, after: $after)";
        let first = format!("{page} {{ pageInfo {{ endCursor }} }} }}");
        let tenant = json!({ "t": ids[&Kind::Tenant] });
        let (first, _) = asked(&operator, &first, tenant.clone()).await;
        let deep = json!({ "t": ids[&Kind::Tenant], "after": first["cdrs"]["pageInfo"]["endCursor"] });
        let one = "query($id: ID!) { extension(id: $id) { id databaseId number label type createdAt updatedAt version } }";
        let queries = [
            ("one row", one.to_owned(), json!({ "id": ids[&Kind::Extension] }), 1),
            ("a page", "{ extensions(first: 100) { nodes { id number label } } }".to_owned(), json!({}), 1),
            ("a page and its count", "{ extensions(first: 100) { totalCount nodes { id } } }".to_owned(), json!({}), 2),
            (
                "four levels",
                "{ tenants(first: 20) { nodes { domain extensions(first: 10) { nodes { number user { login tenant { name } } } } } } }".to_owned(),
                json!({}),
                4,
            ),
            ("a deep page", format!("{page} {{ nodes {{ id legId }} }} }}"), deep.clone(), 1),
            ("a deep page and its count", format!("{page} {{ totalCount nodes {{ id legId }} }} }}"), deep, 2),
            ("a log-in that is remembered", "{ viewer { login } }".to_owned(), json!({}), 0),
        ];
        let mut wrong = Vec::new();
        for (name, query, variables, expected) in queries {
            let (_, statements) = asked(&operator, &query, variables).await;
            if statements.len() != expected {
                wrong.push(format!("{name}: {expected} became {}: {statements:#?}", statements.len()));
            }
        }
        let numbers = "/api/rest/public/operator/available_did_numbers";
        let legacy = [
            ("/sys/boss/v1/telnums".to_owned(), 1),
            ("/sys/boss/v1/telnums/49305550000".to_owned(), 2),
            ("/sys/boss/v1/domains/t0.example/telnums".to_owned(), 2),
            (numbers.to_owned(), 3),
            (format!("{numbers}?include=customer"), 3),
        ];
        for (path, expected) in legacy {
            let (reply, statements) = sent(&operator, "GET", &path, Value::Null).await;
            reply.expect(200);
            if statements.len() != expected {
                wrong.push(format!("{path}: {expected} became {}: {statements:#?}", statements.len()));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
