//! `termination_gateways`.

use super::*;

both! {
    async fn a_gateway_is_made_read_changed_and_removed(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let attributes = json!({ "name": "Edge-9", "host": "edge.example" });
        let made = api.make("termination_gateways", attributes, of("7001")).await;
        assert_eq!(made["attributes"], json!({
            "name": "Edge-9", "host": "edge.example", "port": null, "src_rewrite_rule": null,
            "src_rewrite_result": null, "dst_rewrite_rule": null, "dst_rewrite_result": null,
            "authorization_name": null, "authorization_password": null,
            "codecs": ["PCMU", "PCMA", "telephone-event/8000"], "network_protocol": "IPv4_only",
        }));
        let id = text(&made["id"]).to_owned();
        let path = format!("/termination_gateways/{id}");
        let attributes = json!({
            "name": "Edge", "host": "10.0.0.1", "port": "5061", "src_rewrite_rule": "^0", "src_rewrite_result": "49",
            "dst_rewrite_rule": "^00(.*)$", "dst_rewrite_result": "\\1", "authorization_name": "me",
            "authorization_password": "s3cret", "codecs": ["G722", "GSM", "PCMA"], "network_protocol": "Dualstack",
        });
        let changed = api.change("termination_gateways", &id, attributes.clone()).await;
        let mut expected = attributes;
        expected["port"] = 5061.into();
        assert_eq!(changed["attributes"], expected);
        assert_eq!(api.read(&path).await["data"], changed);
        assert_eq!(api.read("/termination_gateways").await["data"], json!([changed]));
        for protocol in ["IPv4_only", "IPv6_only", "IPv4_pref", "IPv6_pref"] {
            let changed = api.change("termination_gateways", &id, json!({ "network_protocol": protocol })).await;
            assert_eq!(changed["attributes"]["network_protocol"], protocol);
        }
        let cleared = json!({ "port": null, "authorization_password": null, "src_rewrite_rule": null });
        let cleared = api.change("termination_gateways", &id, cleared).await;
        assert_eq!(cleared["attributes"]["authorization_password"], Value::Null);
        assert_eq!(cleared["attributes"]["port"], Value::Null);
        assert_eq!(cleared["attributes"]["authorization_name"], "me");
        api.delete(&path).await.expect(204);
        assert_eq!(api.refused(&path).await, (404, "404".to_owned()));
    }

    async fn a_gateway_breaks_rules(app: App) {
        let api = Api::of(&app).await;
        let id = api.gateway("edge", None).await;
        refuses(&api, "termination_gateways", &id, &[
            ("name", json!(""), "can't be blank"),
            ("name", Value::Null, "can't be blank"),
            ("host", json!(" "), "can't be blank"),
            ("host", json!("a".repeat(256)), LONG),
            ("port", json!(0), "must be greater than or equal to 1"),
            ("port", json!(65536), "must be less than or equal to 65535"),
            ("port", json!("sip"), "is not a number"),
            ("port", json!(5060.5), "must be an integer"),
            ("src_rewrite_rule", json!("("), "is invalid"),
            ("dst_rewrite_rule", json!("["), "is invalid"),
            ("dst_rewrite_rule", json!(7), "is invalid"),
            ("authorization_name", json!([]), "is invalid"),
            ("authorization_password", json!("a".repeat(256)), LONG),
            ("codecs", json!([]), "can't be blank"),
            ("network_protocol", json!("IPV4_ONLY"), "is not included in the list"),
            ("network_protocol", json!("ipv4_only"), "is not included in the list"),
        ]).await;
        let wrong = json!({ "data": { "type": "termination_gateways", "relationships": of("nobody"), "attributes": {
            "network_protocol": 1, "src_rewrite_rule": "(", "port": 0, "codecs": ["x"],
        } } });
        let told = invalid(api.post("/termination_gateways", wrong).await);
        let told: Vec<_> = told.iter().map(|(pointer, title)| (&**pointer, &**title)).collect();
        assert_eq!(told, [
            ("customer", "must exist"),
            ("name", "can't be blank"),
            ("host", "can't be blank"),
            ("port", "must be greater than or equal to 1"),
            ("src_rewrite_rule", "is invalid"),
            ("codecs", "is not included in the list"),
            ("network_protocol", "is not included in the list"),
        ]);
        assert_eq!(api.ids("/termination_gateways").await.len(), 1);
    }

    async fn a_gateway_may_be_everybodys(app: App) {
        let api = Api::of(&app).await;
        api.customer("other").await;
        let shared = api.gateway("shared", None).await;
        let own = api.gateway("own", Some("other")).await;
        is_fixed_customer(&api, "termination_gateways", &shared, None, false).await;
        is_fixed_customer(&api, "termination_gateways", &own, Some("other"), false).await;
        assert_eq!(api.ids("/termination_gateways?filter[customer.id]=other").await, [&*own]);
        assert_eq!(api.ids("/termination_gateways?filter[name]=shared").await, [&*shared]);
        assert_eq!(api.ids("/termination_gateways?filter[host]=own.example,x").await, [&*own]);
        let nothing = json!({ "data": { "type": "termination_gateways", "attributes": { "name": "a", "host": "b" },
            "relationships": { "customer": { "data": null } } } });
        let made = api.post("/termination_gateways", nothing).await.expect(201).json();
        assert_eq!(made["data"]["relationships"]["customer"]["data"], Value::Null);
    }

    async fn a_gateway_takes_its_routes_along(app: App) {
        let api = Api::of(&app).await;
        let (gone, kept) = (api.gateway("gone", None).await, api.gateway("kept", None).await);
        for gateway in [&gone, &gone, &kept] {
            let relationships = json!({ "gateway": to("termination_gateways", gateway) });
            api.make("termination_routes", json!({ "name": "r" }), relationships).await;
        }
        api.delete(&format!("/termination_gateways/{gone}")).await.expect(204);
        assert_eq!(api.ids("/termination_routes").await.len(), 1);
    }

    async fn a_password_is_sealed_where_it_lies(app: App) {
        let api = Api::of(&app).await;
        let attributes = json!({ "name": "a", "host": "b", "authorization_password": "s3cret" });
        api.make("termination_gateways", attributes, json!({})).await;
        let open = match app.store.backend {
            crate::store::Backend::Sqlite => "SELECT count(*) FROM gateway WHERE CAST(authorization_password AS text) LIKE '%s3cret%'",
            crate::store::Backend::Postgres => "SELECT count(*) FROM gateway WHERE encode(authorization_password, 'escape') LIKE '%s3cret%'",
        };
        assert_eq!(app.store.number(open).await, 0);
        assert_eq!(app.store.number("SELECT count(*) FROM change WHERE CAST(fields AS text) LIKE '%s3cret%'").await, 0);
    }
}
