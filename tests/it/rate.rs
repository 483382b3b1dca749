//! The points of GraphQL: what an operation costs, who pays, and what happens to who has none left.

use chrono::DateTime;
use serde_json::{Value, json};
use service::Clock;

use crate::{
    app::{Actor, App, Setup},
    http::Reply,
};

/// A server with so many points a second, and a clock that stands still.
async fn bounded(mut setup: Setup, limit: u32) -> App {
    setup.config.rate_limit = limit;
    setup.clock = Clock::fixed(DateTime::from_timestamp(1_900_000_000, 0).expect("a time"));
    setup.start().await
}

async fn ask(actor: &Actor) -> Reply {
    actor.post("/graphql", json!({ "query": "{ viewer { login } }" })).await
}

/// The bound, what is left, and when all is back.
fn standing(reply: &Reply) -> Option<[u64; 3]> {
    let names = ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"];
    let numbers: Vec<u64> = names.iter().filter_map(|name| reply.header(name)?.parse().ok()).collect();
    numbers.try_into().ok()
}

once! {
    async fn who_has_no_points_left_waits(setup: Setup) {
        let app = bounded(setup, 3).await;
        let operator = app.operator().await;
        for left in [2, 1, 0] {
            assert_eq!(standing(&ask(&operator).await.expect(200)), Some([3, left, 1]));
        }
        let before = app.changes().await;
        let mutation = "mutation { tenantCreate(input: { domain: \"acme.example\" }) { tenant { id } } }";
        let refused = operator.post("/graphql", json!({ "query": mutation })).await.expect(429);
        assert_eq!((standing(&refused), refused.header("retry-after")), (Some([3, 0, 1]), Some("1")));
        let answer = refused.json();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "LIMIT_EXCEEDED");
        assert!(answer.get("data").is_none() && app.changes().await == before);
        // Another account has points of its own, and so has nobody.
        ask(&app.tenant_admin("acme.example").await).await.expect(200);
        assert_eq!(standing(&ask(&app.anon()).await.expect(200)), Some([3, 2, 1]));
        // The old APIs know no such answer.
        operator.get("/sys/boss/v1/domains").await.expect(200);
        app.clock.advance(1);
        assert_eq!(standing(&ask(&operator).await.expect(200)), Some([3, 2, 1]));
    }

    async fn a_large_answer_is_paid_by_waiting(setup: Setup) {
        let app = bounded(setup, 10).await;
        let operator = app.operator().await;
        // 200 rows of three fields and some beside them.
        let large = json!({ "query": "{ tenants(first: 200) { nodes { id domain } } }" });
        assert_eq!(standing(&operator.post("/graphql", large).await.expect(200)), Some([10, 9, 1]));
        let huge = json!({ "query": "{ tenants(first: 200) { nodes { users(first: 100) { nodes { id } } } } }" });
        let reply = operator.post("/graphql", huge.clone()).await.expect(200);
        let [_, remaining, reset] = standing(&reply).expect("a standing");
        assert!(remaining == 0 && reset > 2, "{reply:?}");
        let wait: i64 = ask(&operator).await.expect(429).header("retry-after").expect("a wait").parse().expect("seconds");
        let streamed = operator.with("accept", "text/event-stream");
        let streamed = streamed.post("/graphql/stream", json!({ "query": "{ viewer { login } }" })).await.expect(429);
        let waits: Vec<_> = streamed.headers.get_all("retry-after").iter().collect();
        assert_eq!(waits, [wait.to_string().as_str()]);
        assert!(standing(&streamed).is_some(), "{streamed:?}");
        app.clock.advance(wait - 1);
        ask(&operator).await.expect(429);
        app.clock.advance(1);
        ask(&operator).await.expect(200);
    }

    async fn every_answer_tells_what_is_left(setup: Setup) {
        let app = bounded(setup, 50).await;
        let operator = app.operator().await;
        for (body, status) in [
            (json!({ "query": "{ nothing }" }), 200),
            (json!({ "query": 1 }), 400),
            (json!({ "query": "{ viewer { login } }" }), 200),
        ] {
            let reply = operator.post("/graphql", body).await.expect(status);
            assert!(standing(&reply).is_some_and(|[limit, ..]| limit == 50), "{reply:?}");
        }
        let costly = json!({ "query": "{ tenants(first: 200) { nodes { id name domain databaseId version createdAt updatedAt } } }", "extensions": { "cost": true } });
        let batch = json!([costly, costly]);
        let reply = operator.post("/graphql", batch).await.expect(200);
        let [_, left, _] = standing(&reply).expect("a standing");
        let cost = &reply.json()[1]["extensions"]["cost"];
        assert_eq!((&cost["points"], &cost["remaining"]), (&json!(2), &json!(left)), "{reply:?}");
        assert_eq!(left, 50 - 1 - 2 * 2, "a bad document costs nothing");
        let reply = operator.get("/graphql?query=%7Bviewer%7Blogin%7D%7D").await.expect(200);
        assert!(standing(&reply).is_some(), "{reply:?}");
        assert_eq!(standing(&operator.get("/schema.graphql").await.expect(200)), None);
    }

    async fn a_socket_stays_open_when_an_operation_is_refused(setup: Setup) {
        let app = bounded(setup, 2).await;
        let operator = app.operator().await;
        let mut socket = operator.socket().await.expect("a socket");
        socket.init(Value::Null).await;
        for (id, kind) in [("1", "next"), ("2", "next"), ("3", "error")] {
            socket.subscribe(id, "{ viewer { login } }", Value::Null).await;
            let message = socket.message().await;
            assert_eq!(message["type"], kind, "{message}");
            if kind == "error" {
                assert_eq!(message["payload"][0]["extensions"]["code"], "LIMIT_EXCEEDED");
            } else {
                assert_eq!(socket.message().await["type"], "complete");
            }
        }
        app.clock.advance(1);
        socket.subscribe("4", "{ viewer { login } }", Value::Null).await;
        assert_eq!(socket.message().await["type"], "next");
    }

    async fn without_a_bound_nothing_is_told(app: App) {
        let reply = ask(&app.operator().await).await.expect(200);
        assert_eq!(standing(&reply), None);
    }
}
