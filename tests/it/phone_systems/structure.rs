//! The structure of bodies, and the order in which it is checked.

use super::*;

/// What an id in a linkage cannot be.
fn no_ids() -> [Value; 6] {
    [Value::Null, json!(true), json!(false), json!(1.5), json!(["7001"]), json!({ "id": "7001" })]
}

both! {
    async fn a_linkage_has_an_id(app: App) {
        let api = Api::of(&app).await;
        for id in ["null", "true", "false", "1.5", "7001"] {
            api.customer(id).await;
        }
        let did = api.did("4930100", "7001").await;
        let gateway = api.gateway("edge", None).await;
        let link = |kind: &str, id: &Value| json!({ "data": { "type": kind, "id": id } });
        let refused = (400, "115".to_owned());
        for id in no_ids() {
            let customer = json!({ "customer": link("customers", &id) });
            for kind in ["incoming_trunks", "available_did_numbers", "termination_gateways", "termination_routes", "external_account_routes", "sessions", "customer_admin_sessions"] {
                let body = json!({ "data": { "type": kind, "relationships": customer } });
                assert_eq!(one(api.post(&format!("/{kind}"), body).await), refused, "{kind} {id}");
            }
            let number = json!({ "customer": to("customers", "7001"), "available_did_number": link("available_did_numbers", &id) });
            let body = json!({ "data": { "type": "external_account_routes", "id": "a", "relationships": number } });
            assert_eq!(one(api.post("/external_account_routes", body).await), refused, "{id}");
        }
        assert!(api.ids("/external_account_routes").await.is_empty());

        // A number stands for its digits, as in the id of a new customer.
        let relationships = json!({ "customer": link("customers", &json!(7001)) });
        let body = json!({ "data": { "type": "external_account_routes", "id": 5, "relationships": relationships } });
        api.post("/external_account_routes", body).await.expect(201);
        let relationships = json!({ "gateway": to("termination_gateways", &gateway) });
        let route = api.make("termination_routes", json!({ "name": "r" }), relationships).await;
        for (path, kind, right) in [
            ("/external_account_routes/5/relationships/available_did_number".to_owned(), "available_did_numbers", did),
            (format!("/termination_routes/{}/relationships/gateway", text(&route["id"])), "termination_gateways", gateway),
        ] {
            for id in no_ids() {
                assert_eq!(one(api.patch(&path, link(kind, &id)).await), refused, "{path} {id}");
            }
            assert_eq!(one(api.patch(&path, link(kind, &json!(5))).await), (400, "103".to_owned()));
            api.patch(&path, to(kind, &right)).await.expect(204);
        }
    }

    async fn an_update_names_its_resource(app: App) {
        let api = Api::of(&app).await;
        for id in ["true", "1.5", "7001"] {
            api.customer(id).await;
        }
        let patch = async |id: &str, data: Value| api.patch(&format!("/customers/{id}"), json!({ "data": { "type": "customers", "id": data } })).await;
        patch("7001", json!(7001)).await.expect(200);
        for (id, wrong) in [("true", json!(true)), ("1.5", json!(1.5)), ("7001", json!(["7001"])), ("7001", json!(7002))] {
            assert_eq!(one(patch(id, wrong.clone()).await), (400, "110".to_owned()), "{wrong}");
        }
        assert_eq!(one(patch("7001", Value::Null).await), (400, "109".to_owned()));
    }

    async fn bodies_are_json_objects(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        let deep_object = format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
        let bad: Vec<Vec<u8>> = vec![
            b"{".to_vec(), b"{\"data\":{},}".to_vec(), b"[]".to_vec(), b"null".to_vec(), b"1".to_vec(), b"\"x\"".to_vec(),
            b"{\"data\":\"\xff\"}".to_vec(), b"\xef\xbb\xbf{}".to_vec(), b"{} {}".to_vec(), b"{\"data\": 1e999}".to_vec(), deep.into(), deep_object.into(),
            b"nonsense".to_vec(),
        ];
        for bad in bad {
            for (method, path) in [("POST", "/customers"), ("PATCH", "/customers/7001"), ("PATCH", "/customers/nobody")] {
                let reply = api.send(method, path, bad.clone()).await;
                assert_eq!(errors(&reply)[0]["title"], "Bad Request");
                assert_eq!(one(reply), (400, "400".to_owned()), "{}", String::from_utf8_lossy(&bad[..bad.len().min(40)]));
            }
        }
    }

    async fn a_body_is_not_too_large(app: App) {
        let api = Api::of(&app).await;
        let large = format!("{{\"data\":\"{}\"}}", "a".repeat(1 << 20));
        let reply = api.post("/customers", large.clone()).await;
        assert_eq!(errors(&reply)[0]["title"], "Payload too large");
        assert_eq!(one(reply), (413, "413".to_owned()));
        let plain = api.actor.with("content-type", "text/plain").post(&format!("{BASE}/customers"), large).await;
        assert_eq!(one(plain), (415, "415".to_owned()));
    }

    async fn a_new_resource_is_checked_in_order(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let code = async |path: &str, body: Value| {
            let (status, code) = one(api.post(path, body).await);
            assert_eq!(status, 400);
            code
        };
        for nothing in [json!({}), json!({ "data": null }), json!({ "data": {} }), json!({ "data": [] })] {
            assert_eq!(code("/customers", nothing).await, "106");
        }
        let empty = api.send("POST", "/customers", ()).await;
        assert_eq!(one(empty), (400, "106".to_owned()));
        for wrong in [json!([1]), json!("x"), json!(1), json!(true)] {
            assert_eq!(code("/customers", json!({ "data": wrong })).await, "122");
        }
        let data = |data: Value| json!({ "data": data });
        assert_eq!(code("/customers", data(json!({ "bogus": 1 }))).await, "106");
        assert_eq!(code("/customers", data(json!({ "type": null }))).await, "106");
        for wrong in [json!("customer"), json!("Customers"), json!(1), json!({}), json!("incoming_trunks")] {
            assert_eq!(code("/customers", data(json!({ "type": wrong, "bogus": 1 }))).await, "101", "{wrong}");
        }
        for member in ["bogus", "links", "meta"] {
            let reply = api.post("/customers", data(json!({ "type": "customers", member: {} }))).await;
            assert!(text(&errors(&reply)[0]["detail"]).contains(member));
            assert_eq!(one(reply), (400, "105".to_owned()));
        }
        for attributes in [json!([]), json!("x"), Value::Null, json!(1)] {
            assert_eq!(code("/customers", data(json!({ "type": "customers", "attributes": attributes }))).await, "122");
            assert_eq!(code("/customers", data(json!({ "type": "customers", "relationships": attributes }))).await, "122");
        }
        let with = |name: &str, value: Value| data(json!({ "type": "customers", name: value }));
        assert_eq!(code("/customers", with("attributes", json!({ "bogus": 1 }))).await, "105");
        assert_eq!(code("/customers", with("attributes", json!({ "id": "1" }))).await, "105");
        assert_eq!(code("/customers", with("relationships", json!({ "customer": {} }))).await, "105");

        let linked = |linkage: Value| data(json!({ "type": "incoming_trunks", "relationships": { "customer": { "data": linkage } } }));
        for wrong in [json!([]), json!("7001"), json!({}), json!({ "type": "customers" }), json!({ "id": "7001" }), json!({ "type": "customers", "id": "7001", "meta": {} })] {
            assert_eq!(code("/incoming_trunks", linked(wrong.clone())).await, "115", "{wrong}");
        }
        assert_eq!(code("/incoming_trunks", data(json!({ "type": "incoming_trunks", "relationships": { "customer": "7001" } }))).await, "115");
        assert_eq!(code("/incoming_trunks", linked(json!({ "type": "users", "id": "7001" }))).await, "116");
        let gateway = data(json!({ "type": "termination_routes", "relationships": { "gateway": to("termination_gateways", "1") } }));
        assert_eq!(code("/termination_routes", gateway).await, "103");
        let member_first = data(json!({ "type": "incoming_trunks", "relationships": { "customer": { "data": [] } }, "bogus": 1 }));
        assert_eq!(code("/incoming_trunks", member_first).await, "105");
        assert_eq!(api.ids("/customers").await, ["7001"]);
    }

    async fn members_beside_data_do_not_count(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let body = json!({
            "meta": {}, "jsonapi": { "version": "1.0" }, "relationships": of("7001"), "data": {
                "type": "termination_gateways", "attributes": { "name": "a", "host": "b" } },
        });
        let made = api.post("/termination_gateways", body).await.expect(201).json();
        assert_eq!(made["data"]["relationships"]["customer"]["data"], Value::Null);
    }

    async fn a_change_is_checked_in_order(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let code = async |id: &str, body: Value| one(api.patch(&format!("/customers/{id}"), body).await);
        let bad = |code: &str| (400, code.to_owned());
        for id in ["7001", "nobody"] {
            assert_eq!(code(id, json!({})).await, bad("106"));
            assert_eq!(code(id, json!({ "data": [] })).await, bad("106"));
            assert_eq!(code(id, json!({ "data": [1] })).await, bad("122"));
            assert_eq!(code(id, json!({ "data": { "type": "x" } })).await, bad("109"));
            assert_eq!(code(id, json!({ "data": { "type": "customers", "id": null } })).await, bad("109"));
            assert_eq!(code(id, json!({ "data": { "type": "x", "id": "7002" } })).await, bad("110"));
            assert_eq!(code(id, json!({ "data": { "id": id } })).await, bad("106"));
            assert_eq!(code(id, json!({ "data": { "type": "x", "id": id, "bogus": 1 } })).await, bad("101"));
            assert_eq!(code(id, json!({ "data": { "type": "customers", "id": id, "bogus": 1 } })).await, bad("105"));
        }
        let unknown = body("customers", "nobody", json!({ "capacity_limit": "x" }));
        assert_eq!(code("nobody", unknown).await, (404, "404".to_owned()));
        assert_eq!(one(api.send("PATCH", "/customers/7001", ()).await), bad("106"));
        let number = json!({ "data": { "type": "customers", "id": 7001, "attributes": { "capacity_limit": 1 } } });
        api.patch("/customers/7001", number).await.expect(200);
    }

    async fn a_write_is_all_or_nothing(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let before = app.changes().await;
        let wrong = json!({ "capacity_limit": 5, "sip_account_limit": -1 });
        invalid(api.patch("/customers/7001", body("customers", "7001", wrong)).await);
        assert_eq!(api.read("/customers/7001").await["data"]["attributes"]["capacity_limit"], Value::Null);
        assert_eq!(app.changes().await, before);
    }
}
