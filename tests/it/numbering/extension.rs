use serde_json::{Value, json};

use crate::app::{Actor, App};

async fn make(actor: &Actor, input: Value) -> (Option<String>, Value) {
    let made = actor.mutate("extensionCreate", input, "extension { id number }").await;
    (made.code().map(str::to_owned), made.json["data"]["extensionCreate"]["extension"]["id"].clone())
}

both! {
    async fn its_digits_are_as_many_as_the_tenant_says_and_nobody_elses(app: App) {
        let admin = app.tenant_admin("acme.example").await;
        let code = async |number: &str| make(&admin, json!({ "number": number })).await.0;
        assert_eq!(code("201").await, None);
        for (number, expected) in [
            ("201", "TAKEN"),
            ("20", "INVALID"),
            ("2011", "INVALID"),
            ("2a1", "INVALID"),
            ("", "REQUIRED"),
            ("٢٠١", "INVALID"),
            ("+20", "INVALID"),
        ] {
            assert_eq!(code(number).await.as_deref(), Some(expected), "{number}");
        }
        // Another tenant has a plan of its own.
        assert_eq!(make(&app.stranger().await, json!({ "number": "201" })).await.0, None);
        let id = app.tenant("acme.example").await.id.to_string();
        let operator = app.operator().await;
        operator
            .mutate("tenantUpdate", json!({ "id": id, "emergencyNumEnabled": true }), "tenant { id }")
            .await
            .ok();
        for number in ["112", "911"] {
            assert_eq!(code(number).await.as_deref(), Some("INVALID"), "{number} is for emergencies");
        }
        let refused =
            operator.mutate("tenantUpdate", json!({ "id": id, "extDigits": 2 }), "tenant { id }").await;
        assert_eq!(
            (refused.code(), refused.blamed().as_deref()),
            (Some("IN_USE"), Some("extDigits")),
            "{}",
            refused.json
        );
        operator.mutate("tenantUpdate", json!({ "id": id, "extDigits": 4 }), "tenant { id }").await.ok();
        assert_eq!(code("2011").await, None);
    }

    async fn a_tenant_has_no_more_than_it_may(app: App) {
        let admin = app.tenant_admin("acme.example").await;
        let id = app.tenant("acme.example").await.id.to_string();
        app.operator()
            .await
            .mutate("tenantUpdate", json!({ "id": id, "maxExtensions": 2 }), "tenant { id }")
            .await
            .ok();
        for (number, expected) in [("201", None), ("202", None), ("203", Some("LIMIT_REACHED".to_owned()))] {
            assert_eq!(make(&admin, json!({ "number": number })).await.0, expected, "{number}");
        }
        assert_eq!(app.store.number("SELECT count(*) FROM extension").await, 2);
    }

    async fn what_led_to_it_lets_it_go(app: App) {
        let operator = app.operator().await;
        let tenant = app.tenant("acme.example").await.id.to_string();
        let (_, id) = make(&operator, json!({ "number": "201", "tenantId": tenant })).await;
        let input = json!({ "number": "49301234567", "tenantId": tenant, "extensionId": id, "messageExtensionId": id, "allowMessage": true });
        let number = operator
            .mutate(
                "phoneNumberCreate",
                input,
                "phoneNumber { id extension { number } messageExtension { number } }",
            )
            .await;
        assert_eq!(number.ok()["phoneNumber"]["extension"]["number"], "201");
        let input = json!({ "tenantId": tenant, "username": "desk", "extensionId": id });
        operator.mutate("sipAccountCreate", input, "sipAccount { id }").await.ok();
        let query = "subscription { phoneNumberChanged { event node { extension { id } messageExtension { id } version } } }";
        let mut stream = operator.subscribe(query, json!({})).await;
        operator.mutate("extensionDelete", json!({ "id": id }), "deletedId").await.ok();
        let expected = json!({ "event": "UPDATED", "node": { "extension": null, "messageExtension": null, "version": 2 } });
        assert_eq!(stream.next().await, expected, "whoever watches the number hears of it");
        let accounts =
            operator.gql("{ sipAccounts { nodes { username extension { id } } } }", json!({})).await;
        assert_eq!(accounts["sipAccounts"]["nodes"], json!([{ "username": "desk", "extension": null }]));
    }
}
