use serde_json::{Value, json};

use crate::app::App;

const SHOWN: &str =
    "externalAccount { id accountId externalCallerId allowExternalCalls phoneNumber { number } }";

both! {
    async fn it_shows_the_number_that_it_has(app: App) {
        let operator = app.operator().await;
        let (acme, beta) = (
            app.tenant("acme.example").await.id.to_string(),
            app.tenant("beta.example").await.id.to_string(),
        );
        let number = async |number: &str, tenant: Value| {
            let made = operator
                .mutate(
                    "phoneNumberCreate",
                    json!({ "number": number, "tenantId": tenant }),
                    "phoneNumber { id }",
                )
                .await;
            made.ok()["phoneNumber"]["id"].clone()
        };
        let own = number("4930001", json!(acme)).await;
        let (free, theirs) = (number("4930002", Value::Null).await, number("4930003", json!(beta)).await);
        let made = operator
            .mutate("externalAccountCreate", json!({ "tenantId": acme, "accountId": "sim-1" }), SHOWN)
            .await;
        let account = made.ok()["externalAccount"].clone();
        assert_eq!(
            (&account["externalCallerId"], &account["allowExternalCalls"]),
            (&Value::Null, &json!(false))
        );
        for foreign in [free, theirs] {
            let refused = operator
                .mutate(
                    "externalAccountUpdate",
                    json!({ "id": account["id"], "phoneNumberId": foreign }),
                    SHOWN,
                )
                .await;
            assert!(matches!(refused.code(), Some("INVALID" | "NOT_FOUND")), "{}", refused.json);
            assert_eq!(refused.blamed().as_deref(), Some("phoneNumberId"));
        }
        let linked = operator
            .mutate("externalAccountUpdate", json!({ "id": account["id"], "phoneNumberId": own }), SHOWN)
            .await;
        let expected = json!({ "id": account["id"], "accountId": "sim-1", "externalCallerId": "4930001", "allowExternalCalls": true, "phoneNumber": { "number": "4930001" } });
        assert_eq!(linked.ok()["externalAccount"], expected);
        // The number changes, or goes.
        operator
            .mutate("phoneNumberUpdate", json!({ "id": own, "number": "4930009" }), "phoneNumber { id }")
            .await
            .ok();
        let query = "query($id: ID!) { externalAccount(id: $id) { externalCallerId allowExternalCalls } }";
        let id = json!({ "id": account["id"] });
        assert_eq!(operator.gql(query, id.clone()).await["externalAccount"]["externalCallerId"], "4930009");
        operator.mutate("phoneNumberDelete", json!({ "id": own }), "deletedId").await.ok();
        let expected = json!({ "externalCallerId": null, "allowExternalCalls": false });
        assert_eq!(operator.gql(query, id).await["externalAccount"], expected);
    }

    async fn its_id_is_the_operators_or_made_up(app: App) {
        let operator = app.operator().await;
        let acme = app.tenant("acme.example").await.id.to_string();
        let make = async |input: Value| {
            let made = operator.mutate("externalAccountCreate", input, SHOWN).await;
            (
                made.code().map(str::to_owned),
                made.json["data"]["externalAccountCreate"]["externalAccount"].clone(),
            )
        };
        let (_, first) = make(json!({ "tenantId": acme })).await;
        assert_eq!(
            first["id"],
            json!(format!("external_account_{}", first["accountId"].as_str().expect("an id")))
        );
        // Somebody took the id that would be next.
        let next = first["accountId"].as_str().and_then(|id| id.parse::<i64>().ok()).expect("a number") + 2;
        assert_eq!(make(json!({ "tenantId": acme, "accountId": next.to_string() })).await.0, None);
        for _ in 0..3 {
            assert_eq!(make(json!({ "tenantId": acme })).await.0, None);
        }
        assert_eq!(
            make(json!({ "tenantId": acme, "accountId": next.to_string() })).await.0.as_deref(),
            Some("TAKEN")
        );
        assert_eq!(make(json!({ "tenantId": acme, "accountId": "a/b" })).await.0.as_deref(), Some("INVALID"));
    }
}
