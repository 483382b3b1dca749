//! Going on from a cursor: nothing missed, nothing twice, in whatever feed.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    app::{Actor, App},
    socket::{Heard, Subscription},
};

async fn since(actor: &Actor, field: &str, cursor: Option<&Value>) -> Subscription {
    let query =
        format!("subscription($since: String) {{ {field}(since: $since) {{ event cursor nodeId }} }}");
    actor.subscribe(&query, json!({ "since": cursor })).await
}

/// Makes a number and answers its id.
async fn number(actor: &Actor, number: &str) -> Value {
    let made = actor.mutate("phoneNumberCreate", json!({ "number": number }), "phoneNumber { id }").await;
    made.ok()["phoneNumber"]["id"].clone()
}

/// Hears as many events as there are and makes sure that each comes once, in one order.
async fn hear(stream: &mut Subscription, count: usize) -> Vec<(Value, Value)> {
    let mut heard = Vec::new();
    for _ in 0..count {
        let event = stream.next().await;
        heard.push((event["cursor"].clone(), event["nodeId"].clone()));
    }
    let once: BTreeSet<_> = heard.iter().map(|(cursor, _)| cursor.to_string()).collect();
    assert_eq!(once.len(), heard.len(), "an event came twice");
    heard
}

both! {
    async fn a_stream_goes_on_where_another_ended(app: App) {
        let operator = app.operator().await;
        let mut first = since(&operator, "changes", None).await;
        let one = number(&operator, "49300001").await;
        let (cursor, heard) = hear(&mut first, 1).await.remove(0);
        assert_eq!(heard, one);
        drop(first);
        let (two, three) = (number(&operator, "49300002").await, number(&operator, "49300003").await);
        let tenant = app.tenant("acme.example").await;

        let mut all = since(&operator, "changes", Some(&cursor)).await;
        let ids: Vec<_> = hear(&mut all, 3).await.into_iter().map(|(_, id)| id).collect();
        assert_eq!(ids, [two.clone(), three.clone(), json!(tenant.id.to_string())]);
        // A cursor of one feed is a place in every other.
        let mut numbers = since(&operator, "phoneNumberChanged", Some(&cursor)).await;
        let of_numbers = hear(&mut numbers, 2).await;
        assert_eq!(of_numbers.iter().map(|(_, id)| id.clone()).collect::<Vec<_>>(), [two, three.clone()]);
        let mut tenants = since(&operator, "tenantChanged", Some(&of_numbers[1].0)).await;
        assert_eq!(tenants.next().await["nodeId"], json!(tenant.id.to_string()));
        // And then it goes on live.
        let four = number(&operator, "49300004").await;
        for stream in [&mut all, &mut numbers] {
            assert_eq!(stream.next().await["nodeId"], four);
        }
        let beta = app.tenant("beta.example").await.id.to_string();
        assert_eq!(tenants.next().await["nodeId"], json!(beta), "a feed of tenants hears of no number");
    }

    async fn nothing_is_missed_while_many_write(app: App) {
        let operator = app.operator().await;
        let mut live = since(&operator, "phoneNumberChanged", None).await;
        let before = number(&operator, "4930").await;
        let (cursor, id) = hear(&mut live, 1).await.remove(0);
        assert_eq!(id, before);

        let mut writers = JoinSet::new();
        for writer in 0..10 {
            let operator = operator.clone();
            writers.spawn(async move {
                let mut made = Vec::new();
                for turn in 0..30 {
                    made.push(number(&operator, &format!("49301{writer:02}{turn:03}")).await.to_string());
                }
                made
            });
        }
        // One comes while they write, goes in the middle, and another one goes on from there.
        let mut early = since(&operator, "phoneNumberChanged", Some(&cursor)).await;
        let begun = hear(&mut early, 100).await;
        drop(early);
        let mut late = since(&operator, "phoneNumberChanged", Some(&begun[99].0)).await;
        let ended = hear(&mut late, 200).await;
        let made: BTreeSet<_> = writers.join_all().await.into_iter().flatten().collect();
        assert_eq!(made.len(), 300);

        let heard: Vec<_> = begun.into_iter().chain(ended).collect();
        let ids: BTreeSet<_> = heard.iter().map(|(_, id)| id.to_string()).collect();
        assert_eq!(ids, made, "each write is heard of once");
        // Who was there all the time heard the same in the same order.
        assert_eq!(hear(&mut live, 300).await, heard);
        let last = number(&operator, "49302").await;
        assert_eq!(late.next().await["nodeId"], last, "nothing comes twice");
    }

    async fn what_was_never_a_cursor_is_refused(app: App) {
        let operator = app.operator().await;
        number(&operator, "49300001").await;
        let future = "Y2hhbmdlOjk5OTk5OTk5OTk6OTk5OTk5OTk5OQ"; // change:9999999999:9999999999
        for wrong in ["", "42", "change:0:1", "Y2hhbmdlOjE6LTI", "WzEsMl0", future, "\u{1F600}"] {
            for field in ["changes", "phoneNumberChanged"] {
                let mut stream = since(&operator, field, Some(&json!(wrong))).await;
                let Heard::Message(message) = stream.0.hear().await else {
                    panic!("{field}(since: {wrong:?}) closed")
                };
                let errors = message["payload"].as_array().or(message["payload"]["errors"].as_array());
                let code =
                    errors.and_then(|errors| errors.first()).map(|error| error["extensions"]["code"].clone());
                assert_eq!(code, Some(json!("BAD_REQUEST")), "{field}(since: {wrong:?}): {message}");
            }
        }
    }

    async fn a_stream_is_of_one_row_or_one_tenant_when_asked(app: App) {
        let operator = app.operator().await;
        let (acme, beta) = (app.tenant("acme.example").await, app.tenant("beta.example").await);
        let query =
            "subscription($id: ID, $tenant: ID) { tenantChanged(id: $id, tenantId: $tenant) { nodeId version } }";
        let mut by_id = operator.subscribe(query, json!({ "id": beta.id.to_string() })).await;
        let mut by_tenant = operator.subscribe(query, json!({ "tenant": beta.id.to_string() })).await;
        for (tenant, name) in [(&acme, "Another"), (&beta, "Another"), (&acme, "Third"), (&beta, "Third")] {
            let input = json!({ "id": tenant.id.to_string(), "name": name });
            operator.mutate("tenantUpdate", input, "tenant { id }").await.ok();
        }
        for stream in [&mut by_id, &mut by_tenant] {
            for version in [2, 3] {
                let expected = json!({ "nodeId": beta.id.to_string(), "version": version });
                assert_eq!(stream.next().await, expected, "of one tenant, each once");
            }
        }
    }

    async fn the_log_tells_who_wrote_what_through_which_door(app: App) {
        let operator = app.operator().await.with("x-request-id", "my-request-1");
        operator.post("/sys/boss/v1/domains/acme.example", ()).await.expect(201);
        let told = "SELECT count(*) FROM change WHERE actor = 'root' AND door = 'boss' AND request_id = 'my-request-1' \
                    AND kind = 'tenant' AND event = 'CREATED' AND version = 1 AND tenant_id = row_id";
        assert_eq!(app.store.number(told).await, 1);
    }
}
