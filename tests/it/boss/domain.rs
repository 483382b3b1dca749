use entity::{external_account, tenant, user_group, value};
use serde_json::{Value, json};
use service::{
    people::{ExternalAccountCreateInput, UserGroupCreateInput},
    platform::TenantUpdateInput,
};

use super::{Boss, Worded, dial_plan, gateway, route};
use crate::app::App;

/// A domain as it is when nothing was said of it.
fn fresh(name: &str) -> Value {
    json!({
        "name": name, "accessURL": format!("https://{name}"), "billingType": "demo", "extDigits": 3,
        "maxLines": 10, "maxSignalContacts": -1, "accountsLimit": -1, "accountsCount": 0, "frozen": false,
        "language": "english", "emergencyNumEnabled": false, "emergencyNumUsed": false, "dialplan": null,
        "route": null, "services": [],
    })
}

/// The same object with other values.
fn with(mut object: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().expect("an object") {
        object[key] = value.clone();
    }
    object
}

both! {
    async fn a_domain_lives_and_goes(app: App) {
        let boss = Boss::of(&app).await;
        boss.head("/domains/acme.example").await.expect(404);
        boss.get("/domains/acme.example").await.refused(404, "Domain Not Found");
        boss.post("/domains/acme.example", ()).await.done(201);
        boss.head("/domains/acme.example").await.done(204);
        boss.head("/domains/ACME.Example").await.done(204);
        assert_eq!(boss.read("/domains/Acme.example").await, fresh("acme.example"));
        boss.post("/domains/Zeta.example", json!({})).await.done(201);
        boss.post("/domains/10.example", "").await.done(201);
        assert_eq!(boss.read("/domains").await, json!(["10.example", "acme.example", "zeta.example"]));
        boss.post("/domains/ACME.example", json!({})).await.refused(409, "Domain Already Exists");
        boss.delete("/domains/acme.EXAMPLE").await.done(204);
        boss.delete("/domains/acme.example").await.refused(404, "Domain Not Found");
        assert_eq!(boss.read("/domains").await, json!(["10.example", "zeta.example"]));
    }

    async fn every_field_is_written_and_read_back(app: App) {
        let boss = Boss::of(&app).await;
        let (plan, other_plan) = (dial_plan(&app, "world").await, dial_plan(&app, "europe").await);
        let (way, other_way) = (route(&app, "cheap").await, route(&app, "good").await);
        boss.post("/domains/plain.example", json!({})).await.done(201);
        let defaults = with(fresh("plain.example"), json!({ "dialplan": plan, "route": way }));
        assert_eq!(boss.read("/domains/plain.example").await, defaults, "the first of each catalogue");
        let body = json!({
            "accessURL": "https://acme.pbx.example", "billingType": "billable", "extDigits": 4, "maxLines": [12, 8],
            "maxSignalContacts": 5, "accountsLimit": 40, "isFrozen": true, "language": "english",
            "emergencyNumEnabled": true, "dialplan": other_plan, "route": other_way,
            "services": ["record", "something new", "record"],
        });
        boss.post("/domains/acme.example", body.clone()).await.done(201);
        let mut shown = with(fresh("acme.example"), body);
        shown.as_object_mut().expect("an object").remove("isFrozen");
        shown["frozen"] = json!(true);
        assert_eq!(boss.read("/domains/acme.example").await, shown);

        for change in [
            json!({ "accessURL": "http://10.0.0.1:8080/pbx" }),
            json!({ "billingType": "demo" }),
            json!({ "extDigits": 2 }),
            json!({ "extDigits": 5 }),
            json!({ "maxLines": 1 }),
            json!({ "maxLines": [1, 2147483647] }),
            json!({ "maxSignalContacts": 1 }),
            json!({ "maxSignalContacts": 100 }),
            json!({ "maxSignalContacts": -1 }),
            json!({ "accountsLimit": 1 }),
            json!({ "accountsLimit": 1000 }),
            json!({ "accountsLimit": -1 }),
            json!({ "emergencyNumEnabled": false }),
            json!({ "dialplan": plan }),
            json!({ "dialplan": null }),
            json!({ "route": way }),
            json!({ "route": null }),
            json!({ "services": ["autocaller"] }),
            json!({ "services": [] }),
        ] {
            boss.put("/domains/acme.example", change.clone()).await.done(204);
            shown = with(shown, change.clone());
            assert_eq!(boss.read("/domains/acme.example").await, shown, "{change}");
        }
        boss.put("/domains/acme.example", json!({ "isFrozen": false })).await.done(204);
        boss.put("/domains/acme.example", json!({ "isFrozen": false })).await.done(204);
        shown["frozen"] = json!(false);
        let before = app.changes().await;
        for nothing in [json!({}), json!({ "unknown": [1] }), json!({ "frozen": true, "name": "x" }), shown.clone()] {
            boss.put("/domains/acme.example", nothing.clone()).await.done(204);
        }
        boss.put("/domains/acme.example", ()).await.done(204);
        boss.put("/domains/plain.example", defaults.clone()).await.done(204);
        assert_eq!(app.changes().await, before, "what changes nothing is no write");
        assert_eq!(boss.read("/domains/acme.example").await, shown);
        assert_eq!(boss.read("/domains/plain.example").await, defaults);
    }

    async fn wrong_values_are_refused_and_nothing_is_written(app: App) {
        let boss = Boss::of(&app).await;
        boss.post("/domains/acme.example", json!({ "services": ["record"] })).await.done(201);
        let before = (boss.read("/domains/acme.example").await, app.changes().await);
        let wrong = [
            json!({ "accessURL": "acme" }), json!({ "accessURL": "ftp://acme.example" }), json!({ "accessURL": "" }),
            json!({ "accessURL": null }), json!({ "accessURL": 3 }), json!({ "billingType": "free" }),
            json!({ "billingType": "DEMO" }), json!({ "billingType": { "demo": null } }), json!({ "extDigits": 1 }),
            json!({ "extDigits": 6 }), json!({ "extDigits": "3" }), json!({ "extDigits": null }),
            json!({ "maxLines": 0 }), json!({ "maxLines": -1 }), json!({ "maxLines": [0, 1] }),
            json!({ "maxLines": [1, 0] }), json!({ "maxLines": [1] }), json!({ "maxLines": [1, 2, 3] }),
            json!({ "maxLines": [] }), json!({ "maxLines": "10" }), json!({ "maxLines": null }),
            json!({ "maxLines": 1.5 }), json!({ "maxLines": 3000000000u64 }), json!({ "maxSignalContacts": 0 }),
            json!({ "maxSignalContacts": 101 }), json!({ "maxSignalContacts": -2 }),
            json!({ "maxSignalContacts": null }), json!({ "accountsLimit": 0 }), json!({ "accountsLimit": 1001 }),
            json!({ "accountsLimit": -2 }), json!({ "isFrozen": "yes" }), json!({ "isFrozen": null }),
            json!({ "isFrozen": 1 }), json!({ "language": "german" }), json!({ "language": "russian" }),
            json!({ "language": null }), json!({ "emergencyNumEnabled": "true" }), json!({ "dialplan": "77" }),
            json!({ "dialplan": "" }), json!({ "dialplan": 1 }), json!({ "dialplan": "01" }),
            json!({ "dialplan": "99999999999999999999" }), json!({ "route": "dp-1" }), json!({ "route": "-1" }),
            json!({ "services": "record" }), json!({ "services": [1] }), json!({ "services": null }),
            json!({ "services": ["a\0b"] }), json!({ "isFrozen": true, "maxLines": 0 }), json!([]), json!("x"), json!(null),
        ];
        for body in wrong {
            boss.put("/domains/acme.example", body.clone()).await.refused(400, "Bad Request");
            boss.post("/domains/new.example", body.clone()).await.refused(400, "Bad Request");
        }
        boss.post("/domains/new.example", json!({ "extDigits": 2 })).await.refused(400, "Bad Request");
        assert_eq!((boss.read("/domains/acme.example").await, app.changes().await), before);
        boss.head("/domains/new.example").await.expect(404);
        let told = boss.put("/domains/acme.example", json!({ "extDigits": 9 })).await.json();
        assert_eq!(told["detail"][0]["field"], "extDigits");
        let told = boss.put("/domains/acme.example", json!({ "maxLines": "x", "services": [] })).await.json();
        assert_eq!(told["detail"][0]["field"], "maxLines");
    }

    async fn a_name_is_a_domain_name(app: App) {
        let boss = Boss::of(&app).await;
        let long = "a".repeat(254);
        for bad in ["-a", "a-", ".a", "a.", "a_b", "a%20b", "a%00b", "%C3%A4", "a%FFb", "a%2Fb", "a%0Ab", &long] {
            let path = format!("/domains/{bad}");
            boss.post(&path, ()).await.refused(400, "Bad Request");
            boss.get(&path).await.refused(404, "Domain Not Found");
            boss.put(&path, "[").await.refused(404, "Domain Not Found");
            boss.delete(&path).await.refused(404, "Domain Not Found");
        }
        for good in ["a", "0", "a.b-c.d", "xn--0", &long[1..], "%61%62"] {
            boss.post(&format!("/domains/{good}"), ()).await.done(201);
            boss.head(&format!("/domains/{good}")).await.done(204);
        }
        boss.head("/domains/ab").await.done(204);
    }

    async fn digits_do_not_shrink_while_numbers_are_in_use(app: App) {
        let boss = Boss::of(&app).await;
        boss.post("/domains/acme.example", json!({ "extDigits": 4 })).await.done(201);
        boss.put("/domains/acme.example", json!({ "extDigits": 3 })).await.done(204);
        boss.post("/domains/acme.example/users/ines", json!({ "extension": "112" })).await.done(201);
        boss.put("/domains/acme.example", json!({ "extDigits": 2 })).await.refused(400, "Bad Request");
        boss.put("/domains/acme.example", json!({ "extDigits": 3 })).await.done(204);
        boss.put("/domains/acme.example", json!({ "extDigits": 5 })).await.done(204);
        assert_eq!(boss.read("/domains/acme.example/users/ines").await["extension"], "112");
        let shown = boss.read("/domains/acme.example").await;
        assert_eq!((&shown["emergencyNumUsed"], &shown["accountsCount"]), (&json!(true), &json!(1)));
        boss.delete("/domains/acme.example/users/ines").await.done(204);
        boss.put("/domains/acme.example", json!({ "extDigits": 2 })).await.done(204);
        let shown = boss.read("/domains/acme.example").await;
        assert_eq!((&shown["emergencyNumUsed"], &shown["accountsCount"]), (&json!(false), &json!(0)));
    }

    async fn of_several_at_once_one_is_first(app: App) {
        let boss = Boss::of(&app).await;
        let paths = ["/domains/acme.example", "/domains/acme.example/users/ines", "/telnums/4930555010"];
        let gateway = gateway(&app, "a").await;
        for path in paths {
            let body = json!({ "gateways": [gateway] });
            let replies = futures_util::future::join_all((0..8).map(|_| boss.post(path, body.clone()))).await;
            let mut made = 0;
            for reply in replies {
                match reply.status {
                    201 => made += 1,
                    _ => assert_eq!((reply.status, reply.reason.split_once(' ').map(|(_, rest)| rest)), (409, Some("Already Exists")), "{reply:?}"),
                }
            }
            assert_eq!(made, 1, "{path}");
        }
    }

    async fn freezing_is_not_idempotent(app: App) {
        let boss = Boss::of(&app).await;
        for verb in ["freeze", "unfreeze"] {
            boss.put(&format!("/domains/none.example/{verb}"), ()).await.refused(404, "Domain Not Found");
        }
        boss.get("/domains/none.example/isfrozen").await.refused(404, "Domain Not Found");
        boss.post("/domains/acme.example", ()).await.done(201);
        boss.put("/domains/acme.example/unfreeze", ()).await.refused(403, "Domain Already Unfrozen");
        assert_eq!(boss.read("/domains/acme.example/isfrozen").await, json!({ "isFrozen": false }));
        boss.put("/domains/acme.example/freeze", "not looked at").await.done(204);
        boss.put("/domains/acme.example/freeze", ()).await.refused(403, "Domain Already Frozen");
        assert_eq!(boss.read("/domains/acme.example/isfrozen").await, json!({ "isFrozen": true }));
        assert_eq!(boss.read("/domains/acme.example").await["frozen"], true);
        boss.post("/domains/acme.example/users/ines", ()).await.done(201);
        boss.put("/domains/acme.example/unfreeze", ()).await.done(204);
        assert_eq!(boss.read("/domains/acme.example/isfrozen").await, json!({ "isFrozen": false }));
    }

    async fn a_stat_counts(app: App) {
        let boss = Boss::of(&app).await;
        boss.get("/domains/none.example/stat").await.refused(404, "Domain Not Found");
        let gateway = gateway(&app, "a").await;
        boss.post("/domains/acme.example", json!({ "accountsLimit": 40 })).await.done(201);
        boss.post("/domains/other.example", ()).await.done(201);
        let created = app.services.now().timestamp();
        let stat = boss.read("/domains/acme.example/stat").await;
        assert!((created - stat["created"].as_i64().expect("seconds")).abs() < 60, "{stat}");
        let expected = |accounts: u32, telnums: u32| json!({
            "name": "acme.example", "created": stat["created"], "accountsLimit": 40, "accountsCount": accounts,
            "groupsCount": 0, "telnumsCount": telnums, "RSIPCount": 0, "SIPTransferCount": 0, "activeCRM": [],
        });
        assert_eq!(stat, expected(0, 0));
        let tenant = app.tenant("acme.example").await;
        let group = UserGroupCreateInput { tenant_id: tenant.id.into(), ..UserGroupCreateInput::of("Sales".to_owned()) };
        app.services.create::<user_group::Entity>(&App::system(), group).await.expect("a group");
        let card = ExternalAccountCreateInput { tenant_id: tenant.id.into(), ..ExternalAccountCreateInput::of() };
        app.services.create::<external_account::Entity>(&App::system(), card).await.expect("an account");
        for login in ["ines", "olga"] {
            boss.post(&format!("/domains/acme.example/users/{login}"), ()).await.done(201);
        }
        boss.post("/domains/other.example/users/ines", ()).await.done(201);
        for (number, domain) in [("4930555010", "acme.example"), ("4930555011", "other.example")] {
            let body = json!({ "gateways": [gateway], "allocatedTo": domain });
            boss.post(&format!("/telnums/{number}"), body).await.done(201);
        }
        let counted = with(expected(2, 1), json!({ "groupsCount": 1, "RSIPCount": 1 }));
        assert_eq!(boss.read("/domains/acme.example/stat").await, counted);
    }

    async fn what_other_doors_wrote_is_shown_and_kept(app: App) {
        let boss = Boss::of(&app).await;
        let row = app.tenant("acme.example").await;
        let input = TenantUpdateInput { language: value::Language::Lt.into(), ..TenantUpdateInput::of(row.id) };
        app.services.update::<tenant::Entity>(&App::system(), input).await.expect("a change");
        let shown = boss.read("/domains/acme.example").await;
        assert_eq!(shown["language"], "lithuanian");
        let before = app.changes().await;
        boss.put("/domains/acme.example", shown).await.done(204);
        assert_eq!(app.changes().await, before);
        boss.put("/domains/acme.example", json!({ "language": "english" })).await.done(204);
        boss.put("/domains/acme.example", json!({ "language": "lithuanian" })).await.refused(400, "Bad Request");
    }
}
