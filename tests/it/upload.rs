//! GraphQL requests with files beside them. No field takes a file yet; what is tested is the door.

use serde_json::{Value, json};

use crate::{
    app::{Actor, App, Setup},
    http::Reply,
};

/// A part as a client writes it: a name, a file name if it is a file, and the content.
type Part<'p> = (&'p str, Option<&'p str>, &'p str);

fn parts(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = String::new();
    for (name, file, content) in parts {
        let file =
            file.map(|file| format!("; filename=\"{file}\"\r\nContent-Type: text/plain")).unwrap_or_default();
        body +=
            &format!("--xx\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n");
    }
    (body + "--xx--\r\n").into_bytes()
}

fn of_form(actor: &Actor) -> Actor {
    actor.with("content-type", "multipart/form-data; boundary=xx")
}

async fn send(actor: &Actor, sent: &[Part<'_>]) -> Reply {
    of_form(actor).with("graphql-require-preflight", "1").post("/graphql", parts(sent)).await
}

#[track_caller]
fn refused(reply: &Reply, status: u16, code: &str, word: &str) {
    assert_eq!(reply.status, status, "{reply:?}");
    let answer = reply.json();
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], code, "{answer}");
    assert!(error["message"].as_str().is_some_and(|message| message.contains(word)), "{answer}");
    assert!(answer.get("data").is_none(), "{answer}");
}

const CREATE: &str =
    "mutation($n: String!) { gatewayCreate(input: { name: $n, host: \"a.example\" }) { gateway { name } } }";

fn operations(variables: Value) -> String {
    json!({ "query": CREATE, "variables": variables }).to_string()
}

once! {
    async fn a_form_of_another_site_is_refused(app: App) {
        let operator = of_form(&app.operator().await);
        let body = parts(&[("operations", None, &operations(json!({ "n": "a" }))), ("map", None, "{}")]);
        for actor in [operator.clone(), operator.with("graphql-require-preflight", ""), operator.with("x-apollo-operation-name", "a")] {
            let reply = actor.post("/graphql", body.clone()).await;
            refused(&reply, 400, "BAD_REQUEST", "GraphQL-Require-Preflight");
        }
        for header in ["graphql-require-preflight", "apollo-require-preflight"] {
            let reply = operator.with(header, "true").post("/graphql", body.clone()).await.expect(200);
            assert_eq!(reply.json()["data"]["gatewayCreate"]["gateway"]["name"], "a");
        }
        let wrong = app.basic("root", "wrong").with("graphql-require-preflight", "1");
        of_form(&wrong).post("/graphql", body).await.expect(401);
        assert_eq!(app.store.number("SELECT count(*) FROM gateway").await, 2);
    }

    async fn a_file_is_no_value_of_an_ordinary_type(app: App) {
        let operator = app.operator().await.with("accept", "application/graphql-response+json");
        let file = ("0", Some("a.txt"), "hello");
        let map = ("map", None, "{\"0\":[\"variables.n\"]}");
        let reply = send(&operator, &[("operations", None, &operations(json!({ "n": null }))), map, file]).await;
        refused(&reply, 400, "BAD_REQUEST", "not a file");
        // Also within lists, objects and batches, and at several places.
        let nodes = json!({ "query": "query($i: [ID!]!) { nodes(ids: $i) { id } }", "variables": { "i": ["tenant_1", null] } }).to_string();
        let map = ("map", None, "{\"0\":[\"variables.i.1\"]}");
        refused(&send(&operator, &[("operations", None, &nodes), map, file]).await, 400, "BAD_REQUEST", "$i.1");
        let input = json!({ "query": "mutation($i: GatewayCreateInput!) { gatewayCreate(input: $i) { gateway { id } } }", "variables": { "i": { "name": null, "host": null } } }).to_string();
        let map = ("map", None, "{\"0\":[\"variables.i.name\", \"variables.i.host\"]}");
        refused(&send(&operator, &[("operations", None, &input), map, file]).await, 400, "BAD_REQUEST", "$i.name");
        let batch = format!("[{},{}]", operations(json!({ "n": "b" })), operations(json!({ "n": null })));
        let reply = send(&operator, &[("operations", None, &batch), ("map", None, "{\"0\":[\"1.variables.n\"]}"), file]).await.expect(200);
        assert_eq!(reply.json()[0]["data"]["gatewayCreate"]["gateway"]["name"], "b");
        assert!(reply.json()[1]["errors"][0]["message"].as_str().is_some_and(|said| said.contains("not a file")), "{reply:?}");
        // What looks like a file is none.
        let text = operations(json!({ "n": "#__graphql_file__:0" }));
        let reply = send(&operator, &[("operations", None, &text), ("map", None, "{}")]).await.expect(200);
        assert_eq!(reply.json()["data"]["gatewayCreate"]["gateway"]["name"], "#__graphql_file__:0");
    }

    async fn parts_that_are_no_request_run_nothing(app: App) {
        let operator = app.operator().await;
        let (good, null) = (operations(json!({ "n": "a" })), operations(json!({ "n": null })));
        let (good, null) = (("operations", None, good.as_str()), ("operations", None, null.as_str()));
        let (map, file) = (("map", None, "{\"0\":[\"variables.n\"]}"), ("0", Some("a.txt"), "hello"));
        let long = format!("{{\"0\":[\"variables.{}\"]}}", "n.".repeat(10_000));
        let cases: &[(&[Part<'_>], &str)] = &[
            (&[], "operations"),
            (&[map, good], "operations"),
            (&[("operations", None, "{")], "not a GraphQL request"),
            (&[good], "`map`"),
            (&[good, ("map", None, "[]")], "`map` is no object"),
            (&[good, ("map", None, "{\"0\":\"variables.n\"}")], "`map` is no object"),
            (&[good, map, file], "no null"),
            (&[null, ("map", None, "{\"0\":[\"variables.m\"]}"), file], "no null"),
            (&[null, ("map", None, "{\"0\":[\"variables\"]}"), file], "no null"),
            (&[null, ("map", None, "{\"0\":[\"query\"]}"), file], "no null"),
            (&[null, ("map", None, "{\"0\":[\"0.variables.n\"]}"), file], "no null"),
            (&[null, ("map", None, "{\"0\":[\"variables.n.0\"]}"), file], "no null"),
            (&[null, ("map", None, "{\"0\":[\"variables.n\", \"variables.n\"]}"), file], "no null"),
            (&[null, ("map", None, &long), file], "no null"),
            (&[null, map], "did not come"),
            (&[null, map, file, file], "came twice"),
            (&[null, map, ("1", Some("b.txt"), "x")], "not in `map`"),
            (&[good, ("map", None, "{}"), ("note", None, "plain")], "not in `map`"),
            (&[null, map, ("0", None, "plain")], "is no file"),
        ];
        for (sent, word) in cases {
            refused(&send(&operator, sent).await, 400, "BAD_REQUEST", word);
        }
        for body in ["", "--xx", "--xx\r\n\r\n", "--yy\r\n\r\n--yy--"] {
            let reply = of_form(&operator).with("graphql-require-preflight", "1").post("/graphql", body).await;
            assert_eq!(reply.status, 400, "{body}: {reply:?}");
        }
        let reply = operator.with("content-type", "multipart/form-data").with("graphql-require-preflight", "1");
        refused(&reply.post("/graphql", parts(&[])).await, 400, "BAD_REQUEST", "");
        assert_eq!(app.store.number("SELECT count(*) FROM gateway").await, 0);
    }

    async fn files_have_bounds(setup: Setup) {
        let mut setup = setup;
        let limits = &mut setup.config.limits;
        (limits.upload_bytes, limits.upload_files, limits.upload_total_bytes) = (200_000, 2, 300_000);
        limits.body_bytes = 10_000;
        let app = setup.start().await;
        let operator = app.operator().await;
        let query = "query($a: [String]) { tenants(filter: { domain: { in: $a } }) { totalCount } }";
        let asked = json!({ "query": query, "variables": { "a": [null, null, null] } }).to_string();
        let asked = ("operations", None, asked.as_str());
        let (one, two) = ("{\"0\":[\"variables.a.0\"]}", "{\"0\":[\"variables.a.0\"],\"1\":[\"variables.a.1\"]}");
        let three = two.replace('}', ",\"2\":[\"variables.a.2\"]}");
        let (small, large) = ("x".repeat(190_000), "x".repeat(200_001));
        fn file<'f>(name: &'f str, content: &'f str) -> Part<'f> {
            (name, Some("a.txt"), content)
        }
        let reply = send(&operator, &[asked, ("map", None, one), file("0", &small)]).await.expect(200);
        refused(&reply, 200, "BAD_REQUEST", "not a file");
        let reply = send(&operator, &[asked, ("map", None, one), file("0", &large)]).await;
        refused(&reply, 413, "LIMIT_EXCEEDED", "`0` has more than 200000 bytes");
        let huge = "x".repeat(5 << 20);
        refused(&send(&operator, &[asked, ("map", None, one), file("0", &huge)]).await, 413, "LIMIT_EXCEEDED", "`0`");
        let reply = send(&operator, &[asked, ("map", None, two), file("0", &small), file("1", &small)]).await;
        refused(&reply, 413, "LIMIT_EXCEEDED", "the files have more than 300000 bytes");
        let reply = send(&operator, &[asked, ("map", None, &three), file("0", "")]).await;
        refused(&reply, 400, "LIMIT_EXCEEDED", "more than 2 files");
        let padded = json!({ "query": query, "extensions": { "x": small } }).to_string();
        let reply = send(&operator, &[("operations", None, &padded), ("map", None, "{}")]).await;
        refused(&reply, 413, "LIMIT_EXCEEDED", "`operations`");
        // Nor does the head of a part grow without end.
        let head = format!("--xx\r\nContent-Disposition: form-data; name=\"{}", "x".repeat(4 << 20));
        let reply = of_form(&operator).with("graphql-require-preflight", "1").post("/graphql", head).await;
        assert_eq!(reply.status, 400, "{reply:?}");
    }
}
