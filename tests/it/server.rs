//! The server as a whole: its pages, its health, its headers and its bounds.

use serde_json::{Value, json};
use switchboard::Config;

use crate::{
    app::{App, Setup},
    graph::Graph,
    process::Process,
    samples::one_of_each,
};

both! {
    async fn it_is_well_and_ready(app: App) {
        let anon = app.anon();
        assert_eq!(anon.get("/healthz").await.expect(200).text(), "ok");
        assert_eq!(anon.get("/readyz").await.expect(200).text(), "ready");
        anon.head("/healthz").await.expect(200);
        // A database that lacks a migration is not ready.
        let database = app.store.connect().await;
        let sql = "DELETE FROM seaql_migrations WHERE version = (SELECT max(version) FROM seaql_migrations)";
        sea_orm::ConnectionTrait::execute_unprepared(&database, sql).await.expect("a missing migration");
        anon.get("/readyz").await.expect(503);
        anon.get("/healthz").await.expect(200);
    }
}

once! {
    async fn every_answer_has_an_id_and_is_safe_to_show(app: App) {
        let anon = app.anon();
        for path in [
            "/healthz",
            "/graphql",
            "/sys/boss/v1/domains",
            "/nowhere",
            "/playground",
            "/docs",
            "/oauth/token",
        ] {
            let reply = anon.get(path).await;
            let id = reply.header("x-request-id").unwrap_or_default().to_owned();
            assert!(!id.is_empty(), "{path}: {reply:?}");
            assert_ne!(anon.get(path).await.header("x-request-id"), Some(id.as_str()), "{path}");
            assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
            assert_eq!(reply.header("x-frame-options"), Some("DENY"), "{path}");
            assert!(reply.header("referrer-policy").is_some(), "{path}");
            assert_eq!(
                anon.with("x-request-id", "mine-1").get(path).await.header("x-request-id"),
                Some("mine-1"),
                "{path}"
            );
            // What could break a log is not echoed.
            for wrong in ["a b", "", &"x".repeat(65), "<script>", "a,b"] {
                let reply = anon.with("x-request-id", wrong).get(path).await;
                assert_ne!(reply.header("x-request-id"), Some(wrong), "{path}");
            }
        }
    }

    async fn figures_count_requests_by_door(app: App) {
        let operator = app.operator().await;
        operator.get("/sys/boss/v1/domains").await.expect(200);
        operator.get("/sys/boss/v1/domains/secret-name.example").await.expect(404);
        let figures = app.anon().get("/metrics").await.expect(200);
        assert!(figures.header("content-type").is_some_and(|of| of.starts_with("text/plain")));
        let text = figures.text();
        let counted = |parts: &[&str]| {
            text.lines().any(|line| {
                line.starts_with("http_requests_total{") && parts.iter().all(|part| line.contains(part))
            })
        };
        assert!(counted(&["door=\"boss\"", "method=\"GET\"", "status=\"200\""]), "{text}");
        assert!(counted(&["door=\"boss\"", "status=\"404\""]), "{text}");
        assert!(text.contains("http_request_duration_seconds_bucket{"), "{text}");
        assert!(!text.contains("secret-name"), "a name in the figures");
    }

    async fn the_root_leads_to_the_playground(app: App) {
        let anon = app.anon();
        let reply = anon.get("/").await;
        assert!(
            (300..400).contains(&reply.status) && reply.header("location") == Some("/playground"),
            "{reply:?}"
        );
        let page = anon.get("/playground").await.expect(200);
        assert!(page.header("content-type").is_some_and(|of| of.starts_with("text/html")));
        let policy = page.header("content-security-policy").expect("a policy").to_owned();
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{policy}");
        // All that the page loads is there and is its own.
        let mut files = 0;
        for (name, quote) in [("src=", '"'), ("href=", '"')] {
            for part in page.text().split(name).skip(1) {
                let Some(link) = part.strip_prefix(quote).and_then(|rest| rest.split(quote).next()) else {
                    continue;
                };
                if link.starts_with('#') || link.starts_with("data:") {
                    continue;
                }
                assert!(!link.contains("://"), "{link} is somebody else's");
                let path = if link.starts_with('/') {
                    link.to_owned()
                } else {
                    format!("/playground/{}", link.trim_start_matches("./").trim_start_matches("playground/"))
                };
                let file = anon.get(&path).await.expect(200);
                if let Some(etag) = file.header("etag") {
                    anon.with("if-none-match", etag).get(&path).await.expect(304);
                }
                files += 1;
            }
        }
        assert!(files >= 2, "{}", page.text());
        for path in ["/playground/../Cargo.toml", "/playground/%2e%2e/Cargo.toml", "/playground/nothing.js"] {
            anon.get(path).await.expect(404);
        }
    }

    async fn the_old_apis_are_described(app: App) {
        let anon = app.anon();
        let index = anon.get("/docs").await.expect(200);
        for (api, operations) in switchboard::compat::operations() {
            assert!(index.text().contains(&format!("/docs/{api}")), "{api} is not in the index");
            let page = anon.get(&format!("/docs/{api}")).await.expect(200);
            assert!(page.header("content-security-policy").is_some());
            for part in page.text().split("=\"/docs/assets/").skip(1) {
                let file = part.split('"').next().expect("a name");
                anon.get(&format!("/docs/assets/{file}")).await.expect(200);
            }
            let document = anon.get(&format!("/openapi/{api}.json")).await.expect(200).json();
            assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{api}");
            for part in ["title", "version", "description"] {
                assert!(document["info"][part].is_string(), "{api} has no {part}");
            }
            let ids = described(&document);
            for operation in operations {
                let place = (operation.method.to_lowercase(), operation.path.replace("%20", " "));
                let found = ids
                    .iter()
                    .any(|(method, path)| *method == place.0 && path.replace("%20", " ") == place.1);
                assert!(found, "{api} does not describe {}", operation.id);
            }
            for (method, path) in &ids {
                // What is always refused is no operation of the contract.
                if document["paths"][path][method].get("operationId").is_none() {
                    continue;
                }
                // PUT is another name of PATCH, HEAD of GET.
                let other = match method.as_str() {
                    "put" => "patch",
                    "head" => "get",
                    other => other,
                };
                let served = |operation: &switchboard::compat::Operation| {
                    let of = operation.method.to_lowercase();
                    (of == *method || of == other)
                        && operation.path.replace("%20", " ") == path.replace("%20", " ")
                };
                assert!(
                    operations.iter().any(served),
                    "{api} describes {method} {path}, which it does not have"
                );
            }
            references(&document, &document);
        }
        anon.get("/docs/nothing").await.expect(404);
        anon.get("/openapi/nothing.json").await.expect(404);
        let schema = anon.get("/schema.graphql").await.expect(200);
        assert_eq!(schema.text(), schema::sdl());
    }

    async fn every_sample_of_the_playground_works_on_the_demo_data(setup: Setup) {
        let mut setup = setup;
        setup.config.base_domain = Config::defaults().expect("the defaults").base_domain;
        let app = setup.start().await;
        assert!(switchboard::demo::load(&app.services).await.expect("the demo data"));
        assert!(
            !switchboard::demo::load(&app.services).await.expect("the demo data"),
            "loaded a second time"
        );
        let operator = app.operator().await;
        let (mut empty, mut streams) = (Vec::new(), Vec::new());
        for sample in playground::samples() {
            let place = format!("{}/{}", sample.domain, sample.name);
            let variables = match sample.variables {
                "" => json!({}),
                text => serde_json::from_str(text).unwrap_or_else(|wrong| panic!("{place}: {wrong}")),
            };
            let document = sample.query.lines().filter(|line| !line.trim_start().starts_with('#'));
            let document: String = document.collect::<Vec<_>>().join("\n");
            if document.trim_start().starts_with("subscription") {
                streams.push(operator.subscribe(&document, variables).await);
                continue;
            }
            let answer = operator.gql(&document, variables).await;
            assert_eq!(answer.code(), None, "{place}: {}", answer.json);
            if answer
                .data()
                .as_object()
                .into_iter()
                .flatten()
                .any(|(_, value)| value.is_null() || value["totalCount"] == 0 || value["nodes"] == json!([]))
            {
                empty.push(format!("{place}: {}", answer.json));
            }
        }
        assert!(empty.is_empty(), "samples with nothing to show:\n{}", empty.join("\n"));
        let graph = Graph::of(&operator).await;
        one_of_each(&app, &graph, "watched.example", 1).await;
        for mut stream in streams {
            assert_eq!(stream.next().await["event"], "CREATED");
        }
    }

    async fn what_is_not_there_is_not_found(app: App) {
        let anon = app.anon();
        for path in ["/nowhere", "/graphql/nowhere", "/oauth", "/.env", "/..%2f..%2fetc/passwd", "//", "/%00"]
        {
            let reply = anon.get(path).await.expect(404);
            assert_eq!(reply.json(), json!({ "message": "Not Found" }), "{path}");
        }
        let reply = anon.send("DELETE", "/healthz", ()).await.expect(405);
        assert!(reply.header("allow").is_some_and(|allow| allow.contains("GET")), "{reply:?}");
        assert_eq!(reply.json(), json!({ "message": "Method Not Allowed" }));
    }

    async fn long_answers_are_compressed_for_who_can_read_them(app: App) {
        let anon = app.anon();
        let plain = anon.get("/schema.graphql").await.expect(200);
        assert_eq!(plain.header("content-encoding"), None);
        for encoding in ["gzip", "br"] {
            let reply = anon.with("accept-encoding", encoding).get("/schema.graphql").await.expect(200);
            assert_eq!(reply.header("content-encoding"), Some(encoding));
            assert!(reply.body.len() * 4 < plain.body.len());
        }
        let short = anon.with("accept-encoding", "gzip").get("/healthz").await.expect(200);
        assert_eq!(short.header("content-encoding"), None);
    }

    async fn a_body_that_stalls_is_refused_by_every_door(setup: Setup) {
        let mut setup = setup;
        setup.config.limits.seconds = 1;
        let app = setup.start().await;
        let basic = base64::Engine::encode(
            &base64::prelude::BASE64_STANDARD,
            format!("root:{}", crate::app::PASSWORD),
        );
        for (line, content_type) in [
            ("POST /graphql", "application/json"),
            ("POST /sys/boss/v1/domains/new.example", "application/json"),
            ("POST /api/rest/public/operator/customers", "application/vnd.api+json"),
            ("POST /oauth/token", "application/x-www-form-urlencoded"),
        ] {
            let head = format!(
                "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Basic {basic}\r\n\
                 Content-Type: {content_type}\r\nContent-Length: 100\r\n\r\n{{"
            );
            let answer = app.raw(head).await;
            assert!(answer.starts_with("HTTP/1.1 408 Request Timeout"), "{line}: {answer}");
        }
    }

    async fn the_largest_requests_do_not_break_it(setup: Setup) {
        let store = setup.store;
        let server = Process::start(&store).await;
        server
            .send("POST", "/sys/boss/v1/domains/acme.example", json!({}))
            .await
            .expect("an answer")
            .expect(201);
        // As deep as a document may be.
        let mut deep = "id".to_owned();
        for _ in 0..3 {
            deep = format!("tenant {{ users(first: 1) {{ nodes {{ {deep} }} }} }}");
        }
        server
            .send("POST", "/sys/boss/v1/domains/acme.example/users/bob", json!({}))
            .await
            .expect("an answer")
            .expect(201);
        let query = format!("{{ tenants {{ nodes {{ users {{ nodes {{ {deep} }} }} }} }} }}");
        let answer = server.gql(&query).await.expect("an answer");
        assert!(answer.get("errors").is_none(), "{answer}");
        // The widest table.
        let update = "mutation { tenantUpdate(input: { id: \"tenant_1\", name: \"Acme\" }) { tenant { name } userErrors { code } } }";
        let answer = server.gql(update).await.expect("an answer");
        assert_eq!(answer["data"]["tenantUpdate"]["tenant"]["name"], "Acme", "{answer}");
        server.kill().await;
    }
}

/// The method and the path of everything that a document describes.
fn described(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().expect("paths");
    let methods = ["get", "head", "post", "put", "patch", "delete"];
    let mut found = Vec::new();
    for (path, item) in paths {
        for (method, operation) in
            item.as_object().expect("operations").iter().filter(|(name, _)| methods.contains(&name.as_str()))
        {
            assert!(
                operation["responses"].as_object().is_some_and(|responses| !responses.is_empty()),
                "{method} {path}"
            );
            found.push((method.clone(), path.clone()));
        }
    }
    found
}

/// Makes sure that every reference leads somewhere.
fn references(whole: &Value, part: &Value) {
    match part {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                let pointer = reference.strip_prefix('#').expect("a reference into the document");
                assert!(whole.pointer(pointer).is_some(), "{reference} leads nowhere");
            }
            fields.values().for_each(|value| references(whole, value));
        }
        Value::Array(items) => items.iter().for_each(|value| references(whole, value)),
        _ => {}
    }
}
