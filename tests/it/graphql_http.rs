//! GraphQL over HTTP: what is a request, what is refused before it runs, and in which words.

use serde_json::{Value, json};

use crate::{
    app::{App, Setup},
    http::Reply,
};

/// The code of the only error of an answer that executed nothing.
fn refusal(reply: &Reply) -> Value {
    let answer = reply.json();
    assert!(answer.get("data").is_none_or(Value::is_null), "{answer}");
    answer["errors"][0]["extensions"]["code"].clone()
}

once! {
    async fn a_query_may_come_by_get_and_by_post(app: App) {
        let operator = app.operator().await;
        let expected = json!({ "data": { "viewer": { "login": "root" } } });
        let reply = operator.get("/graphql?query=%7Bviewer%7Blogin%7D%7D").await.expect(200);
        assert_eq!(reply.json(), expected);
        let query =
            "query($id:ID!){node(id:$id){id}}".replace('{', "%7B").replace('}', "%7D").replace('$', "%24");
        let reply = operator
            .get(&format!("/graphql?query={query}&variables=%7B%22id%22%3A%22tenant_1%22%7D&operationName="))
            .await;
        assert_eq!(reply.expect(200).json(), json!({ "data": { "node": null } }));
        let reply = operator
            .post(
                "/graphql",
                json!({ "query": "{ viewer { login } }", "variables": null, "extensions": null }),
            )
            .await;
        assert_eq!(reply.expect(200).json(), expected);
        let two = json!({ "query": "query A { viewer { login } } query B { viewer { role } }", "operationName": "B" });
        assert_eq!(
            operator.post("/graphql", two).await.json(),
            json!({ "data": { "viewer": { "role": "OPERATOR" } } })
        );
        // Who asks for the newer type gets it.
        for accept in [
            "application/graphql-response+json",
            "application/graphql-response+json; charset=utf-8, application/json;q=0.9",
        ] {
            let reply = operator
                .with("accept", accept)
                .post("/graphql", json!({ "query": "{ __typename }" }))
                .await
                .expect(200);
            assert!(
                reply
                    .header("content-type")
                    .is_some_and(|of| of.starts_with("application/graphql-response+json")),
                "{reply:?}"
            );
        }
        for accept in ["", "*/*", "application/*;q=0.5", "application/graphql-response+json;q=0.1, application/json"] {
            let reply = operator.with("accept", accept).post("/graphql", json!({ "query": "{ __typename }" })).await;
            assert!(
                reply.header("content-type").is_some_and(|of| of.starts_with("application/json")),
                "{accept}: {reply:?}"
            );
        }
        for accept in ["text/html", "application/json;q=0", "application/json; charset=utf-16"] {
            let operator = operator.with("accept", accept);
            for reply in [
                operator.post("/graphql", json!({ "query": "{ __typename }" })).await.expect(406),
                operator.get("/graphql?query=%7B__typename%7D").await.expect(406),
            ] {
                assert_eq!(refusal(&reply), "BAD_REQUEST", "{accept}");
            }
        }
    }

    async fn a_subscription_is_told_where_it_runs(app: App) {
        let operator = app.operator().await;
        let body = json!({ "query": "subscription { changes { event } }" });
        let reply = operator.post("/graphql", body).await.expect(400);
        assert_eq!(refusal(&reply), "BAD_REQUEST");
        assert!(reply.text().contains("/graphql/stream"), "{reply:?}");
        let reply = operator.get("/graphql?query=subscription%7Bchanges%7Bevent%7D%7D").await.expect(400);
        assert!(reply.text().contains("WebSocket"), "{reply:?}");
    }

    async fn the_cost_is_told_to_who_asks(app: App) {
        let operator = app.operator().await;
        let query = "{ tenants(first: 200) { nodes { id domain name version createdAt updatedAt } } }";
        let body = json!({ "query": query, "extensions": { "cost": true } });
        for known in [false, true] {
            let answer = operator.post("/graphql", body.clone()).await.expect(200).json();
            let expected = json!({ "complexity": 1401, "points": 2, "remaining": null, "documentKnown": known });
            assert_eq!(answer["extensions"]["cost"], expected);
        }
        for extensions in [json!(null), json!({}), json!({ "cost": false }), json!({ "cost": 1 })] {
            let body = json!({ "query": query, "extensions": extensions });
            assert!(operator.post("/graphql", body).await.expect(200).json().get("extensions").is_none());
        }
    }

    async fn a_mutation_does_not_come_by_get(app: App) {
        let operator = app.operator().await;
        let before = app.changes().await;
        let mutation =
            "mutation%7BtenantCreate(input%3A%7Bdomain%3A%22acme.example%22%7D)%7Btenant%7Bid%7D%7D%7D";
        let reply = operator.get(&format!("/graphql?query={mutation}")).await.expect(405);
        assert_eq!(reply.header("allow"), Some("POST"));
        assert_eq!(refusal(&reply), "BAD_REQUEST");
        let named = format!(
            "/graphql?query=query%20A%7B__typename%7D%20{}&operationName=B",
            mutation.replace("mutation", "mutation%20B")
        );
        operator.get(&named).await.expect(405);
        assert_eq!(app.changes().await, before);
    }

    async fn what_is_no_request_is_refused(app: App) {
        let operator = app.operator().await;
        let json_type = operator.with("content-type", "application/json");
        let bodies: &[&[u8]] = &[
            b"",
            b"{",
            b"null",
            b"[]",
            b"\"{ viewer { login } }\"",
            b"{}",
            b"{\"query\":42}",
            b"{\"query\":null}",
            b"{\"query\":\"{ __typename }\",\"variables\":\"x\"}",
            b"{\"query\":\"{ __typename }\",\"operationName\":5}",
            b"{\"query\":\"{ __typename }\",\"variables\":[1]}",
            b"{\"query\":\"\xff\xfe\"}",
            b"\xff\xfe",
        ];
        for body in bodies {
            let reply = json_type.post("/graphql", body.to_vec()).await;
            assert_eq!(reply.status, 400, "{}: {reply:?}", String::from_utf8_lossy(body));
            assert_eq!(refusal(&reply), "BAD_REQUEST", "{}", String::from_utf8_lossy(body));
        }
        for path in ["/graphql", "/graphql?query=%7B__typename%7D&variables=x", "/graphql?variables=%7B%7D"] {
            let reply = operator.get(path).await;
            assert_eq!(reply.status, 400, "{path}: {reply:?}");
        }
        for path in ["/graphql?query=", "/graphql?query=%ff%fe"] {
            assert_eq!(refusal(&operator.get(path).await), "BAD_REQUEST", "{path}");
        }
        for content_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=iso-8859-1",
            "application/xml",
        ] {
            let reply = operator
                .with("content-type", content_type)
                .post("/graphql", "{\"query\":\"{ __typename }\"}")
                .await;
            assert_eq!(reply.status, 415, "{content_type}: {reply:?}");
        }
        // None at all is what a form of another site can send.
        assert_eq!(operator.post("/graphql", "{\"query\":\"{ __typename }\"}").await.status, 415);
        for content_type in
            ["application/json; charset=utf-8", "Application/JSON", "application/graphql-response+json"]
        {
            let reply = operator
                .with("content-type", content_type)
                .post("/graphql", "{\"query\":\"{ __typename }\"}")
                .await;
            assert_eq!(reply.status, 200, "{content_type}: {reply:?}");
        }
        let reply = operator.send("DELETE", "/graphql", ()).await.expect(405);
        assert!(
            reply.header("allow").is_some_and(|allow| allow.contains("GET") && allow.contains("POST")),
            "{reply:?}"
        );
    }

    async fn a_document_that_is_wrong_is_told_so(app: App) {
        let operator = app.operator().await;
        let documents = [
            "{",
            "{ nothing }",
            "{ viewer }",
            "{ viewer { nothing } }",
            "query($id: ID!) { node(id: $id) { id } }",
            "{ node { id } }",
            "{ node(id: 5) { id } }",
            "{ node(id: \"\") { id } }",
            "{ node(id: \"tenant_01\") { id } }",
            "{ node(id: \"nothing_1\") { id } }",
            "{ tenant(id: \"user_1\") { id } }",
            "{ tenant { id } }",
            "{ tenant(id: \"tenant_1\", domain: \"a\") { id } }",
            "{ tenants(first: \"5\") { totalCount } }",
            "{ tenants(filter: { nothing: 1 }) { totalCount } }",
            "mutation { tenantCreate { tenant { id } } }",
            "mutation { tenantCreate(input: { domain: null }) { tenant { id } } }",
            "mutation { tenantCreate(input: {}) { tenant { id } } }",
            "{ nodes(ids: [\"tenant_1\", \"x\"]) { id } }",
            "query A { viewer { login } } query B { viewer { login } }",
        ];
        for document in documents {
            let answer = operator.gql(document, json!({})).await;
            assert!(matches!(answer.status, 200 | 400), "{document}: {}", answer.json);
            assert_eq!(answer.code(), Some("BAD_REQUEST"), "{document}: {}", answer.json);
            assert!(
                answer
                    .errors()
                    .iter()
                    .all(|error| error["message"].as_str().is_some_and(|text| !text.is_empty())),
                "{}",
                answer.json
            );
        }
    }

    /// GraphQL over HTTP: with the newer type the status tells whether anything was executed.
    async fn a_variable_that_must_be_there_is(app: App) {
        let operator = app.operator().await;
        let made = operator.mutate("gatewayCreate", json!({ "name": "a", "host": "a.example" }), "gateway { id }").await;
        let id = made.ok()["gateway"]["id"].clone();
        let before = app.changes().await;
        for (document, variables) in [
            ("mutation($i: ID!, $v: Int!) { gatewayDelete(input: { id: $i, expectedVersion: $v }) { deletedId } }", json!({ "i": id })),
            ("mutation($i: ID!, $n: String!) { gatewayUpdate(input: { id: $i, name: $n }) { gateway { id } } }", json!({ "i": id, "n": null })),
            ("query($t: ID!) { gateways(filter: { tenantId: { eq: $t } }) { totalCount } }", json!({})),
            ("query($t: Boolean!) { viewer @skip(if: $t) { login } }", json!({})),
        ] {
            let answer = operator.gql(document, variables).await;
            assert_eq!(answer.code(), Some("BAD_REQUEST"), "{document}: {}", answer.json);
            assert!(answer.json.get("data").is_none_or(Value::is_null), "{document}: {}", answer.json);
        }
        assert_eq!(app.changes().await, before);
    }

    async fn a_field_that_fails_leaves_the_others_of_its_mutation(app: App) {
        let operator = app.operator().await;
        let document = r#"mutation {
            a: gatewayCreate(input: { name: "a", host: "a.example" }) { gateway { name } }
            b: gatewayUpdate(input: { id: "gateway_1", name: null }) { gateway { name } }
            c: gatewayCreate(input: { name: "c", host: "c.example" }) { gateway { name } }
        }"#;
        let answer = operator.gql(document, json!({})).await;
        assert_eq!(answer.json["errors"][0]["path"], json!(["b"]), "{}", answer.json);
        let expected = json!({ "a": { "gateway": { "name": "a" } }, "b": null, "c": { "gateway": { "name": "c" } } });
        assert_eq!(answer.json["data"], expected);
    }

    async fn the_status_tells_whether_a_document_ran(app: App) {
        let operator = app.operator().await.with("accept", "application/graphql-response+json");
        for document in ["{", "{ nothing }", "{ viewer }", "query($id: ID!) { viewer { login } }"] {
            let reply = operator.post("/graphql", json!({ "query": document })).await.expect(400);
            assert!(reply.json().get("data").is_none(), "{document}: {reply:?}");
        }
        for document in ["{ viewer { login } }", "{ tenant { id } }"] {
            let reply = operator.post("/graphql", json!({ "query": document })).await.expect(200);
            assert!(reply.json().get("data").is_some(), "{document}: {reply:?}");
        }
    }

    async fn a_body_has_a_bound(setup: Setup) {
        let mut setup = setup;
        setup.config.limits.body_bytes = 64 * 1024;
        let app = setup.start().await;
        let operator = app.operator().await;
        let padded =
            |bytes: usize| json!({ "query": "{ __typename }", "extensions": { "x": "x".repeat(bytes) } });
        operator.post("/graphql", padded(60_000)).await.expect(200);
        for bytes in [70_000, 5 << 20] {
            let reply = operator.post("/graphql", padded(bytes)).await.expect(413);
            assert_eq!(refusal(&reply), "LIMIT_EXCEEDED");
            operator.post("/sys/boss/v1/domains/acme.example", padded(bytes)).await.expect(413);
            let reply = operator
                .with("content-type", "application/vnd.api+json")
                .post("/api/rest/public/operator/customers", padded(bytes))
                .await;
            assert_eq!(reply.status, 413, "{reply:?}");
            let reply = operator
                .with("content-type", "application/x-www-form-urlencoded")
                .post("/oauth/token", "x".repeat(bytes))
                .await;
            assert_eq!(reply.status, 413, "{reply:?}");
        }
        // One that says that it is far too large is refused before it is sent.
        let head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 104857600\r\n\r\n";
        let answer = app.raw(head).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        assert_eq!(app.store.number("SELECT count(*) FROM tenant").await, 0);
    }

    async fn wrong_credentials_are_told_apart_from_none(app: App) {
        for wrong in [
            app.basic("root", "wrong"),
            app.anon().with("authorization", "Basic x"),
            app.anon().with("authorization", "Digest x"),
            app.anon().bearing("x"),
        ] {
            let reply = wrong.post("/graphql", json!({ "query": "{ __typename }" })).await.expect(401);
            assert_eq!(refusal(&reply), "UNAUTHENTICATED");
            // A browser would open a window of its own for `Basic`.
            assert!(
                reply.header("www-authenticate").is_some_and(|of| !of.to_lowercase().contains("basic")),
                "{reply:?}"
            );
        }
        let anon = app.anon().gql("{ __typename viewer { login } }", json!({})).await;
        assert_eq!((anon.status, anon.code()), (200, Some("UNAUTHENTICATED")));
    }

    async fn an_error_tells_nothing_of_the_inside(app: App) {
        let operator = app.operator().await;
        // The table is gone, which is nobody's fault but ours.
        let database = app.store.connect().await;
        sea_orm::ConnectionTrait::execute_unprepared(&database, "ALTER TABLE holiday RENAME TO hidden")
            .await
            .expect("a hidden table");
        let reply = operator.post("/graphql", json!({ "query": "{ holidays { totalCount } }" })).await;
        let answer = reply.json();
        let error = &answer["errors"][0];
        assert_eq!(
            (&error["message"], &error["extensions"]["code"]),
            (&json!("internal error"), &json!("INTERNAL"))
        );
        assert_eq!(error["extensions"]["requestId"].as_str(), reply.header("x-request-id"));
        assert!(
            !reply.text().contains("holiday\"") && !reply.text().to_lowercase().contains("sql"),
            "{}",
            reply.text()
        );
    }

    async fn a_request_may_be_sent_to_any_host(app: App) {
        for host in ["nowhere.example", "127.0.0.1:1", "[::1]:8080", "xn--bcher-kva.example"] {
            let answer = app.operator().await.with("host", host).gql("{ viewer { login } }", json!({})).await;
            assert_eq!(answer["viewer"]["login"], "root", "{host}");
        }
        for head in [
            "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: \r\nConnection: close\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
            "GET /healthz HTTP/1.0\r\n\r\n",
        ] {
            let answer = app.raw(head).await;
            assert!(
                answer.starts_with("HTTP/1.1 200")
                    || answer.starts_with("HTTP/1.0 200")
                    || answer.starts_with("HTTP/1.1 400"),
                "{head:?}: {answer}"
            );
        }
        let text = "GET /sys/boss/v1/domains HTTP/1.1\r\nHost: \u{fc}\r\nConnection: close\r\n\r\n";
        let answer = app.raw(text).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    }

    async fn a_refused_rule_names_the_field_as_the_input_does(app: App) {
        let operator = app.operator().await;
        let input = json!({ "name": "plan", "rules": [
            { "pattern": "^0", "replacement": "" }, { "pattern": "(", "replacement": "" }, { "pattern": "", "replacement": "" },
        ] });
        let refused = operator.mutate("dialPlanCreate", input, "dialPlan { id }").await;
        assert_eq!(refused["dialPlanCreate"]["dialPlan"], Value::Null);
        let blamed: Vec<_> = refused.user_errors().iter().map(|error| error["field"].clone()).collect();
        assert_eq!(blamed, [json!(["rules", "1", "pattern"]), json!(["rules", "2", "pattern"])]);
        let input = json!({ "domain": "acme.example", "recordExpirationDays": 0, "email": "nobody", "maxLinesIncoming": 0 });
        let refused = operator.mutate("tenantCreate", input, "tenant { id }").await;
        let told: Vec<_> = refused
            .user_errors()
            .iter()
            .map(|error| (error["code"].clone(), error["field"][0].clone()))
            .collect();
        for expected in [
            ("INVALID", "email"),
            ("OUT_OF_RANGE", "recordExpirationDays"),
            ("OUT_OF_RANGE", "maxLinesIncoming"),
        ] {
            assert!(told.contains(&(json!(expected.0), json!(expected.1))), "{told:?}");
        }
        // The rest of the request is answered all the same.
        let query = "mutation { tenantCreate(input: { domain: \"\" }) { userErrors { code } query { viewer { login } } } }";
        let answer = operator.gql(query, json!({})).await;
        assert_eq!(answer["tenantCreate"]["query"]["viewer"]["login"], "root");
        assert_eq!(answer["tenantCreate"]["userErrors"][0]["code"], "REQUIRED");
    }
}
