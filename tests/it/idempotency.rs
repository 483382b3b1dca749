//! `Idempotency-Key`: a write that is sent again is answered as the first time, and is done once.

use chrono::DateTime;
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};
use service::Clock;
use tokio::task::JoinSet;

use crate::{
    app::{Actor, App, Setup},
    http::{PATIENCE, Reply, is_success},
    sql,
    store::Backend,
};

const JSON_API: &str = "application/vnd.api+json";

/// The mutation that makes the tenant `acme.example`.
fn create() -> Value {
    creation("acme.example")
}

fn creation(domain: &str) -> Value {
    let query = format!(
        "mutation {{ tenantCreate(input: {{ domain: \"{domain}\" }}) {{ tenant {{ id domain }} userErrors {{ code }} }} }}"
    );
    json!({ "query": query })
}

/// Whether an answer was given before.
fn is_replayed(reply: &Reply) -> bool {
    match reply.header("idempotency-replayed") {
        None => false,
        Some(word) => {
            assert_eq!(word, "true");
            true
        }
    }
}

/// The code of the only error of an answer, or of the only broken rule.
fn code(reply: &Reply) -> Option<String> {
    let answer = reply.json();
    let broken = answer["data"]["tenantCreate"]["userErrors"][0]["code"].as_str();
    broken.or(answer["errors"][0]["extensions"]["code"].as_str()).map(str::to_owned)
}

impl App {
    /// How many tenants were made here.
    async fn tenants(&self) -> i64 {
        self.store.number("SELECT count(*) FROM tenant").await
    }

    /// How many keys are kept.
    async fn keys(&self) -> i64 {
        self.store.number("SELECT count(*) FROM keyed_request").await
    }

    /// Makes all requests with keys look like ones whose server went away in the middle.
    async fn cut_off(&self, wrote: bool) {
        let connection = self.store.connect().await;
        let sql = format!("UPDATE keyed_request SET ended = FALSE, answer = NULL, written = {wrote}");
        connection.execute_unprepared(&sql).await.expect("an update");
        connection.close().await.expect("a closed connection");
    }
}

async fn keyed(app: &App) -> Actor {
    app.operator().await.with("idempotency-key", "order 1")
}

fn at_a_time(mut setup: Setup) -> Setup {
    setup.clock = Clock::fixed(DateTime::from_timestamp(1_900_000_000, 0).expect("a time"));
    setup
}

both! {
    async fn a_repeated_mutation_answers_the_first_result(app: App) {
        let (operator, before) = (keyed(&app).await, app.changes().await);
        let first = operator.post("/graphql", create()).await.expect(200);
        assert!(!is_replayed(&first) && code(&first).is_none(), "{first:?}");
        let written = app.changes().await;
        assert!(written > before);
        let again = operator.post("/graphql", create()).await.expect(200);
        assert!(is_replayed(&again), "{again:?}");
        assert_eq!((again.body.clone(), again.header("content-type")), (first.body.clone(), first.header("content-type")));
        assert_eq!((app.tenants().await, app.changes().await), (1, written));
        // Without the key, or with another one, it is done again.
        for other in [operator.without("idempotency-key"), operator.with("idempotency-key", "order 2")] {
            let reply = other.post("/graphql", create()).await.expect(200);
            assert_eq!((is_replayed(&reply), code(&reply).as_deref()), (false, Some("TAKEN")));
        }
        // A refusal by a rule is a result too.
        let refused = operator.with("idempotency-key", "order 2").post("/graphql", create()).await.expect(200);
        assert_eq!((is_replayed(&refused), code(&refused).as_deref()), (true, Some("TAKEN")));
        assert_eq!(app.changes().await, written);
    }

    async fn another_request_with_the_same_key_is_refused(app: App) {
        let operator = keyed(&app).await;
        operator.post("/graphql", create()).await.expect(200);
        let other = operator.post("/graphql", creation("birch.example")).await.expect(422);
        assert_eq!(code(&other).as_deref(), Some("BAD_REQUEST"));
        let elsewhere = operator.post("/graphql?x", create()).await.expect(422);
        assert_eq!(code(&elsewhere).as_deref(), Some("BAD_REQUEST"));
        let other = operator.post("/sys/boss/v1/domains/birch.example", json!({})).await.expect(422);
        assert_eq!((other.reason.as_str(), &other.json()["message"]), ("Unprocessable Entity", &json!("Unprocessable Entity")));
        let customer = json!({ "data": { "id": "7001", "type": "customers", "attributes": { "name": "Birch" } } });
        let reply = operator.with("content-type", JSON_API).post("/api/rest/public/operator/customers", customer).await;
        let reply = reply.expect(422);
        assert_eq!((reply.header("content-type"), &reply.json()["errors"][0]["code"]), (Some(JSON_API), &json!("422")));
        assert_eq!(app.tenants().await, 1);
    }

    async fn an_old_api_answers_a_repeated_post_as_the_first(app: App) {
        let operator = keyed(&app).await;
        let path = "/sys/boss/v1/domains/acme.example";
        let first = operator.post(path, json!({ "maxLines": 7 })).await.expect(201);
        let written = app.changes().await;
        let again = operator.post(path, json!({ "maxLines": 7 })).await.expect(201);
        assert!(is_replayed(&again) && !is_replayed(&first));
        assert_eq!((&again.body, &again.reason), (&first.body, &first.reason));
        // The words of the status line are part of an answer.
        let second = operator.with("idempotency-key", "2");
        for turn in [false, true] {
            let reply = second.post(path, json!({ "maxLines": 7 })).await.expect(409);
            assert_eq!((reply.reason.as_str(), is_replayed(&reply)), ("Domain Already Exists", turn));
        }
        let customer = json!({ "data": { "id": "7001", "type": "customers", "attributes": { "name": "Birch" } } });
        let operator = operator.with("content-type", JSON_API).with("idempotency-key", "3");
        let first = operator.post("/api/rest/public/operator/customers", customer.clone()).await.expect(201);
        let again = operator.post("/api/rest/public/operator/customers", customer).await.expect(201);
        assert!(is_replayed(&again) && !is_replayed(&first));
        assert_eq!((&again.body, again.header("content-type")), (&first.body, Some(JSON_API)));
        assert!(again.header("location").is_some() && again.header("location") == first.header("location"));
        assert_eq!((app.tenants().await, app.changes().await > written), (2, true));
    }

    async fn of_many_at_once_one_is_run_and_all_get_its_answer(app: App) {
        let operator = keyed(&app).await;
        operator.post("/graphql", json!({ "query": "{ viewer { login } }" })).await.expect(200);
        let mut tasks = JoinSet::new();
        for _ in 0..8 {
            let operator = operator.clone();
            tasks.spawn(async move { operator.post("/graphql", create()).await.expect(200) });
        }
        let replies = tasks.join_all().await;
        assert_eq!(replies.iter().filter(|reply| !is_replayed(reply)).count(), 1);
        assert!(replies.iter().all(|reply| code(reply).is_none() && reply.body == replies[0].body), "{replies:?}");
        assert_eq!(app.tenants().await, 1);
    }

    async fn a_batch_has_one_key(app: App) {
        let operator = keyed(&app).await;
        let batch = json!([{ "query": "{ __typename }" }, create(), creation("birch.example")]);
        let first = operator.post("/graphql", batch.clone()).await.expect(200);
        let again = operator.post("/graphql", batch).await.expect(200);
        assert!(is_replayed(&again) && !is_replayed(&first));
        assert_eq!((again.body, app.tenants().await), (first.body, 2));
        operator.post("/graphql", create()).await.expect(422);
        let queries = json!([{ "query": "{ __typename }" }]);
        assert!(!is_replayed(&operator.post("/graphql", queries).await.expect(200)));
    }

    async fn a_key_costs_three_statements(setup: Setup) {
        sql::listen();
        let app = setup.start().await;
        let operator = app.operator().await;
        let statements = async |actor: &Actor, domain: &str| {
            let reply = actor.post("/graphql", creation(domain)).await.expect(200);
            assert_eq!(code(&reply), None);
            sql::statements(&reply).await.len()
        };
        statements(&operator, "first.example").await; // which has to log in
        let without = statements(&operator, "acme.example").await;
        let keyed = operator.with("idempotency-key", "order 1");
        assert_eq!(statements(&keyed, "birch.example").await, without + 3);
        // A new tenant may have changed whom a name means, and is heard of at any time: then it logs in again.
        let mut repeated = Vec::new();
        for _ in 0..5 {
            repeated.push(statements(&keyed, "birch.example").await);
        }
        assert_eq!(repeated.iter().min(), Some(&2), "{repeated:?}");
    }

    async fn the_answer_outlives_the_server(setup: Setup) {
        let config = setup.config.clone();
        let app = setup.start().await;
        let first = keyed(&app).await.post("/graphql", create()).await.expect(200);
        let app = Setup { store: app.stop().await, config, clock: Clock::default() }.start().await;
        let again = keyed(&app).await.post("/graphql", create()).await.expect(200);
        assert!(is_replayed(&again));
        assert_eq!((again.body, app.tenants().await), (first.body, 1));
    }

    async fn a_key_is_kept_for_a_day(setup: Setup) {
        let app = at_a_time(setup).start().await;
        let operator = keyed(&app).await;
        operator.post("/graphql", create()).await.expect(200);
        app.clock.advance(24 * 3600 - 1);
        assert!(is_replayed(&operator.post("/graphql", create()).await));
        app.clock.advance(1);
        // It may even be another request by then.
        let other = operator.post("/graphql", creation("birch.example")).await.expect(200);
        assert_eq!((is_replayed(&other), code(&other)), (false, None));
        operator.with("idempotency-key", "order 2").post("/graphql", create()).await.expect(200);
        app.clock.advance(24 * 3600);
        assert_eq!(app.services.forget_keys().await.expect("a clean table"), 2);
        assert_eq!(app.keys().await, 0);
    }

    async fn a_key_belongs_to_one_account(app: App) {
        keyed(&app).await.post("/graphql", create()).await.expect(200);
        let key = |actor: Actor| actor.with("idempotency-key", "order 1");
        let admin = key(app.tenant_admin("acme.example").await);
        let extension = |number: &str| {
            let query = format!(
                "mutation {{ extensionCreate(input: {{ number: \"{number}\" }}) {{ extension {{ id }} userErrors {{ code }} }} }}"
            );
            json!({ "query": query })
        };
        let stranger = key(app.stranger().await);
        for own in [&admin, &stranger] {
            assert!(!is_replayed(&own.post("/graphql", extension("101")).await.expect(200)));
        }
        assert!(is_replayed(&admin.post("/graphql", extension("101")).await.expect(200)));
        // An API key may do less than its user, and gets none of its user's answers.
        let made = admin.mutate("apiKeyCreate", json!({ "name": "script" }), "key").await;
        assert_eq!(made.status, 422);
        let plain = admin.without("idempotency-key");
        let made = plain.mutate("apiKeyCreate", json!({ "name": "script", "scopes": ["read"] }), "key").await;
        let script = key(app.anon().bearing(made.ok()["key"].as_str().expect("a key")));
        assert_eq!(code(&script.post("/graphql", extension("101")).await.expect(422)).as_deref(), Some("BAD_REQUEST"));
        // Who is nobody has no keys.
        let anon = key(app.anon()).post("/graphql", create()).await;
        assert!(!is_replayed(&anon) && code(&anon).as_deref() == Some("UNAUTHENTICATED"), "{anon:?}");
        // Keys go with their account.
        assert_eq!(app.keys().await, 3);
        let carl = key(app.user("acme.example", "carl").await);
        let name = json!({ "query": "mutation { userUpdate(input: { id: \"user_0\", name: \"x\" }) { user { id } userErrors { code } } }" });
        carl.post("/graphql", name).await.expect(200);
        assert_eq!(app.keys().await, 4);
        let id = carl.gql("{ viewer { id } }", json!({})).await["viewer"]["id"].clone();
        plain.mutate("userDelete", json!({ "id": id }), "deletedId").await.ok();
        assert_eq!(app.keys().await, 3);
    }

    async fn only_what_is_run_uses_up_a_key(app: App) {
        let operator = keyed(&app).await;
        let query = json!({ "query": "{ viewer { login } }" });
        for _ in 0..2 {
            assert!(!is_replayed(&operator.post("/graphql", query.clone()).await.expect(200)), "a query is no write");
        }
        let boss = "/sys/boss/v1/domains/acme.example";
        operator.post("/graphql", json!({ "query": "mutation { nothing }" })).await;
        operator.with("content-type", "application/json").post("/graphql", "{").await.expect(400);
        operator.with("content-type", "application/json").post(boss, "{").await.expect(400);
        operator.post(boss, json!({ "maxLines": "many" })).await.expect(400);
        operator.post("/sys/boss/v1/nowhere", json!({})).await.expect(404);
        app.basic("root", "Wrong-Horse-9").with("idempotency-key", "order 1").post(boss, json!({})).await.expect(401);
        app.anon().with("idempotency-key", "order 1").post(boss, json!({})).await.expect(401);
        assert_eq!(app.keys().await, 0);
        let reply = operator.post(boss, json!({})).await.expect(201);
        assert!(!is_replayed(&reply));
        // Other methods do not know the header.
        for _ in 0..2 {
            let reply = operator.put(boss, json!({ "maxLines": 3 })).await.expect(204);
            assert!(!is_replayed(&reply));
        }
        assert_eq!((app.tenants().await, app.keys().await), (1, 1));
    }

    async fn a_key_that_is_none_is_refused(app: App) {
        let operator = app.operator().await;
        let too_long = "x".repeat(256);
        for wrong in ["", too_long.as_str(), "schlüssel"] {
            let operator = operator.with("idempotency-key", wrong);
            let reply = operator.post("/graphql", create()).await.expect(400);
            assert_eq!(code(&reply).as_deref(), Some("BAD_REQUEST"), "{wrong}");
            let reply = operator.post("/sys/boss/v1/domains/acme.example", json!({})).await.expect(400);
            assert_eq!(reply.json()["message"], "Bad Request");
            let operator = operator.with("content-type", JSON_API);
            let reply = operator.post("/api/rest/public/operator/customers", json!({})).await.expect(400);
            assert_eq!(reply.json()["errors"][0]["code"], "400");
        }
        assert_eq!(app.tenants().await, 0);
        let longest = "~".repeat(255);
        operator.with("idempotency-key", &longest).post("/graphql", create()).await.expect(200);
        assert_eq!((app.tenants().await, app.keys().await), (1, 1));
    }

    async fn a_request_that_was_cut_off_is_run_anew_unless_it_wrote(setup: Setup) {
        let mut setup = at_a_time(setup);
        setup.config.limits.seconds = 1;
        let app = setup.start().await;
        let operator = keyed(&app).await;
        let boss = "/sys/boss/v1/domains/birch.example";
        operator.post("/graphql", create()).await.expect(200);
        operator.with("idempotency-key", "2").post(boss, json!({})).await.expect(201);
        // It may still be under way.
        app.cut_off(false).await;
        assert_eq!(code(&operator.post("/graphql", create()).await.expect(409)).as_deref(), Some("CONFLICT"));
        let reply = operator.with("idempotency-key", "2").post(boss, json!({})).await.expect(409);
        assert_eq!(reply.reason, "Conflict");
        app.clock.advance(60);
        app.cut_off(true).await;
        let reply = operator.post("/graphql", create()).await.expect(409);
        assert_eq!(code(&reply).as_deref(), Some("CONFLICT"));
        assert!(reply.text().contains("answer is not kept"), "{reply:?}");
        app.cut_off(false).await;
        let reply = operator.post("/graphql", create()).await.expect(200);
        assert_eq!((is_replayed(&reply), code(&reply).as_deref()), (false, Some("TAKEN")), "it was run");
        assert!(is_replayed(&operator.post("/graphql", create()).await.expect(200)));
        assert_eq!(app.tenants().await, 2);
    }

    async fn what_is_kept_of_an_answer_is_sealed(app: App) {
        let operator = keyed(&app).await;
        let made = operator.mutate("apiKeyCreate", json!({ "name": "script" }), "key").await;
        let key = made.ok()["key"].as_str().expect("a key").to_owned();
        let again = operator.mutate("apiKeyCreate", json!({ "name": "script" }), "key").await;
        assert_eq!(again.ok()["key"], key);
        let dump = match app.store.backend {
            Backend::Sqlite => "SELECT hex(answer) FROM keyed_request",
            Backend::Postgres => "SELECT encode(answer, 'hex') FROM keyed_request",
        };
        let stored = crate::store::text(&app.store.url, dump).await.expect("a row").to_lowercase();
        let plain: String = key.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(stored.len() > plain.len() && !stored.contains(&plain));
    }

    /// The client goes away while its request waits for a lock (PostgreSQL) or at once (SQLite).
    async fn a_request_whose_client_went_away_is_done_and_answered_later(app: App) {
        let operator = keyed(&app).await;
        let connection = app.store.connect().await;
        let lock = match app.store.backend {
            Backend::Sqlite => None,
            Backend::Postgres => {
                let lock = connection.begin().await.expect("a transaction");
                lock.execute_unprepared("LOCK TABLE change IN EXCLUSIVE MODE").await.expect("a lock");
                Some(lock)
            }
        };
        let asking = tokio::spawn({
            let operator = operator.clone();
            async move { operator.post("/graphql", create()).await }
        });
        let begun = async {
            while app.keys().await == 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, begun).await.expect("a begun request");
        asking.abort();
        drop(asking.await);
        if let Some(lock) = lock {
            lock.commit().await.expect("an end of the lock");
        }
        let reply = operator.post("/graphql", create()).await;
        assert!(is_success(reply.status) && is_replayed(&reply) && code(&reply).is_none(), "{reply:?}");
        assert_eq!(app.tenants().await, 1);
    }
}
