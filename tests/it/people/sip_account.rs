use serde_json::{Value, json};

use crate::app::App;

both! {
    async fn it_gets_a_name_and_a_password_of_its_own(app: App) {
        let admin = app.tenant_admin("acme.example").await;
        let made = admin
            .mutate(
                "sipAccountCreate",
                json!({}),
                "sipAccount { id uuid username hasPassword allowedIps isOnline }",
            )
            .await;
        let account = made.ok()["sipAccount"].clone();
        let username = account["username"].as_str().expect("a name");
        assert!(
            username.len() == 10
                && username.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()),
            "{username}"
        );
        assert_eq!((&account["hasPassword"], &account["isOnline"]), (&json!(true), &json!(false)));
        assert_eq!(account["allowedIps"], "0.0.0.0/0,0000:0000:0000:0000:0000:0000:0000:0000/0");
        let reset = |id: &Value| json!({ "id": id });
        let first = admin
            .mutate("sipAccountResetPassword", reset(&account["id"]), "password sipAccount { version }")
            .await
            .ok()
            .clone();
        let second = admin
            .mutate("sipAccountResetPassword", reset(&account["id"]), "password sipAccount { version }")
            .await
            .ok()
            .clone();
        assert_ne!(first["password"], second["password"]);
        assert_eq!(
            (&first["sipAccount"]["version"], &second["sipAccount"]["version"]),
            (&json!(2), &json!(3))
        );
        let by_uuid = admin
            .gql("query($u: UUID!) { sipAccount(uuid: $u) { username } }", json!({ "u": account["uuid"] }))
            .await;
        assert_eq!(by_uuid["sipAccount"]["username"], json!(username));
    }

    async fn networks_are_kept_in_one_form(app: App) {
        let admin = app.tenant_admin("acme.example").await;
        let made = admin
            .mutate(
                "sipAccountCreate",
                json!({ "allowedIps": " 192.0.2.1, 2001:DB8::1/64,192.0.2.1" }),
                "sipAccount { id allowedIps }",
            )
            .await;
        let account = made.ok()["sipAccount"].clone();
        assert_eq!(account["allowedIps"], "192.0.2.1/32,2001:0db8:0000:0000:0000:0000:0000:0001/64");
        for wrong in ["", "nowhere.example", "10.0.0.0/33", "10.0.0.1,", "10.0.0.1;10.0.0.2"] {
            let refused = admin
                .mutate(
                    "sipAccountUpdate",
                    json!({ "id": account["id"], "allowedIps": wrong }),
                    "sipAccount { id }",
                )
                .await;
            assert_eq!(
                (refused.code(), refused.blamed().as_deref()),
                (Some("INVALID"), Some("allowedIps")),
                "{wrong}"
            );
        }
    }

    async fn a_tenant_has_no_more_than_it_may(app: App) {
        let operator = app.operator().await;
        let id = app.tenant("acme.example").await.id.to_string();
        operator
            .mutate("tenantUpdate", json!({ "id": id, "sipAccountLimit": 1 }), "tenant { id }")
            .await
            .ok();
        operator.mutate("sipAccountCreate", json!({ "tenantId": id }), "sipAccount { id }").await.ok();
        let refused =
            operator.mutate("sipAccountCreate", json!({ "tenantId": id }), "sipAccount { id }").await;
        assert_eq!(refused.code(), Some("LIMIT_REACHED"));
    }

    async fn a_name_is_unique_in_its_tenant(app: App) {
        let (admin, stranger) = (app.tenant_admin("acme.example").await, app.stranger().await);
        for actor in [&admin, &stranger] {
            actor.mutate("sipAccountCreate", json!({ "username": "desk" }), "sipAccount { id }").await.ok();
        }
        let again =
            admin.mutate("sipAccountCreate", json!({ "username": "desk" }), "sipAccount { id }").await;
        assert_eq!((again.code(), again.blamed().as_deref()), (Some("TAKEN"), Some("username")));
    }
}
