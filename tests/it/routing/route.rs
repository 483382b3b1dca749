use serde_json::json;

use crate::app::App;

both! {
    async fn it_leaves_by_a_shared_gateway_or_its_tenants_own(app: App) {
        let operator = app.operator().await;
        let (acme, beta) = (
            app.tenant("acme.example").await.id.to_string(),
            app.tenant("beta.example").await.id.to_string(),
        );
        let shared = app.gateway().await.id.to_string();
        let own = operator
            .mutate(
                "gatewayCreate",
                json!({ "name": "Own", "host": "own.example", "tenantId": acme }),
                "gateway { id }",
            )
            .await;
        let own = own.ok()["gateway"]["id"].as_str().expect("an id").to_owned();
        let cases = [
            (Some(&acme), &shared, true),
            (Some(&acme), &own, true),
            (Some(&beta), &shared, true),
            (None, &shared, true),
            (Some(&beta), &own, false),
            (None, &own, false),
        ];
        for (tenant, gateway, good) in cases {
            let input = json!({ "name": "Out", "gatewayId": gateway, "tenantId": tenant });
            let made = operator.mutate("routeCreate", input.clone(), "route { id gateway { id } }").await;
            assert_eq!(made.code().is_none(), good, "{input}: {}", made.json);
            assert_eq!(made.blamed().as_deref(), (!good).then_some("gatewayId"), "{input}");
        }
    }

    async fn its_prefixes_are_digits_and_its_rules_are_patterns(app: App) {
        let operator = app.operator().await;
        let gateway = app.gateway().await.id.to_string();
        for (field, value, good) in [
            ("dstPrefix", "49", true),
            ("dstPrefix", "", true),
            ("dstPrefix", "+49", false),
            ("srcPrefix", "4a", false),
            ("srcRewriteRule", "^0(.*)$", true),
            ("srcRewriteRule", "(", false),
            ("dstRewriteRule", "a{1000}{1000}", false),
        ] {
            let input = json!({ "name": "Out", "gatewayId": gateway, (field): value });
            let made = operator.mutate("routeCreate", input, "route { id }").await;
            assert_eq!(made.blamed().as_deref(), (!good).then_some(field), "{field} {value}: {}", made.json);
        }
    }
}
