//! What is asked of a row decides what is read of it, and never what is answered.

use entity::Kind;
use serde_json::{Value, json};

use crate::{
    app::Setup,
    graph::{Field, Graph, field_name, type_name},
    samples::{call, one_of_each},
};

/// How a field of a row is asked for: what it shows of itself, what it leads to by its ids.
fn asked(graph: &Graph, field: Field<'_>) -> String {
    let (name, named) = (field.name(), field.named_type());
    match graph.kind_of(named) {
        "SCALAR" | "ENUM" => name.to_owned(),
        _ if named.ends_with("Connection") => format!("{name}(first: 2) {{ nodes {{ id }} totalCount }}"),
        _ if graph.has_field(named, "databaseId") => format!("{name} {{ id }}"),
        _ => format!("{name} {{ {} }}", graph.selection(named)),
    }
}

/// Takes the rows of a page apart: those below `nodes` and those below `edges`.
fn rows(page: &Value) -> [Vec<Value>; 2] {
    let of = |name: &str| page[name].as_array().expect(name).clone();
    [of("nodes"), of("edges").into_iter().map(|mut edge| edge["node"].take()).collect()]
}

both! {
    async fn a_field_alone_is_what_it_is_among_all(setup: Setup) {
        let app = setup.start().await;
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        for at in 0..2 {
            let ids = one_of_each(&app, &graph, &format!("t{at}.example"), at).await;
            call(&app, &ids, &format!("leg-{at}")).await;
        }
        for kind in Kind::ALL {
            let (of, list) = (type_name(*kind), graph.list(*kind).expect("a list").name());
            let fields: Vec<_> = graph.fields(&of).collect();
            let all: Vec<_> = fields.iter().map(|field| asked(&graph, *field)).collect();
            let all = all.join(" ");
            let whole = &operator.gql(&format!("{{ {list} {{ nodes {{ {all} }} edges {{ node {{ {all} }} }} }} }}"), json!({})).await[list];
            let [whole, edges] = rows(whole);
            assert_eq!(whole, edges, "{of}");
            assert!(!whole.is_empty(), "{of}");
            for field in fields {
                let (name, one) = (field.name(), asked(&graph, field));
                // Once alone; once in two places of the document, which the executor merges; once by the interface.
                for document in [
                    format!("{{ {list} {{ nodes {{ {one} }} edges {{ node {{ {one} }} }} }} }}"),
                    format!("{{ {list} {{ nodes {{ {one} }} nodes {{ __typename }} edges {{ node {{ {one} }} }} edges {{ cursor node {{ id }} }} }} }}"),
                    format!("{{ {list} {{ nodes {{ ... on Node {{ ... on {of} {{ {one} }} }} }} edges {{ node {{ ...f ...f }} }} }} }} fragment f on {of} {{ {one} }}"),
                ] {
                    let answer = operator.gql(&document, json!({})).await;
                    for rows in rows(&answer[list]) {
                        let shown: Vec<_> = rows.iter().map(|row| row[name].clone()).collect();
                        let expected: Vec<_> = whole.iter().map(|row| row[name].clone()).collect();
                        assert_eq!(shown, expected, "{document}");
                    }
                }
                // One row by its id.
                let root = field_name(*kind);
                for row in &whole {
                    let document = format!("query($id: ID!) {{ {root}(id: $id) {{ {one} }} node(id: $id) {{ ... on {of} {{ {one} }} }} }}");
                    let answer = operator.gql(&document, json!({ "id": row["id"] })).await;
                    assert_eq!(answer[root.as_str()][name], row[name], "{document}");
                    assert_eq!(answer["node"][name], row[name], "{document}");
                }
            }
        }
    }

    async fn a_refusal_below_a_row_says_where_and_hurts_no_other(setup: Setup) {
        let app = setup.start().await;
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        let mut users = Vec::new();
        for at in 0..3 {
            let ids = one_of_each(&app, &graph, &format!("t{at}.example"), at).await;
            users.push(ids[&Kind::User].clone());
        }
        // A place, but of another list.
        let below = "tenant { name } sessions(after: \"W10\") { nodes { id } }";
        for document in [
            format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on User {{ {below} }} }} }}"),
            format!("{{ users {{ nodes {{ ... on Node {{ id }} {below} }} }} }}"),
            format!("{{ users {{ nodes {{ id id {below} }} edges {{ node {{ {below} }} }} }} }}"),
        ] {
            let variables = if document.starts_with("query") { json!({ "ids": users }) } else { json!({}) };
            let answer = operator.gql(&document, variables).await;
            assert_eq!((answer.status, answer.code()), (200, Some("BAD_REQUEST")), "{document}: {}", answer.json);
        }
        let one = "query($id: ID!) { user(id: $id) { tenant { name users(first: 0) { nodes { id } } } } }";
        let answer = operator.gql(one, json!({ "id": users[0] })).await;
        assert_eq!(answer.json["errors"][0]["path"], json!(["user", "tenant", "users"]), "{}", answer.json);
        assert_eq!(answer.json["data"], json!({ "user": { "tenant": null } }));
    }
}
