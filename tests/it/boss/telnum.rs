use entity::phone_number;
use serde_json::json;
use service::numbering::PhoneNumberCreateInput;

use super::{Boss, Worded, gateway};
use crate::app::App;

const NUMBER: &str = "/telnums/4930555010";

/// Two domains and two gateways; answers their ids.
async fn with_domains(app: &App) -> (Boss, String, String) {
    let boss = Boss::of(app).await;
    for domain in ["acme.example", "other.example"] {
        boss.post(&format!("/domains/{domain}"), ()).await.done(201);
    }
    (boss, gateway(app, "a").await, gateway(app, "b").await)
}

both! {
    async fn a_number_lives_and_goes(app: App) {
        let (boss, a, b) = with_domains(&app).await;
        assert_eq!(boss.read("/telnums").await, json!([]));
        boss.get(NUMBER).await.refused(404, "Telnum Not Found");
        boss.head(NUMBER).await.expect(404);
        boss.post(NUMBER, json!({ "gateways": [a] })).await.done(201);
        boss.head(NUMBER).await.done(204);
        assert_eq!(boss.read(NUMBER).await, json!({ "gateways": [a], "allocatedTo": null }));
        boss.post(NUMBER, "[").await.refused(409, "Telnum Already Exists");
        let body = json!({ "gateways": [b, a], "allocatedTo": "ACME.example" });
        boss.post("/telnums/123", body).await.done(201);
        assert_eq!(boss.read("/telnums/123").await, json!({ "gateways": [b, a], "allocatedTo": "acme.example" }));
        boss.post("/telnums/00012345678901234567", json!({ "gateways": [a], "allocatedTo": null })).await.done(201);
        assert_eq!(boss.read("/telnums").await, json!(["00012345678901234567", "123", "4930555010"]));
        boss.delete("/telnums/123").await.done(204);
        boss.delete("/telnums/123").await.refused(404, "Telnum Not Found");
        assert_eq!(boss.read("/telnums").await, json!(["00012345678901234567", "4930555010"]));
    }

    async fn a_change_is_partial(app: App) {
        let (boss, a, b) = with_domains(&app).await;
        boss.put(NUMBER, "[").await.refused(404, "Telnum Not Found");
        boss.post(NUMBER, json!({ "gateways": [a] })).await.done(201);
        boss.put(NUMBER, json!({ "allocatedTo": "acme.example" })).await.done(204);
        assert_eq!(boss.read(NUMBER).await, json!({ "gateways": [a], "allocatedTo": "acme.example" }));
        boss.put(NUMBER, json!({ "gateways": [b] })).await.done(204);
        let shown = json!({ "gateways": [b], "allocatedTo": "acme.example" });
        let before = app.changes().await;
        for nothing in [json!({}), json!({ "number": "1" }), shown.clone(), json!({ "allocatedTo": "ACME.EXAMPLE" })] {
            boss.put(NUMBER, nothing).await.done(204);
        }
        assert_eq!(app.changes().await, before);
        assert_eq!(boss.read(NUMBER).await, shown);
        boss.put(NUMBER, json!({ "allocatedTo": null })).await.done(204);
        assert_eq!(boss.read(NUMBER).await, json!({ "gateways": [b], "allocatedTo": null }));
    }

    async fn wrong_values_are_refused_and_nothing_is_written(app: App) {
        let (boss, a, _) = with_domains(&app).await;
        boss.post(NUMBER, json!({ "gateways": [a] })).await.done(201);
        let before = app.changes().await;
        let new = "/telnums/4930555011";
        for wrong in [
            json!({ "gateways": [] }), json!({ "gateways": null }), json!({ "gateways": a }), json!({ "gateways": [1] }),
            json!({ "gateways": ["77"] }), json!({ "gateways": [a, "77"] }), json!({ "gateways": ["gw-1"] }),
            json!({ "gateways": [""] }), json!({ "gateways": [format!("0{a}")] }), json!({ "gateways": [format!("+{a}")] }),
            json!({ "gateways": ["99999999999999999999"] }), json!({ "gateways": [a], "allocatedTo": "none.example" }),
            json!({ "gateways": [a], "allocatedTo": "" }), json!({ "gateways": [a], "allocatedTo": 3 }),
            json!({ "gateways": [a], "allocatedTo": "a\0b" }), json!({ "gateways": [a], "allocatedTo": ["acme.example"] }),
            json!([a]),
        ] {
            boss.put(NUMBER, wrong.clone()).await.refused(400, "Bad Request");
            boss.post(new, wrong).await.refused(400, "Bad Request");
        }
        boss.post(new, ()).await.refused(400, "Bad Request");
        boss.post(new, json!({ "allocatedTo": "acme.example" })).await.refused(400, "Bad Request");
        for name in ["12", "123456789012345678901", "+4930", "49a", "%D9%A3%D9%A3%D9%A3", "123%00", "12%FF3"] {
            let path = format!("/telnums/{name}");
            boss.post(&path, json!({ "gateways": [a] })).await.refused(400, "Bad Request");
            boss.get(&path).await.refused(404, "Telnum Not Found");
        }
        assert_eq!(boss.read("/telnums").await, json!(["4930555010"]));
        assert_eq!(app.changes().await, before);
    }

    async fn what_is_sent_with_a_move_is_meant_also_where_it_stood_before(app: App) {
        let (boss, shared, _) = with_domains(&app).await;
        let operator = app.operator().await;
        let acme = app.tenant("acme.example").await.id.to_string();
        let input = json!({ "tenantId": acme, "name": "own", "host": "sip.acme.example" });
        let made = operator.mutate("gatewayCreate", input, "gateway { databaseId }").await;
        let own = made.ok()["gateway"]["databaseId"].to_string();
        boss.post(NUMBER, json!({ "gateways": [own], "allocatedTo": "acme.example" })).await.done(201);
        // The gateway serves acme alone.
        for gateways in [json!([own]), json!([shared, own])] {
            let moved = json!({ "gateways": gateways, "allocatedTo": "other.example" });
            boss.put(NUMBER, moved).await.refused(400, "Bad Request");
        }
        assert_eq!(boss.read(NUMBER).await, json!({ "gateways": [own], "allocatedTo": "acme.example" }));
        let moved = json!({ "gateways": [shared], "allocatedTo": "other.example" });
        boss.put(NUMBER, moved).await.done(204);
        // The same of what the tenant before has set.
        let query = "{ phoneNumbers(first: 1) { nodes { id } } }";
        let id = operator.gql(query, json!({})).await["phoneNumbers"]["nodes"][0]["id"].clone();
        let place = async |input: serde_json::Value| {
            let changed = operator.mutate("phoneNumberUpdate", input, "phoneNumber { location }").await;
            changed.ok()["phoneNumber"]["location"].clone()
        };
        assert_eq!(place(json!({ "id": id, "location": "Riga" })).await, "Riga");
        assert_eq!(place(json!({ "id": id, "tenantId": acme, "location": "Riga" })).await, "Riga");
        let other = app.tenant("other.example").await.id.to_string();
        assert_eq!(place(json!({ "id": id, "tenantId": other })).await, "");
    }

    async fn a_number_of_another_door_is_kept(app: App) {
        let (boss, a, _) = with_domains(&app).await;
        let input = PhoneNumberCreateInput::of("12".to_owned());
        app.services.create::<phone_number::Entity>(&App::system(), input).await.expect("a number");
        let shown = boss.read("/telnums/12").await;
        assert_eq!(shown, json!({ "gateways": [], "allocatedTo": null }));
        boss.put("/telnums/12", shown).await.done(204);
        boss.put("/telnums/12", json!({ "gateways": [a] })).await.done(204);
        boss.put("/telnums/12", json!({ "gateways": [] })).await.refused(400, "Bad Request");
    }

    async fn a_number_is_given_and_taken(app: App) {
        let (boss, a, _) = with_domains(&app).await;
        let allocate = format!("{NUMBER}/allocate");
        let deallocate = format!("{NUMBER}/deallocate");
        boss.put(&allocate, "[").await.refused(404, "Telnum Not Found");
        boss.put(&deallocate, ()).await.refused(404, "Telnum Not Found");
        boss.post(NUMBER, json!({ "gateways": [a] })).await.done(201);
        for wrong in [json!({}), json!({ "allocatedTo": null }), json!({ "allocatedTo": 3 }), json!([])] {
            boss.put(&allocate, wrong).await.refused(400, "Bad Request");
        }
        for unknown in ["none.example", "", "a\u{1}b"] {
            boss.put(&allocate, json!({ "allocatedTo": unknown })).await.refused(404, "Domain Not Found");
        }
        for domain in ["acme.example", "acme.example", "Other.example"] {
            boss.put(&allocate, json!({ "allocatedTo": domain })).await.done(204);
            assert_eq!(boss.read(NUMBER).await["allocatedTo"], domain.to_lowercase());
        }
        assert_eq!(boss.read("/domains/acme.example/telnums").await, json!([]));
        assert_eq!(boss.read("/domains/other.example/telnums").await, json!(["4930555010"]));
        boss.put("/domains/other.example/freeze", ()).await.done(204);
        boss.put(&deallocate, "not looked at").await.done(204);
        boss.put(&deallocate, ()).await.done(204);
        assert_eq!(boss.read(NUMBER).await["allocatedTo"], json!(null));
        boss.put(&allocate, json!({ "allocatedTo": "other.example" })).await.done(204);
        boss.delete("/domains/other.example").await.done(204);
        assert_eq!(boss.read(NUMBER).await, json!({ "gateways": [a], "allocatedTo": null }));
        boss.put(&allocate, json!({ "allocatedTo": "acme.example" })).await.done(204);
        boss.delete(NUMBER).await.done(204);
        assert_eq!(boss.read("/domains/acme.example/telnums").await, json!([]));
    }
}
