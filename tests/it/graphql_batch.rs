//! Several GraphQL requests in one HTTP request.

use serde_json::{Value, json};

use crate::app::{App, Setup};

fn create(name: &str) -> Value {
    let query = "mutation($n: String!) { gatewayCreate(input: { name: $n, host: \"a.example\" }) { gateway { id name } } }";
    json!({ "query": query, "variables": { "n": name } })
}

both! {
    async fn a_batch_is_answered_in_its_order(app: App) {
        let operator = app.operator().await;
        let count = json!({ "query": "{ gateways { totalCount } }" });
        let batch = json!([
            count, create("a"), count, { "query": "{ nothing }" }, create("b"), count,
            { "query": "query A { viewer { login } } query B { viewer { role } }", "operationName": "B" },
        ]);
        let reply = operator.post("/graphql", batch).await.expect(200);
        let answers = reply.json();
        let answers = answers.as_array().expect("a list");
        assert_eq!(answers.len(), 7, "{reply:?}");
        let counts: Vec<_> = [0, 2, 5].iter().map(|at| answers[*at]["data"]["gateways"]["totalCount"].clone()).collect();
        assert_eq!(counts, [0, 1, 2]);
        assert_eq!(answers[1]["data"]["gatewayCreate"]["gateway"]["name"], "a");
        assert_eq!(answers[3]["errors"][0]["extensions"]["code"], "BAD_REQUEST");
        assert!(answers[3].get("data").is_none(), "{reply:?}");
        assert_eq!(answers[6], json!({ "data": { "viewer": { "role": "OPERATOR" } } }));
        let alone = operator.post("/graphql", json!([count])).await.expect(200);
        assert_eq!(alone.json(), json!([{ "data": { "gateways": { "totalCount": 2 } } }]));
    }
}

once! {
    async fn what_is_no_batch_runs_nothing(app: App) {
        let operator = app.operator().await.with("content-type", "application/json");
        for (body, code) in [
            (json!([]), "BAD_REQUEST"),
            (json!([create("a"), null]), "BAD_REQUEST"),
            (json!([create("a"), "{ viewer { login } }"]), "BAD_REQUEST"),
            (json!([create("a"), [create("b")]]), "BAD_REQUEST"),
            (json!([create("a"), { "query": 5 }]), "BAD_REQUEST"),
            (json!(vec![create("a"); 11]), "LIMIT_EXCEEDED"),
            (json!(vec![json!({}); 100_000]), "LIMIT_EXCEEDED"),
        ] {
            let reply = operator.post("/graphql", body.to_string()).await.expect(400);
            let answer = reply.json();
            assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{reply:?}");
            assert!(answer["errors"][0]["message"].is_string() && answer.get("data").is_none(), "{reply:?}");
        }
        assert_eq!(app.store.number("SELECT count(*) FROM gateway").await, 0);
    }

    async fn a_batch_costs_the_sum_of_its_requests(setup: Setup) {
        let mut setup = setup;
        setup.config.limits.complexity = 1_000;
        setup.config.limits.batch = 3;
        let app = setup.start().await;
        let operator = app.operator().await;
        let page = json!({ "query": "{ tenants(first: 200) { nodes { id domain } } }" }); // 601 fields
        operator.post("/graphql", json!([page, create("a")])).await.expect(200);
        let reply = operator.post("/graphql", json!([create("b"), page, page])).await.expect(400);
        assert_eq!(reply.json()["errors"][0]["extensions"]["code"], "LIMIT_EXCEEDED", "{reply:?}");
        operator.post("/graphql", json!([page, page, page, page])).await.expect(400);
        assert_eq!(app.store.number("SELECT count(*) FROM gateway").await, 1);
    }

    async fn a_batch_has_no_subscriptions(app: App) {
        let batch = json!([{ "query": "subscription { changes { event } }" }, { "query": "{ __typename }" }]);
        let answers = app.operator().await.post("/graphql", batch).await.expect(200).json();
        assert_eq!(answers[0]["errors"][0]["extensions"]["code"], "BAD_REQUEST");
        assert_eq!(answers[1], json!({ "data": { "__typename": "Query" } }));
    }
}
