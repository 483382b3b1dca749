use serde_json::json;

use crate::app::App;

both! {
    async fn a_shared_plan_is_everybodys_to_see_and_the_operators_to_change(app: App) {
        let operator = app.operator().await;
        let made = operator
            .mutate(
                "dialPlanCreate",
                json!({ "name": "World", "rules": [{ "pattern": "^00", "replacement": "+" }] }),
                "dialPlan { id tenant { id } }",
            )
            .await;
        let plan = made.ok()["dialPlan"].clone();
        assert!(plan["tenant"].is_null());
        let admin = app.tenant_admin("acme.example").await;
        let query = "query($id: ID!) { dialPlan(id: $id) { name rules { pattern replacement comment } } }";
        let seen = admin.gql(query, json!({ "id": plan["id"] })).await;
        assert_eq!(
            seen["dialPlan"]["rules"],
            json!([{ "pattern": "^00", "replacement": "+", "comment": null }])
        );
        for (field, input) in [
            ("dialPlanUpdate", json!({ "id": plan["id"], "name": "Mine" })),
            ("dialPlanDelete", json!({ "id": plan["id"] })),
        ] {
            assert_eq!(
                admin.mutate(field, input, "userErrors { code }").await.code(),
                Some("NOT_FOUND"),
                "{field}"
            );
        }
        // It may be used.
        let acme = app.tenant("acme.example").await.id.to_string();
        admin
            .mutate("tenantUpdate", json!({ "id": acme, "dialPlanId": plan["id"] }), "tenant { id }")
            .await
            .ok();
        operator.mutate("dialPlanDelete", json!({ "id": plan["id"] }), "deletedId").await.ok();
        let tenant = admin.gql("{ tenants { nodes { dialPlan { id } } } }", json!({})).await;
        assert!(tenant["tenants"]["nodes"][0]["dialPlan"].is_null());
    }
}
