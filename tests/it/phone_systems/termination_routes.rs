//! `termination_routes`.

use super::*;

async fn route(api: &Api, name: &str, customer: Option<&str>, gateway: &str) -> String {
    let mut relationships = customer.map_or(json!({}), of);
    relationships["gateway"] = to("termination_gateways", gateway);
    text(&api.make("termination_routes", json!({ "name": name }), relationships).await["id"]).to_owned()
}

both! {
    async fn a_route_is_made_read_changed_and_removed(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let gateway = api.gateway("Edge-9", None).await;
        let body = json!({ "data": { "type": "termination_routes", "attributes": { "name": "Alps", "dst_prefix": 41 },
            "relationships": { "customer": to("customers", "7001"), "gateway": to("termination_gateways", &gateway) } } });
        let path = "/termination_routes?include=gateway&fields[termination_gateways]=name";
        let document = api.post(path, body).await.expect(201).json();
        let made = document["data"].clone();
        let id = text(&made["id"]).to_owned();
        let address = format!("{}/termination_routes/{id}", api.root);
        let relationship = |name: &str, kind: &str, id: &str| json!({
            "links": { "self": format!("{address}/relationships/{name}"), "related": format!("{address}/{name}") },
            "data": { "type": kind, "id": id },
        });
        assert_eq!(made, json!({
            "id": id, "type": "termination_routes", "links": { "self": address },
            "attributes": { "name": "Alps", "src_prefix": "", "dst_prefix": "41", "src_rewrite_rule": null,
                "src_rewrite_result": null, "dst_rewrite_rule": null, "dst_rewrite_result": null },
            "relationships": {
                "customer": relationship("customer", "customers", "7001"),
                "gateway": relationship("gateway", "termination_gateways", &gateway),
            },
        }));
        let gateway_address = format!("{}/termination_gateways/{gateway}", api.root);
        assert_eq!(document["included"], json!([{
            "id": gateway, "type": "termination_gateways", "links": { "self": gateway_address },
            "attributes": { "name": "Edge-9" },
        }]));
        assert_eq!(api.read(&format!("/termination_routes/{id}")).await, json!({ "data": made }));

        let attributes = json!({ "name": "Rhine", "src_prefix": "49", "dst_prefix": null,
            "src_rewrite_rule": "^0", "src_rewrite_result": "49", "dst_rewrite_rule": "^00", "dst_rewrite_result": "" });
        let changed = api.change("termination_routes", &id, attributes.clone()).await;
        let mut expected = attributes;
        expected["dst_prefix"] = "".into();
        assert_eq!(changed["attributes"], expected);
        assert_eq!(api.read(&format!("/termination_routes/{id}")).await["data"], changed);
        api.delete(&format!("/termination_routes/{id}")).await.expect(204);
        assert_eq!(api.refused(&format!("/termination_routes/{id}")).await, (404, "404".to_owned()));
        assert_eq!(api.ids("/termination_gateways").await, [gateway]);
    }

    async fn a_route_breaks_rules(app: App) {
        let api = Api::of(&app).await;
        let gateway = api.gateway("edge", None).await;
        let id = route(&api, "r", None, &gateway).await;
        refuses(&api, "termination_routes", &id, &[
            ("name", json!("\t"), "can't be blank"),
            ("src_prefix", json!("+49"), "is invalid"),
            ("src_prefix", json!(-1), "is invalid"),
            ("dst_prefix", json!("1".repeat(256)), LONG),
            ("dst_prefix", json!(true), "is invalid"),
            ("src_rewrite_rule", json!("a{2,1}"), "is invalid"),
            ("dst_rewrite_rule", json!("*"), "is invalid"),
            ("dst_rewrite_result", json!({}), "is invalid"),
        ]).await;
        let wrong = json!({ "data": { "type": "termination_routes", "attributes": { "src_rewrite_rule": "(" } } });
        let told = invalid(api.post("/termination_routes", wrong).await);
        let told: Vec<_> = told.iter().map(|(pointer, title)| (&**pointer, &**title)).collect();
        assert_eq!(told, [("gateway", "must exist"), ("name", "can't be blank"), ("src_rewrite_rule", "is invalid")]);
        let kind = json!({ "data": { "type": "termination_routes", "attributes": { "name": "x" },
            "relationships": { "gateway": to("gateways", &gateway) } } });
        assert_eq!(one(api.post("/termination_routes", kind).await), (400, "116".to_owned()));
        assert_eq!(api.ids("/termination_routes").await.len(), 1);
    }

    async fn a_route_leads_to_its_own_or_a_shared_gateway(app: App) {
        let api = Api::of(&app).await;
        api.customer("1").await;
        api.customer("2").await;
        let (shared, one_s, two_s) =
            (api.gateway("shared", None).await, api.gateway("own1", Some("1")).await, api.gateway("own2", Some("2")).await);
        let id = route(&api, "r", Some("1"), &shared).await;
        let path = format!("/termination_routes/{id}");
        let link = format!("{path}/relationships/gateway");
        let leads = async || text(&api.read(&link).await["data"]["id"]).to_owned();

        let done = api.patch(&link, to("termination_gateways", &one_s)).await.expect(204);
        assert!(done.body.is_empty() && done.header("content-type").is_none());
        assert_eq!(leads().await, one_s);
        let invalid_gateway = [("gateway".to_owned(), "is invalid".to_owned())];
        assert_eq!(invalid(api.patch(&link, to("termination_gateways", &two_s)).await), invalid_gateway);
        let body = json!({ "data": { "type": "termination_routes", "id": id, "relationships": { "gateway": to("termination_gateways", &two_s) } } });
        assert_eq!(invalid(api.patch(&path, body).await), invalid_gateway);
        assert_eq!(leads().await, one_s);

        let must_exist = [("gateway".to_owned(), "must exist".to_owned())];
        for nowhere in [json!({ "data": null }), to("termination_gateways", NOBODY)] {
            assert_eq!(invalid(api.send("PUT", &link, nowhere.clone()).await), must_exist, "{nowhere}");
            let body = json!({ "data": { "type": "termination_routes", "id": id, "relationships": { "gateway": nowhere } } });
            assert_eq!(invalid(api.patch(&path, body).await), must_exist);
        }
        let bare = json!({ "data": { "type": "termination_routes", "id": id, "relationships": { "gateway": {} } } });
        assert_eq!(invalid(api.patch(&path, bare).await), must_exist);
        assert_eq!(invalid(api.delete(&link).await), must_exist);
        api.send("PUT", &link, to("termination_gateways", &shared)).await.expect(204);
        assert_eq!(leads().await, shared);
        let related = api.read(&format!("{path}/gateway?include=customer")).await;
        assert_eq!(related["data"]["attributes"]["name"], "shared");
        assert_eq!(related["data"]["relationships"]["customer"]["data"], Value::Null);
        assert!(related.get("included").is_none());
        is_fixed_customer(&api, "termination_routes", &id, Some("1"), false).await;
    }

    async fn all_that_is_wrong_with_a_route_is_told(app: App) {
        let api = Api::of(&app).await;
        api.customer("1").await;
        api.customer("2").await;
        let own = api.gateway("own", Some("1")).await;
        let told = |reply: Reply| {
            let told = invalid(reply);
            told.iter().map(|(pointer, title)| format!("{pointer} {title}")).collect::<Vec<_>>()
        };
        let data = |customer: Option<&str>, gateway: &str, attributes: Value| {
            let mut relationships = customer.map_or(json!({}), of);
            relationships["gateway"] = to("termination_gateways", gateway);
            json!({ "type": "termination_routes", "attributes": attributes, "relationships": relationships })
        };
        let post = async |data: Value| told(api.post("/termination_routes", json!({ "data": data })).await);
        let bad = json!({ "name": "r", "src_rewrite_rule": "(" });
        for customer in [Some("2"), None] {
            let both = ["gateway is invalid", "src_rewrite_rule is invalid"];
            assert_eq!(post(data(customer, &own, bad.clone())).await, both);
        }
        // Nothing is said of the gateway while nobody knows whose it should be.
        let unknown = ["customer must exist", "src_rewrite_rule is invalid"];
        assert_eq!(post(data(Some("nobody"), &own, bad.clone())).await, unknown);
        assert_eq!(post(data(Some("nobody"), &own, json!({ "name": "r" }))).await, ["customer must exist"]);
        let all = ["customer must exist", "gateway must exist", "name can't be blank", "dst_rewrite_rule is invalid"];
        assert_eq!(post(data(Some("nobody"), NOBODY, json!({ "dst_rewrite_rule": "(" }))).await, all);
        assert!(api.ids("/termination_routes").await.is_empty());

        let shared = api.gateway("shared", None).await;
        let id = route(&api, "r", Some("2"), &shared).await;
        let path = format!("/termination_routes/{id}");
        let before = api.read(&path).await;
        let mut wrong = data(None, &own, json!({ "name": "", "dst_rewrite_rule": "(" }));
        wrong["id"] = id.into();
        let all = ["gateway is invalid", "name can't be blank", "dst_rewrite_rule is invalid"];
        assert_eq!(told(api.patch(&path, json!({ "data": wrong })).await), all);
        wrong["relationships"]["gateway"] = to("termination_gateways", NOBODY);
        let all = ["gateway must exist", "name can't be blank", "dst_rewrite_rule is invalid"];
        assert_eq!(told(api.patch(&path, json!({ "data": wrong })).await), all);
        assert_eq!(api.read(&path).await, before);
    }

    async fn a_relationship_of_nobody_is_not_found(app: App) {
        let api = Api::of(&app).await;
        let gateway = api.gateway("edge", None).await;
        let link = format!("/termination_routes/{NOBODY}/relationships/gateway");
        let missing = (404, "404".to_owned());
        assert_eq!(api.refused(&link).await, missing);
        assert_eq!(api.refused(&format!("/termination_routes/{NOBODY}/gateway")).await, missing);
        assert_eq!(one(api.patch(&link, to("termination_gateways", &gateway)).await), missing);
        assert_eq!(one(api.delete(&link).await), missing);
        let id = route(&api, "r", None, &gateway).await;
        assert_eq!(api.refused(&format!("/termination_routes/{id}/relationships/owner")).await, missing);
        assert_eq!(api.refused(&format!("/termination_routes/{id}/owner")).await, missing);
    }

    async fn includes_follow_paths(app: App) {
        let api = Api::of(&app).await;
        api.customer("1").await;
        api.customer("2").await;
        let (a, b) = (api.gateway("a", Some("1")).await, api.gateway("b", None).await);
        for (customer, gateway) in [(Some("1"), &a), (Some("2"), &b), (None, &b)] {
            route(&api, "r", customer, gateway).await;
        }
        let included = async |include: &str| {
            let list = api.read(&format!("/termination_routes?include={include}")).await;
            let all = list["included"].as_array().cloned().unwrap_or_default();
            let mut ids: Vec<_> =
                all.iter().map(|one| format!("{} {}", text(&one["type"]), text(&one["id"]))).collect();
            let count = ids.len();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), count, "each once");
            ids
        };
        let gateways = [format!("termination_gateways {a}"), format!("termination_gateways {b}")];
        let sorted = |mut list: Vec<String>| { list.sort(); list };
        assert_eq!(included("gateway").await, sorted(gateways.to_vec()));
        assert_eq!(included("customer").await, ["customers 1", "customers 2"]);
        assert_eq!(included("gateway.customer").await, sorted([&["customers 1".to_owned()][..], &gateways].concat()));
        let all = sorted([&["customers 1".to_owned(), "customers 2".to_owned()][..], &gateways].concat());
        assert_eq!(included("customer,gateway.customer").await, all);
        assert_eq!(included(",gateway,,customer,").await, all);
        assert!(included("").await.is_empty());

        let one = api.read("/termination_routes?include=gateway.customer&filter[customer.id]=1").await;
        let gateway = one["included"].as_array().unwrap().iter().find(|one| one["type"] == "termination_gateways").unwrap();
        assert_eq!(gateway["relationships"]["customer"]["data"], json!({ "type": "customers", "id": "1" }));
        for wrong in ["x", "customer.x", "gateway.gateway", "gateway,%20customer", "Gateway"] {
            let (status, code) = api.refused(&format!("/termination_routes?include={wrong}")).await;
            assert_eq!((status, &*code), (400, "112"), "{wrong}");
        }
    }
}
