use entity::{sip_account, user};
use sea_orm::ColumnTrait;
use serde_json::{Value, json};
use service::people::UserUpdateInput;

use super::{Boss, Worded, gateway};
use crate::app::App;

const INES: &str = "/domains/acme.example/users/ines";

fn fresh(login: &str) -> Value {
    json!({
        "login": login, "position": "", "realName": "", "email": "", "extension": "", "mobile": "",
        "mobileRule": { "forward": false, "delay": 0 }, "role": "user", "hasSIPPassword": false,
    })
}

async fn with_domain(app: &App) -> Boss {
    let boss = Boss::of(app).await;
    boss.post("/domains/acme.example", ()).await.done(201);
    boss
}

both! {
    async fn a_user_lives_and_goes(app: App) {
        let boss = with_domain(&app).await;
        boss.get("/domains/none.example/users").await.refused(404, "Domain Not Found");
        boss.get("/domains/none.example/users/ines").await.refused(404, "Domain Not Found");
        boss.post("/domains/none.example/users/ines", "[").await.refused(404, "Domain Not Found");
        assert_eq!(boss.read("/domains/acme.example/users").await, json!([]));
        boss.get(INES).await.refused(404, "User Not Found");
        boss.head(INES).await.expect(404);
        boss.post(INES, ()).await.done(201);
        boss.head(INES).await.done(204);
        assert_eq!(boss.read(INES).await, fresh("ines"));
        boss.post(INES, "[").await.refused(409, "User Already Exists");
        boss.post("/domains/acme.example/users/Ines", ()).await.done(201);
        boss.post("/domains/acme.example/users/a.b_c-9", ()).await.done(201);
        assert_eq!(boss.read("/domains/ACME.example/users").await, json!(["Ines", "a.b_c-9", "ines"]));
        boss.delete(INES).await.done(204);
        boss.delete(INES).await.refused(404, "User Not Found");
        assert_eq!(boss.read("/domains/acme.example/users").await, json!(["Ines", "a.b_c-9"]));
    }

    async fn every_field_is_written_and_read_back(app: App) {
        let boss = with_domain(&app).await;
        let body = json!({
            "position": "Accounting", "realName": "Ines Wéber 2", "email": "ines@acme.example", "extension": "204",
            "mobile": "4915550001122", "mobileRule": { "forward": true, "delay": 10 }, "role": "restricted_user",
            "password": "Kq7vRm2xPz", "SIPPassword": "t5Hn8wLc3B",
        });
        boss.post(INES, body.clone()).await.done(201);
        let mut shown = body;
        let fields = shown.as_object_mut().expect("an object");
        fields.remove("password");
        fields.remove("SIPPassword");
        fields.insert("login".into(), json!("ines"));
        fields.insert("hasSIPPassword".into(), json!(true));
        assert_eq!(boss.read(INES).await, shown);
        for (key, value) in [
            ("position", json!("Head of \"it\" – Büro")), ("position", json!("")), ("realName", json!("Зоя 7")),
            ("realName", json!("")), ("email", json!("a@b.example")), ("email", json!("")),
            ("extension", json!("999")), ("extension", json!("")), ("extension", json!("000")),
            ("mobile", json!("1234567")), ("mobile", json!("12345678901234567890")), ("mobile", json!("")),
            ("role", json!("admin")), ("role", json!("user")),
        ] {
            boss.put(INES, json!({ key: value })).await.done(204);
            shown[key] = value;
            assert_eq!(boss.read(INES).await, shown);
        }
        for (key, value) in [("delay", json!(0)), ("delay", json!(5)), ("delay", json!(15)), ("forward", json!(false))] {
            boss.put(INES, json!({ "mobileRule": { key: value } })).await.done(204);
            shown["mobileRule"][key] = value;
            assert_eq!(boss.read(INES).await, shown);
        }
        boss.put(INES, json!({ "mobile": "1234567" })).await.done(204);
        boss.put(INES, json!({ "extension": null, "mobile": null })).await.done(204);
        shown["extension"] = json!("");
        assert_eq!(boss.read(INES).await, shown);
        let before = app.changes().await;
        let passwords = json!({ "password": 3, "SIPPassword": "a b", "login": "olga", "hasSIPPassword": false });
        for nothing in [json!({}), json!({ "mobileRule": {} }), shown.clone(), passwords] {
            boss.put(INES, nothing).await.done(204);
        }
        assert_eq!(boss.read(INES).await, shown);
        assert_eq!(app.changes().await, before);
    }

    async fn wrong_values_are_refused_and_nothing_is_written(app: App) {
        let boss = with_domain(&app).await;
        boss.put("/domains/acme.example", json!({ "emergencyNumEnabled": true })).await.done(204);
        let number = json!({ "gateways": [gateway(&app, "a").await], "allocatedTo": "acme.example" });
        boss.post("/telnums/4930555010", number).await.done(201);
        let taken = json!({ "extension": "300", "mobile": "4915550000000" });
        boss.post("/domains/acme.example/users/olga", taken).await.done(201);
        boss.post(INES, json!({ "extension": "204" })).await.done(201);
        let before = (boss.read(INES).await, app.changes().await);
        let both = [
            json!({ "realName": " " }), json!({ "realName": "O'Neil" }), json!({ "realName": "a\tb" }),
            json!({ "realName": null }), json!({ "realName": 3 }), json!({ "realName": "a".repeat(256) }),
            json!({ "email": "ines" }), json!({ "email": "Ines <a@b.example>" }), json!({ "email": null }),
            json!({ "extension": "20" }), json!({ "extension": "2044" }), json!({ "extension": "20a" }),
            json!({ "extension": " 204" }), json!({ "extension": "٢٠٤" }), json!({ "extension": 204 }),
            json!({ "extension": "300" }), json!({ "extension": "112" }), json!({ "extension": "911" }),
            json!({ "mobile": "123456" }), json!({ "mobile": "123456789012345678901" }), json!({ "mobile": "+4915550001" }),
            json!({ "mobile": 4915550001122i64 }), json!({ "mobile": "4915550000000" }), json!({ "mobile": "4930555010" }),
            json!({ "mobileRule": { "delay": 1 } }), json!({ "mobileRule": { "delay": 20 } }),
            json!({ "mobileRule": { "delay": "5" } }), json!({ "mobileRule": { "forward": 1 } }),
            json!({ "mobileRule": [true, 5] }), json!({ "mobileRule": null }), json!({ "mobileRule": true }),
            json!({ "role": "operator" }), json!({ "role": "Admin" }), json!({ "role": "" }), json!({ "role": null }),
            json!({ "role": { "admin": null } }), json!({ "position": null }), json!({ "position": "a\0b" }),
            json!({ "position": "moved", "mobile": "1" }), json!({ "position": "moved", "extension": "300" }), json!([]),
        ];
        for body in both {
            boss.put(INES, body.clone()).await.refused(400, "Bad Request");
            boss.post("/domains/acme.example/users/new", body.clone()).await.refused(400, "Bad Request");
        }
        for body in [
            json!({ "password": "" }), json!({ "password": "a b" }), json!({ "password": "a\t" }),
            json!({ "password": "a\u{a0}b" }), json!({ "password": null }), json!({ "password": 3 }),
            json!({ "SIPPassword": "" }), json!({ "SIPPassword": "a b" }), json!({ "SIPPassword": null }),
        ] {
            boss.post("/domains/acme.example/users/new", body.clone()).await.refused(400, "Bad Request");
        }
        for login in ["a%20b", "%C3%A4", "a%00b", "a%FF", "a%40b", &"a".repeat(65)] {
            let path = format!("/domains/acme.example/users/{login}");
            boss.post(&path, ()).await.refused(400, "Bad Request");
            boss.get(&path).await.refused(404, "User Not Found");
        }
        boss.post(&format!("/domains/acme.example/users/{}", "a".repeat(64)), ()).await.done(201);
        boss.delete(&format!("/domains/acme.example/users/{}", "a".repeat(64))).await.done(204);
        assert_eq!(boss.read(INES).await, before.0);
        boss.head("/domains/acme.example/users/new").await.expect(404);
        assert_eq!(app.changes().await, before.1 + 2);
        let told = boss.put(INES, json!({ "mobileRule": { "delay": 1 } })).await.json();
        assert_eq!(told["detail"][0]["field"], "mobileRule.delay");
    }

    async fn numbers_are_unique_in_their_domain_alone(app: App) {
        let boss = with_domain(&app).await;
        boss.post("/domains/other.example", ()).await.done(201);
        let body = json!({ "extension": "300", "mobile": "4915550000000" });
        boss.post(INES, body.clone()).await.done(201);
        boss.post("/domains/other.example/users/ines", body).await.done(201);
        boss.put(INES, json!({ "extension": null })).await.done(204);
        boss.post("/domains/acme.example/users/olga", json!({ "extension": "300" })).await.done(201);
        boss.put(INES, json!({ "extension": "300" })).await.refused(400, "Bad Request");
    }

    async fn a_full_domain_takes_no_user(app: App) {
        let boss = with_domain(&app).await;
        boss.put("/domains/acme.example", json!({ "accountsLimit": 1 })).await.done(204);
        boss.post(INES, ()).await.done(201);
        boss.post(INES, ()).await.refused(409, "User Already Exists");
        boss.post("/domains/acme.example/users/olga", ()).await.refused(400, "Accounts Limit Exceeded");
        boss.put("/domains/acme.example", json!({ "accountsLimit": 2 })).await.done(204);
        boss.post("/domains/acme.example/users/olga", ()).await.done(201);
        boss.put("/domains/acme.example", json!({ "accountsLimit": 1 })).await.done(204);
        boss.put(INES, json!({ "position": "Boss" })).await.done(204);
    }

    async fn passwords_have_calls_of_their_own(app: App) {
        let boss = with_domain(&app).await;
        let password = json!({ "password": "Kq7vRm2xPz" });
        for (call, body) in [("password", password.clone()), ("sippassword", json!({ "SIPPassword": "t5Hn8wLc3B" }))] {
            boss.put(&format!("/domains/none.example/users/ines/{call}"), "[").await.refused(404, "Domain Not Found");
            boss.put(&format!("{INES}/{call}"), body).await.refused(404, "User Not Found");
        }
        boss.post(INES, ()).await.done(201);
        for (call, key) in [("password", "password"), ("sippassword", "SIPPassword")] {
            let path = format!("{INES}/{call}");
            boss.put(&path, ()).await.refused(400, "Bad Request");
            for wrong in [json!(""), json!("a b"), json!(null), json!(3), json!("a\n")] {
                boss.put(&path, json!({ key: wrong })).await.refused(400, "Bad Request");
            }
            assert_eq!(boss.read(INES).await["hasSIPPassword"], false);
            boss.put(&path, json!({ key: "ä!§$%&/x" })).await.done(204);
            boss.put(&path, json!({ key: "Kq7vRm2xPz" })).await.done(204);
        }
        assert_eq!(boss.read(INES).await["hasSIPPassword"], true);
        app.basic("ines@acme.example", "Kq7vRm2xPz").get("/sys/boss/v1/domains").await.refused(403, "Forbidden");
        app.basic("ines@acme.example", "ä!§$%&/x").get("/sys/boss/v1/domains").await.refused(401, "Unauthorized");
        let system = App::system();
        let row = app.services.find_one::<sip_account::Entity>(&system, sip_account::Column::Id.is_not_null());
        let row = row.await.expect("a look").expect("an account");
        let secret = app.services.reveal::<sip_account::Entity>(&row, sip_account::Column::Password);
        assert_eq!(secret.expect("a secret").as_deref(), Some("Kq7vRm2xPz"));
    }

    async fn strength_is_checked_and_not_stored(app: App) {
        let boss = with_domain(&app).await;
        let path = "/domains/acme.example/users/ines/checkpasswordstrength";
        boss.post("/domains/none.example/users/ines/checkpasswordstrength", ()).await.refused(404, "Domain Not Found");
        boss.post(path, ()).await.refused(404, "User Not Found");
        boss.post(INES, ()).await.done(201);
        let before = app.changes().await;
        for wrong in [json!({}), json!({ "password": 3 }), json!({ "password": null }), json!([])] {
            boss.post(path, wrong).await.refused(400, "Bad Request");
        }
        for weak in ["", "abcdef1", "abcdefgh", "12345678", "abcd efg1", "xxINES1234"] {
            boss.post(path, json!({ "password": weak })).await.refused(406, "Not Acceptable");
        }
        for strong in ["abcdefg1", "Kq7vRm2xPz", "паролька1"] {
            boss.post(path, json!({ "password": strong })).await.done(204);
        }
        let generated = boss.read("/generatepassword").await;
        let password = generated["password"].as_str().expect("a password");
        assert!(password.len() == 12 && password.chars().all(|letter| letter.is_ascii_alphanumeric()));
        boss.post(path, generated.clone()).await.done(204);
        assert_ne!(boss.read("/generatepassword").await, generated);
        assert_eq!(app.changes().await, before);
    }

    async fn a_name_of_another_door_is_kept(app: App) {
        let boss = with_domain(&app).await;
        boss.post(INES, ()).await.done(201);
        let system = App::system();
        let row = app.services.find_one::<user::Entity>(&system, user::Column::Login.eq("ines"));
        let row = row.await.expect("a look").expect("a user");
        let input = UserUpdateInput { name: "Inés O'Neil-Weber".to_owned().into(), ..UserUpdateInput::of(row.id) };
        app.services.update::<user::Entity>(&system, input).await.expect("a change");
        let shown = boss.read(INES).await;
        assert_eq!(shown["realName"], "Inés O'Neil-Weber");
        boss.put(INES, shown.clone()).await.done(204);
        assert_eq!(boss.read(INES).await, shown);
    }
}
