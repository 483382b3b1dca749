//! GraphQL over server-sent events: an operation with a stream of its own, and many that share a reserved one.

use serde_json::{Value, json};
use service::Clock;

use crate::{
    app::{Actor, App, PASSWORD, Setup},
    stream::{Event, PATH, Stream, operate, reserve},
};

const NUMBERS: &str = "subscription { phoneNumberChanged { event nodeId } }";

/// Makes a number and answers its id.
async fn number(actor: &Actor, number: &str) -> Value {
    let made = actor.mutate("phoneNumberCreate", json!({ "number": number }), "phoneNumber { id }").await;
    made.ok()["phoneNumber"]["id"].clone()
}

/// The path with these parameters.
fn path(parameters: &[(&str, &str)]) -> String {
    let text: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{PATH}?{text}")
}

/// A key of the first operator that ends in a second, on a clock that stands still: no request comes too late.
pub async fn brief(app: &App) -> Actor {
    let ends = app.clock.now() + chrono::TimeDelta::seconds(1);
    let input = json!({ "name": "brief", "expiresAt": ends.to_rfc3339() });
    let made = app.operator().await.mutate("apiKeyCreate", input, "key").await;
    app.anon().bearing(made.ok()["key"].as_str().expect("a key"))
}

both! {
    async fn an_operation_has_a_stream_of_its_own(app: App) {
        let operator = app.operator().await;
        let mut stream = Stream::post(&operator, NUMBERS, json!({})).await;
        for (name, value) in [("cache-control", "no-cache"), ("x-accel-buffering", "no")] {
            assert_eq!(stream.headers.get(name).expect(name), value);
        }
        let one = number(&operator, "49300001").await;
        let (_, told) = stream.next().await;
        assert_eq!(told, json!({ "event": "CREATED", "nodeId": one }));
        // What is no subscription answers once.
        let mutation = "mutation { tenantCreate(input: { domain: \"acme.example\" }) { tenant { domain } } }";
        let mut once = Stream::post(&operator, mutation, json!({})).await;
        let event = once.event().await;
        let data = json!({ "data": { "tenantCreate": { "tenant": { "domain": "acme.example" } } } });
        assert_eq!(event, Event { name: "next".into(), id: None, data });
        once.completes(None).await;
        let asked = path(&[("query", "query($n: Int) { tenants(first: $n) { totalCount } }"), ("variables", "{\"n\":1}")]);
        let mut once = Stream::open(&operator, "GET", &asked, ()).await.expect("a stream");
        assert_eq!(once.event().await.data, json!({ "data": { "tenants": { "totalCount": 1 } } }));
        once.completes(None).await;
    }

    async fn a_stream_goes_on_behind_the_last_event(app: App) {
        let operator = app.operator().await;
        let mut first = Stream::post(&operator, NUMBERS, json!({})).await;
        let made = [number(&operator, "49300001").await, number(&operator, "49300002").await];
        let ((cursor, one), (second, _)) = (first.next().await, first.next().await);
        assert_eq!(one["nodeId"], made[0]);
        drop(first);
        let third = number(&operator, "49300003").await;
        // The cursor is the same whether it is asked for or not, and it wins over the document.
        let query = "subscription($c: String) { phoneNumberChanged(since: $c) { cursor nodeId } }";
        let variables = json!({ "c": second });
        let mut since = Stream::post(&operator, query, variables.clone()).await;
        assert_eq!(since.next().await.1["nodeId"], third);
        let back = operator.with("last-event-id", &cursor);
        let asked = path(&[("query", query), ("variables", &variables.to_string())]);
        let by_get = Stream::open(&back, "GET", &asked, ()).await.expect("a stream");
        let fourth = number(&operator, "49300004").await;
        let (again, plain) = (Stream::post(&back, query, variables).await, Stream::post(&back, NUMBERS, json!({})).await);
        let fifth = number(&operator, "49300005").await;
        for mut stream in [again, plain, by_get] {
            for id in [&made[1], &third, &fourth, &fifth] {
                let (cursor, told) = stream.next().await;
                assert_eq!(&told["nodeId"], id);
                assert!(told.get("cursor").is_none_or(|told| *told == cursor), "{told}");
            }
        }
        let never = operator.with("last-event-id", "never");
        Stream::post(&never, NUMBERS, json!({})).await.completes(Some("BAD_REQUEST")).await;
    }

    async fn many_operations_share_a_reserved_stream(app: App) {
        let operator = app.operator().await;
        let token = reserve(&operator).await;
        // What begins before the stream is open waits for it.
        operate(&operator, &token, "who", "{ viewer { login } }").await.expect(202);
        operate(&operator, &token, "numbers", NUMBERS).await.expect(202);
        operate(&operator, &token, "numbers", NUMBERS).await.expect(409);
        let mut stream = Stream::get(&app.anon(), &token).await;
        let payload = json!({ "data": { "viewer": { "login": "root" } } });
        let event = |name: &str, data| Event { name: name.into(), id: None, data };
        assert_eq!(stream.event().await, event("next", json!({ "id": "who", "payload": payload })));
        assert_eq!(stream.event().await, event("complete", json!({ "id": "who" })));
        let one = number(&operator, "49300001").await;
        let told = stream.event().await;
        assert_eq!(told.data["payload"]["data"]["phoneNumberChanged"]["nodeId"], one, "{told:?}");
        // A cursor of this stream is a place for another operation to begin at.
        let last = told.id.expect("a cursor");
        let two = number(&operator, "49300002").await;
        assert_eq!(stream.event().await.data["id"], "numbers");
        operate(&operator.with("last-event-id", &last), &token, "again", NUMBERS).await.expect(202);
        let told = stream.event().await;
        assert_eq!(told.data["id"], "again");
        assert_eq!(told.data["payload"]["data"]["phoneNumberChanged"]["nodeId"], two);
        // One ends; its id is free again, and the other goes on.
        let header = operator.with("x-graphql-event-stream-token", &token);
        header.delete(&path(&[("operationId", "numbers")])).await.expect(200);
        header.delete(&path(&[("operationId", "numbers")])).await.expect(200);
        number(&operator, "49300003").await;
        assert_eq!(stream.event().await.data["id"], "again");
        operate(&operator, &token, "numbers", "{ __typename }").await.expect(202);
        assert_eq!(stream.event().await.data["payload"]["data"]["__typename"], "Query");
        assert_eq!(stream.event().await, event("complete", json!({ "id": "numbers" })));
        // There is one stream of a reservation, and it ends with it.
        let second = Stream::open(&app.anon().with("x-graphql-event-stream-token", &token), "GET", PATH, ()).await;
        assert_eq!(second.err().expect("a refusal").status, 409);
        drop(stream);
        while operate(&operator, &token, "late", "{ __typename }").await.status != 404 {
            tokio::task::yield_now().await;
        }
        assert_eq!(Stream::open(&operator, "GET", &path(&[("token", &token)]), ()).await.err().expect("none").status, 404);
    }

    async fn a_reservation_belongs_to_its_account(app: App) {
        let (bob, carol) = (app.user("acme.example", "bob").await, app.user("acme.example", "carol").await);
        let token = reserve(&bob).await;
        let anon = app.anon();
        let fields = [("grant_type", "password"), ("username", "bob@acme.example"), ("password", PASSWORD)];
        let given = anon.form("/oauth/token", &fields).await.expect(200).json();
        let by_token = app.anon().bearing(given["access_token"].as_str().expect("a token"));
        for other in [&carol, &app.operator().await, &app.stranger().await] {
            operate(other, &token, "1", "{ __typename }").await.expect(404);
            other.delete(&path(&[("token", &token), ("operationId", "1")])).await.expect(404);
        }
        for nobody in [app.anon(), app.basic("bob@acme.example", "wrong"), app.anon().bearing("x")] {
            operate(&nobody, &token, "1", "{ __typename }").await.expect(401);
            nobody.delete(&path(&[("token", &token), ("operationId", "1")])).await.expect(401);
            nobody.put(PATH, ()).await.expect(401);
        }
        // The same account by other credentials.
        operate(&by_token, &token, "1", "{ viewer { login } }").await.expect(202);
        let mut stream = Stream::get(&app.anon(), &token).await;
        assert_eq!(stream.event().await.data["payload"]["data"]["viewer"]["login"], "bob");
    }

    async fn who_loses_its_rights_loses_its_stream_of_events(app: App) {
        let operator = app.operator().await;
        let bob = app.user("acme.example", "bob").await;
        let alone = Stream::post(&bob, "subscription { changes { cursor } }", json!({})).await;
        let token = reserve(&bob).await;
        operate(&bob, &token, "1", "subscription { changes { cursor } }").await.expect(202);
        let mut shared = Stream::get(&bob, &token).await;
        operator.put("/sys/boss/v1/domains/acme.example/freeze", ()).await.expect(204);
        alone.completes(Some("UNAUTHENTICATED")).await;
        let event = shared.event().await;
        assert_eq!(event.data["payload"]["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{event:?}");
        assert_eq!(shared.event().await.data, json!({ "id": "1" }));
        operate(&bob, &token, "2", "{ __typename }").await.expect(401);
    }
}

once! {
    async fn a_stream_ends_with_the_token(setup: Setup) {
        let clock = Clock::fixed(setup.clock.now());
        let app = Setup { clock, ..setup }.start().await;
        let brief = brief(&app).await;
        let alone = Stream::post(&brief, NUMBERS, json!({})).await;
        let token = reserve(&brief).await;
        operate(&brief, &token, "1", NUMBERS).await.expect(202);
        let mut shared = Stream::get(&app.anon(), &token).await;
        alone.completes(Some("UNAUTHENTICATED")).await;
        let event = shared.event().await;
        assert_eq!(event.data["payload"]["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{event:?}");
        assert_eq!(shared.event().await.data, json!({ "id": "1" }));
        assert_eq!(shared.try_next().await, None);
    }

    async fn a_request_for_a_stream_is_refused_as_a_request(app: App) {
        let operator = app.operator().await;
        let query = json!({ "query": "{ __typename }" });
        let refused = async |actor: &Actor, method: &str, path: &str, body: &Value| {
            let body = if method == "POST" { body.to_string().into() } else { crate::http::Payload::Nothing };
            let actor = if actor.headers.contains_key("content-type") { actor.clone() } else { actor.with("content-type", "application/json") };
            let reply = Stream::open(&actor, method, path, body).await.err().expect("a refusal");
            let json: Option<Value> = serde_json::from_slice(&reply.body).ok();
            let code = json.map(|json| json["errors"][0]["extensions"]["code"].clone()).unwrap_or_default();
            (reply.status, code.as_str().unwrap_or("-").to_owned())
        };
        let bad = |status: u16| (status, "BAD_REQUEST".to_owned());
        let of = |query: &str| path(&[("query", query)]);
        let json_alone = operator.with("accept", "application/json");
        assert_eq!(refused(&json_alone, "POST", PATH, &query).await, bad(406));
        assert_eq!(refused(&operator.with("accept", "text/event-stream;q=0, */*"), "GET", &of("{ __typename }"), &query).await, bad(406));
        assert_eq!(refused(&operator.with("accept", "text/event-stream;q=0, text/html"), "GET", &of("{ __typename }"), &query).await, bad(406));
        assert_eq!(refused(&json_alone, "GET", &path(&[("token", "x")]), &query).await, bad(406));
        assert_eq!(refused(&json_alone, "PUT", PATH, &query).await, bad(406));
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
            assert_eq!(refused(&operator.with("content-type", kind), "POST", PATH, &query).await, bad(415), "{kind}");
        }
        let unauthenticated = (401, "UNAUTHENTICATED".to_owned());
        assert_eq!(refused(&app.basic("root", "wrong"), "POST", PATH, &query).await, unauthenticated);
        assert_eq!(refused(&app.basic("root", "wrong"), "GET", &of("{ __typename }"), &query).await, unauthenticated);
        for wrong in [json!([]), json!({}), json!({ "query": 5 }), json!({ "query": "" })] {
            assert_eq!(refused(&operator, "POST", PATH, &wrong).await, bad(400), "{wrong}");
        }
        assert_eq!(refused(&operator, "GET", PATH, &query).await, bad(400));
        assert_eq!(refused(&operator, "GET", &path(&[("query", "{ __typename }"), ("variables", "{")]), &query).await, bad(400));
        let mutation = "mutation { tenantCreate(input: { domain: \"acme.example\" }) { tenant { domain } } }";
        let written = app.changes().await;
        assert_eq!(refused(&operator, "GET", &of(mutation), &query).await, bad(405));
        assert_eq!(app.changes().await, written, "nothing is written by GET");
        for method in ["PATCH", "HEAD"] {
            assert_eq!(refused(&operator, method, PATH, &query).await.0, 405, "{method}");
        }
        let aliases: String = (0..101).map(|at| format!("a{at}: __typename ")).collect();
        let much = json!({ "query": format!("{{ {aliases} }}") });
        assert_eq!(refused(&operator, "POST", PATH, &much).await, (400, "LIMIT_EXCEEDED".to_owned()));
        // What is wrong with a document is told in the stream, where a browser's page can read it.
        for wrong in ["{", "{ nothing }", "subscription { changes { nothing } }", "query($n: Int!) { __typename }"] {
            Stream::post(&operator, wrong, json!({})).await.completes(Some("BAD_REQUEST")).await;
        }
        let nobody = Stream::post(&app.anon(), NUMBERS, json!({})).await;
        nobody.completes(Some("UNAUTHENTICATED")).await;
        for accept in ["text/event-stream", "*/*", "text/html, text/*;q=0.1"] {
            let mut stream = Stream::post(&operator.with("accept", accept), "{ __typename }", json!({})).await;
            assert_eq!(stream.event().await.data["data"]["__typename"], "Query");
        }
        // Of a reserved stream.
        let token = reserve(&operator).await;
        let reserved = operator.with("x-graphql-event-stream-token", &token);
        assert_eq!(refused(&reserved, "POST", PATH, &query).await, bad(400), "no id");
        assert_eq!(refused(&reserved, "DELETE", PATH, &query).await, bad(400), "no id");
        assert_eq!(refused(&operator, "DELETE", &path(&[("operationId", "1")]), &query).await, bad(404));
        assert_eq!(operate(&operator, "unknown", "1", "{ __typename }").await.status, 404);
        assert_eq!(operate(&operator, &token, "1", "{ nothing }").await.status, 400);
        assert_eq!(refused(&operator, "GET", &path(&[("token", "unknown")]), &query).await, bad(404));
    }

    async fn a_reserved_stream_has_a_hundred_operations(app: App) {
        let operator = app.operator().await;
        let token = reserve(&operator).await;
        let _stream = Stream::get(&operator, &token).await;
        for id in 0..100 {
            operate(&operator, &token, &id.to_string(), NUMBERS).await.expect(202);
        }
        let much = operate(&operator, &token, "one more", NUMBERS).await.expect(429);
        assert_eq!(much.json()["errors"][0]["extensions"]["code"], "LIMIT_EXCEEDED");
    }

    async fn a_stream_shows_that_it_lives_and_must_be_opened_in_time(setup: Setup) {
        let mut setup = setup;
        setup.config.limits.ping_seconds = 1;
        setup.config.limits.init_seconds = 1;
        let app = setup.start().await;
        let operator = app.operator().await;
        let unused = reserve(&operator).await;
        let mut stream = Stream::post(&operator, NUMBERS, json!({})).await;
        for _ in 0..3 {
            assert_eq!(stream.block().await.as_deref(), Some(":"));
        }
        let ends = operator.with("x-graphql-event-stream-token", &unused);
        while ends.delete(&path(&[("operationId", "1")])).await.status != 404 {
            tokio::task::yield_now().await;
        }
        assert_eq!(Stream::open(&operator, "GET", &path(&[("token", &unused)]), ()).await.err().expect("none").status, 404);
    }

    async fn a_stream_ends_with_the_server(app: App) {
        let operator = app.operator().await;
        let mut alone = Stream::post(&operator, NUMBERS, json!({})).await;
        let mut shared = Stream::get(&operator, &reserve(&operator).await).await;
        app.stop().await;
        // Without `complete`, so that a client comes back.
        assert_eq!((alone.try_next().await, shared.try_next().await), (None, None));
    }
}
