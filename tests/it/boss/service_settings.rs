use serde_json::json;

use super::{Boss, Worded};
use crate::app::App;

both! {
    async fn settings_are_merged_key_by_key(app: App) {
        let boss = Boss::of(&app).await;
        boss.get("/domains/none.example/services").await.refused(404, "Domain Not Found");
        boss.put("/domains/none.example/services", "[").await.refused(404, "Domain Not Found");
        boss.post("/domains/acme.example", json!({ "services": ["record"] })).await.done(201);
        let path = "/domains/acme.example/services";
        let mut shown = json!({
            "services": ["record"],
            "record": {
                "expiration_days": 7300, "announceRecording": false, "externalRecordActive": false,
                "internalRecordActive": false, "sendLinkTo": "",
            },
            "local_gw": { "limit": 1 },
            "analytics": { "analytics_acl": null },
        });
        assert_eq!(boss.read(path).await, shown);
        for (block, key, value) in [
            ("record", "expiration_days", json!(1)),
            ("record", "expiration_days", json!(90)),
            ("record", "announceRecording", json!(true)),
            ("record", "externalRecordActive", json!(true)),
            ("record", "internalRecordActive", json!(true)),
            ("record", "sendLinkTo", json!("ops@acme.example")),
            ("record", "sendLinkTo", json!("")),
            ("local_gw", "limit", json!(4)),
            ("analytics", "analytics_acl", json!("admin")),
            ("analytics", "analytics_acl", json!(null)),
        ] {
            boss.put(path, json!({ block: { key: value } })).await.done(204);
            shown[block][key] = value;
            assert_eq!(boss.read(path).await, shown);
        }
        boss.put(path, json!({ "services": ["analytics", "avm"] })).await.done(204);
        shown["services"] = json!(["analytics", "avm"]);
        assert_eq!(boss.read(path).await, shown);
        assert_eq!(boss.read("/domains/acme.example").await["services"], shown["services"]);
        let before = app.changes().await;
        for nothing in [json!({}), json!({ "record": {}, "local_gw": {}, "analytics": {}, "x": 1 }), shown.clone()] {
            boss.put(path, nothing).await.done(204);
        }
        assert_eq!(app.changes().await, before);
        for wrong in [
            json!({ "record": { "expiration_days": 0 } }), json!({ "record": { "expiration_days": 7301 } }),
            json!({ "record": { "expiration_days": null } }), json!({ "record": { "announceRecording": 1 } }),
            json!({ "record": { "sendLinkTo": "ops" } }), json!({ "record": { "sendLinkTo": null } }),
            json!({ "record": [] }), json!({ "record": [90, true] }), json!({ "record": null }),
            json!({ "local_gw": { "limit": 0 } }), json!({ "local_gw": { "limit": -1 } }), json!({ "local_gw": 4 }),
            json!({ "analytics": { "analytics_acl": "user" } }), json!({ "analytics": { "analytics_acl": "" } }),
            json!({ "analytics": "admin" }), json!({ "services": {} }), json!({ "services": null }),
            json!({ "services": [], "local_gw": { "limit": 0 } }),
        ] {
            boss.put(path, wrong.clone()).await.refused(400, "Bad Request");
        }
        assert_eq!(boss.read(path).await, shown);
        assert_eq!(app.changes().await, before);
    }

    async fn the_plug_in_is_switched(app: App) {
        let boss = Boss::of(&app).await;
        for path in ["fmc-ipcompany/enable", "fmc-ipcompany/disable"] {
            boss.put(&format!("/domains/none.example/{path}"), ()).await.refused(404, "Domain Not Found");
        }
        boss.get("/domains/none.example/fmc-ipcompany").await.refused(404, "Domain Not Found");
        boss.post("/domains/acme.example", ()).await.done(201);
        let path = "/domains/acme.example/fmc-ipcompany";
        assert_eq!(boss.get(path).await.expect(200).text(), "false");
        for (verb, shown) in [("enable", "true"), ("enable", "true"), ("disable", "false"), ("disable", "false")] {
            boss.put(&format!("{path}/{verb}"), ()).await.done(204);
            assert_eq!(boss.get(path).await.expect(200).text(), shown);
        }
    }
}
