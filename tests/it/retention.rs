//! How long the log of changes is kept, and what they are told who come later.

use chrono::{TimeZone, Utc};
use serde_json::{Value, json};
use service::Clock;

use crate::{
    app::{Actor, App, Begin, Setup},
    socket::{Heard, Subscription},
    store::Backend,
};

const DAY: i64 = 24 * 60 * 60;

/// A server whose clock stands still.
async fn still(mut setup: Setup, keep_days: u32) -> App {
    setup.clock = Clock::fixed(Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap());
    setup.config.changes.keep_days = keep_days;
    setup.start().await
}

async fn since(actor: &Actor, cursor: &Value) -> Subscription {
    let query = "subscription($since: String) { changes(since: $since) { event cursor kind nodeId version node { id } } }";
    actor.subscribe(query, json!({ "since": cursor })).await
}

async fn number(actor: &Actor, number: &str) -> Value {
    let made = actor.mutate("phoneNumberCreate", json!({ "number": number }), "phoneNumber { id }").await;
    made.ok()["phoneNumber"]["id"].clone()
}

both! {
    async fn who_comes_too_late_is_told_once(setup: Setup) {
        let app = still(setup, 30).await;
        let operator = app.operator().await;
        let mut live = since(&operator, &Value::Null).await;
        let mut cursors = Vec::new();
        for turn in 0..3 {
            let id = number(&operator, &format!("4930000{turn}")).await;
            let event = live.next().await;
            assert_eq!(event["nodeId"], id);
            cursors.push(event["cursor"].clone());
        }
        app.clock.advance(29 * DAY);
        app.services.tidy().await;
        // Nothing is old enough yet.
        let mut early = since(&operator, &cursors[0]).await;
        for cursor in &cursors[1..] {
            assert_eq!(early.next().await["cursor"], *cursor);
        }
        app.clock.advance(2 * DAY);
        let kept = number(&operator, "493000099").await;
        let kept_at = live.next().await["cursor"].clone();
        assert_eq!(early.next().await["cursor"], kept_at);
        app.services.tidy().await;
        assert_eq!(app.changes().await, 1, "the one that is young");

        let mut late = since(&operator, &cursors[0]).await;
        let resync = late.next().await;
        let expected = json!({ "event": "RESYNC", "cursor": resync["cursor"], "kind": null, "nodeId": null,
                               "version": null, "node": null });
        assert_eq!(resync, expected);
        // Who has heard all that was thrown away has missed nothing.
        let mut just = since(&operator, &cursors[2]).await;
        assert_eq!(just.next().await["nodeId"], kept);
        let newest = number(&operator, "493000100").await;
        for stream in [&mut live, &mut early, &mut late, &mut just] {
            let event = stream.next().await;
            assert_eq!((&event["event"], &event["nodeId"]), (&json!("CREATED"), &newest));
        }
        // The place of the word goes on like any other.
        let mut again = since(&operator, &resync["cursor"]).await;
        assert_eq!(again.next().await["nodeId"], newest);
        let mut by_kind = operator
            .subscribe("subscription($since: String) { tenantChanged(since: $since) { event } }", json!({ "since": cursors[0] }))
            .await;
        assert_eq!(by_kind.next().await, json!({ "event": "RESYNC" }));
    }

    async fn the_log_is_kept_for_ever_when_it_should_be(setup: Setup) {
        let app = still(setup, 0).await;
        let operator = app.operator().await;
        let mut live = since(&operator, &Value::Null).await;
        number(&operator, "49300001").await;
        let first = live.next().await["cursor"].clone();
        app.clock.advance(10_000 * DAY);
        app.services.tidy().await;
        let second = number(&operator, "49300002").await;
        assert_eq!(since(&operator, &first).await.next().await["nodeId"], second);
    }

    async fn a_server_goes_on_behind_what_was_thrown_away(setup: Setup) {
        let app = still(setup, 30).await;
        let operator = app.operator().await;
        number(&operator, "49300001").await;
        let mut live = since(&operator, &Value::Null).await;
        number(&operator, "49300002").await;
        let last = live.next().await["cursor"].clone();
        app.clock.advance(31 * DAY);
        app.services.tidy().await;
        assert_eq!(app.changes().await, 0);
        let clock = app.clock.clone();
        let mut setup = Setup::begin(app.store.backend).await;
        setup.clock = clock;
        setup.store = app.stop().await;
        setup.config.database_url = setup.store.url.clone();
        setup.config.data_dir = setup.store.folder.join("data");
        let app = setup.start().await;
        let operator = app.operator().await;
        // Nothing has been missed, though nothing is left.
        let mut again = since(&operator, &last).await;
        let third = number(&operator, "49300003").await;
        assert_eq!(again.next().await["nodeId"], third);
    }

    async fn far_behind_all_is_read_from_the_table(app: App) {
        let operator = app.operator().await;
        let mut live = since(&operator, &Value::Null).await;
        let tenant = app.tenant("acme.example").await.id;
        let first = live.next().await["cursor"].clone();
        let count = 5_000;
        let connection = app.store.connect().await;
        let numbers = match app.store.backend {
            Backend::Postgres => format!("SELECT n FROM generate_series(1, {count}) AS numbers(n)"),
            Backend::Sqlite => format!("WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}) SELECT n FROM numbers"),
        };
        let sql = format!(
            "INSERT INTO change (kind, row_id, event, version, actor, door, request_id, at, fields, tenant_id) \
             SELECT 'tenant', CASE WHEN n % 100 = 0 THEN {tenant} ELSE 900000 + n END, 'UPDATED', n + 1, '', '', '', \
             '2026-03-01 12:00:00+00:00', '{{}}', {tenant} FROM ({numbers}) AS all_numbers",
            tenant = tenant.number()
        );
        sea_orm::ConnectionTrait::execute_unprepared(&connection, &sql).await.expect(&sql);
        connection.close().await.expect("a closed connection");
        let admin = app.tenant_admin("acme.example").await;
        for actor in [&operator, &admin] {
            // Further behind than memory goes, then from memory, then live.
            let mut late = since(actor, &first).await;
            let mut versions = Vec::new();
            while versions.len() < count {
                let event = late.next().await;
                assert_eq!(event["event"], "UPDATED", "{event}");
                assert_eq!(event["node"].is_null(), event["nodeId"] != json!(tenant.to_string()), "{event}");
                versions.push(event["version"].as_u64().expect("a version"));
            }
            assert!(versions.iter().copied().eq(2..=count as u64 + 1), "each once and in order");
        }
    }

    async fn the_place_of_another_log_is_none_of_this_one(setup: Setup) {
        let app = setup.start().await;
        let other = App::begin(app.store.backend).await;
        let operator = other.operator().await;
        let mut live = since(&operator, &Value::Null).await;
        for turn in 0..20 {
            number(&operator, &format!("4930000{turn:02}")).await;
        }
        let mut last = Value::Null;
        for _ in 0..20 {
            last = live.next().await["cursor"].clone();
        }
        let mut stream = since(&app.operator().await, &last).await;
        let Heard::Message(message) = stream.0.hear().await else { panic!("closed") };
        let errors = message["payload"].as_array().or(message["payload"]["errors"].as_array());
        let code = errors.and_then(|errors| errors.first()).map(|error| error["extensions"]["code"].clone());
        assert_eq!(code, Some(json!("BAD_REQUEST")), "{message}");
    }

    async fn what_is_committed_late_is_not_skipped(app: App) {
        if app.store.backend == Backend::Sqlite {
            return; // one writes at a time
        }
        let operator = app.operator().await;
        let mut live = since(&operator, &Value::Null).await;
        let connection = app.store.connect().await;
        let open = sea_orm::TransactionTrait::begin(&connection).await.expect("a transaction");
        let sql = "INSERT INTO change (kind, row_id, event, version, actor, door, request_id, at, fields) \
                   VALUES ('phone_number', 4711, 'DELETED', 3, '', '', '', now(), '{}')";
        sea_orm::ConnectionTrait::execute_unprepared(&open, sql).await.expect(sql);
        // Younger, and committed earlier.
        let made = number(&operator, "49300001").await;
        open.commit().await.expect("a commit");
        let ids: Vec<_> = [live.next().await, live.next().await].map(|event| event["nodeId"].clone()).into();
        assert_eq!(ids, [json!("phone_number_4711"), made]);
    }
}
