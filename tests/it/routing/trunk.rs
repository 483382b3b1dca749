use std::collections::BTreeSet;

use serde_json::json;

use crate::app::App;

both! {
    async fn its_domain_is_made_with_it_and_never_used_again(app: App) {
        let operator = app.operator().await;
        let acme = app.tenant("acme.example").await.id.to_string();
        let mut domains = BTreeSet::new();
        for _ in 0..20 {
            let made =
                operator.mutate("trunkCreate", json!({ "tenantId": acme }), "trunk { id domain }").await;
            let trunk = made.ok()["trunk"].clone();
            let domain = trunk["domain"].as_str().expect("a domain").to_owned();
            let digits = domain.strip_suffix(".in.pbx.test").expect("the base domain");
            assert!(digits.len() == 13 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{domain}");
            assert!(domains.insert(domain), "a domain twice");
            operator.mutate("trunkDelete", json!({ "id": trunk["id"] }), "deletedId").await.ok();
        }
        assert_eq!(app.store.number("SELECT count(*) FROM trunk_domain").await, 20, "they stay reserved");
    }

    async fn an_administrator_changes_it_and_does_not_make_it(app: App) {
        let admin = app.tenant_admin("acme.example").await;
        let acme = app.tenant("acme.example").await.id.to_string();
        let made =
            app.operator().await.mutate("trunkCreate", json!({ "tenantId": acme }), "trunk { id }").await;
        let id = made.ok()["trunk"]["id"].clone();
        let changed = admin
            .mutate(
                "trunkUpdate",
                json!({ "id": id, "name": "Main", "transportProtocol": "TCP" }),
                "trunk { name transportProtocol }",
            )
            .await;
        assert_eq!(changed.ok()["trunk"], json!({ "name": "Main", "transportProtocol": "TCP" }));
        assert_eq!(admin.mutate("trunkCreate", json!({}), "trunk { id }").await.code(), Some("FORBIDDEN"));
        assert_eq!(
            admin.mutate("trunkDelete", json!({ "id": id }), "deletedId").await.code(),
            Some("FORBIDDEN")
        );
    }
}
