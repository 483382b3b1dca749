//! `customers`.

use entity::tenant;
use sea_orm::ColumnTrait;

use super::*;

both! {
    async fn a_customer_is_made_read_changed_and_removed(app: App) {
        let api = Api::of(&app).await;
        let data = json!({
            "id": "7001", "type": "customers",
            "attributes": { "name": "Birch Bakery", "incoming_capacity": 12 },
        });
        let made = api.made("customers", data).await;
        let self_link = format!("{}/customers/7001", api.root);
        let expected = json!({
            "id": "7001", "type": "customers", "links": { "self": self_link },
            "attributes": {
                "name": "Birch Bakery", "language": "EN", "capacity_limit": 12, "sip_account_limit": null,
            },
        });
        assert_eq!(made, expected);
        assert_eq!(api.read("/customers/7001").await, json!({ "data": expected }));

        let changed = api.change("customers", "7001", json!({ "sip_account_limit": "5", "capacity_limit": null })).await;
        assert_eq!(changed["attributes"]["sip_account_limit"], 5);
        assert_eq!(changed["attributes"]["capacity_limit"], Value::Null);
        assert_eq!(changed["attributes"]["name"], "Birch Bakery");
        let put = api.send("PUT", "/customers/7001", body("customers", "7001", json!({}))).await.expect(200);
        assert_eq!(put.json()["data"], changed);

        let gone = api.delete("/customers/7001").await.expect(204);
        assert!(gone.body.is_empty());
        assert_eq!(gone.header("content-type"), None);
        assert_eq!(api.refused("/customers/7001").await, (404, "404".to_owned()));
        assert!(api.ids("/customers?filter[id]=7001").await.is_empty());
    }

    async fn an_id_is_chosen_once(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let again = json!({ "data": { "id": 7001, "type": "customers", "attributes": { "name": "x" } } });
        let reply = api.post("/customers", again.clone()).await.expect(409);
        let taken = json!({ "errors": [{
            "title": "has already been taken", "detail": "id - has already been taken", "code": "100",
            "source": { "pointer": "/data/id" }, "status": "409",
        }] });
        assert_eq!(reply.text(), taken.to_string());

        // Different statuses meet in the hundred of the highest.
        let worse = json!({ "data": { "id": "7001", "type": "customers", "attributes": { "name": "" } } });
        let reply = api.post("/customers", worse).await.expect(400);
        assert_eq!(errors(&reply).len(), 2);

        api.delete("/customers/7001").await.expect(204);
        let made = api.post("/customers", again).await.expect(201).json();
        assert_eq!(made["data"]["id"], "7001");
        assert_eq!(made["data"]["attributes"]["name"], "x");
    }

    async fn an_id_has_a_form(app: App) {
        let api = Api::of(&app).await;
        let post = async |id: Value| {
            let data = json!({ "id": id, "type": "customers", "attributes": { "name": "x" } });
            api.post("/customers", json!({ "data": data })).await
        };
        for wrong in [json!(""), json!("a b"), json!("a,b"), json!("ä"), json!("a".repeat(65)), json!(true), json!([]), json!(1.5)] {
            assert_eq!(one(post(wrong.clone()).await), (400, "103".to_owned()), "{wrong}");
        }
        for good in [json!("a".repeat(64)), json!("A._-9"), json!(42)] {
            post(good).await.expect(201);
        }
        let missing = json!({ "data": { "type": "customers", "attributes": { "name": "x" } } });
        let blank = [("/data/id".to_owned(), "can't be blank".to_owned())];
        assert_eq!(invalid(api.post("/customers", missing).await), blank);
        assert_eq!(invalid(post(Value::Null).await), blank);
    }

    async fn all_that_is_wrong_is_told_in_order(app: App) {
        let api = Api::of(&app).await;
        let wrong = json!({ "data": { "type": "customers", "attributes": {
            "sip_account_limit": -1, "incoming_capacity": "many", "language": "en", "name": " ",
        } } });
        let told = invalid(api.post("/customers", wrong).await);
        let told: Vec<_> = told.iter().map(|(pointer, title)| (&**pointer, &**title)).collect();
        assert_eq!(told, [
            ("/data/id", "can't be blank"),
            ("name", "can't be blank"),
            ("language", "is not included in the list"),
            ("incoming_capacity", "is not a number"),
            ("sip_account_limit", "must be greater than or equal to 0"),
        ]);
        assert!(api.ids("/customers").await.is_empty());
    }

    async fn attributes_have_kinds(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        refuses(&api, "customers", "7001", &[
            ("capacity_limit", json!(1.5), "must be an integer"),
            ("capacity_limit", json!(true), "is not a number"),
            ("capacity_limit", json!([1]), "is not a number"),
            ("incoming_capacity", json!(-1), "must be greater than or equal to 0"),
            ("incoming_capacity", json!(1e300), "must be less than or equal to 2147483647"),
            ("sip_account_limit", json!("9999999999"), "must be less than or equal to 2147483647"),
            ("sip_account_limit", json!({}), "is not a number"),
        ]).await;
        let name = |name: Value| json!({ "data": { "id": "1", "type": "customers", "attributes": { "name": name } } });
        for (wrong, title) in [
            (json!("a".repeat(256)), LONG),
            (json!(5), "is invalid"),
            (json!("a\u{0}"), "is invalid"),
            (Value::Null, "can't be blank"),
        ] {
            assert_eq!(invalid(api.post("/customers", name(wrong)).await), [("name".to_owned(), title.to_owned())]);
        }
        api.post("/customers", name(json!("ä".repeat(255)))).await.expect(201);
    }

    async fn two_names_are_one_value(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let both = json!({ "incoming_capacity": 1, "capacity_limit": 2 });
        assert_eq!(api.change("customers", "7001", both).await["attributes"]["capacity_limit"], 2);
        let changed = api.change("customers", "7001", json!({ "incoming_capacity": 3 })).await;
        assert_eq!(changed["attributes"]["capacity_limit"], 3);
        assert!(changed["attributes"].get("incoming_capacity").is_none());
        assert_eq!(api.refused("/customers?sort=incoming_capacity").await.1, "114");
        assert_eq!(api.refused("/customers?fields[customers]=incoming_capacity").await.1, "104");
    }

    async fn name_and_language_are_fixed(app: App) {
        let api = Api::of(&app).await;
        let data = json!({ "id": "1", "type": "customers", "attributes": { "name": "x", "language": "LV" } });
        assert_eq!(api.made("customers", data).await["attributes"]["language"], "LV");
        for attributes in [json!({ "name": "y" }), json!({ "language": "RU" }), json!({ "capacity_limit": 1, "id": "2" })] {
            let reply = api.patch("/customers/1", body("customers", "1", attributes)).await;
            assert_eq!(one(reply), (400, "105".to_owned()));
        }
        assert_eq!(api.read("/customers/1").await["data"]["attributes"]["capacity_limit"], Value::Null);
    }

    async fn each_customer_has_a_domain_of_its_own(app: App) {
        let api = Api::of(&app).await;
        let mut domains = Vec::new();
        for id in ["Acme_1", "acme-1", "ACME-1", "___"] {
            api.customer(id).await;
            let named = tenant::Column::CustomerId.eq(id);
            let row = app.services.find_one::<tenant::Entity>(&App::system(), named).await.unwrap().unwrap();
            assert!(row.domain.ends_with(".pbx.test"), "{}", row.domain);
            domains.push(row.domain);
        }
        assert_eq!(domains[0], "acme-1.pbx.test");
        domains.sort();
        domains.dedup();
        assert_eq!(domains.len(), 4);
    }

    async fn however_many_ids_want_one_domain(app: App) {
        let api = Api::of(&app).await;
        let mut domains = Vec::new();
        for length in 1..=15 {
            let id = "_".repeat(length);
            api.customer(&id).await;
            let named = tenant::Column::CustomerId.eq(&id);
            let row = app.services.find_one::<tenant::Entity>(&App::system(), named).await.unwrap().unwrap();
            domains.push(row.domain);
        }
        assert_eq!(domains[..2], ["customer.pbx.test", "customer-2.pbx.test"]);
        domains.sort();
        domains.dedup();
        assert_eq!(domains.len(), 15);
        api.customer(&"-".repeat(64)).await;
    }

    async fn a_customer_takes_along_what_it_has(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        api.customer("7002").await;
        let kept = api.did("4930100", "7002").await;
        let did = api.did("4930200", "7001").await;
        let gateway = api.gateway("own", Some("7001")).await;
        let relationships = json!({
            "customer": to("customers", "7001"), "gateway": to("termination_gateways", &gateway),
        });
        api.make("termination_routes", json!({ "name": "r" }), relationships).await;
        api.make("incoming_trunks", json!({}), of("7001")).await;
        let relationships = json!({
            "customer": to("customers", "7001"), "available_did_number": to("available_did_numbers", &did),
        });
        let data = json!({ "id": "sim1", "type": "external_account_routes", "relationships": relationships });
        api.made("external_account_routes", data).await;

        api.delete("/customers/7001").await.expect(204);
        for kind in ["termination_gateways", "termination_routes", "incoming_trunks", "external_account_routes"] {
            assert!(api.ids(&format!("/{kind}")).await.is_empty(), "{kind}");
        }
        assert_eq!(api.ids("/available_did_numbers").await, [kept]);
        // The number is free again, and the next customer of the id begins with nothing.
        api.customer("7001").await;
        assert!(api.ids("/available_did_numbers?filter[customer.id]=7001").await.is_empty());
        api.did("4930200", "7001").await;
    }

    async fn a_customer_is_everyones_at_once(app: App) {
        let api = Api::of(&app).await;
        let mut heard = api.actor.without("content-type").subscribe(
            "subscription { tenantChanged { event node { customerId name } } }", json!({}),
        ).await;
        api.customer("7001").await;
        assert_eq!(heard.next().await, json!({ "event": "CREATED", "node": { "customerId": "7001", "name": "Customer 7001" } }));
        api.change("customers", "7001", json!({ "capacity_limit": 4 })).await;
        assert_eq!(heard.next().await["event"], "UPDATED");
        // What changes nothing is no write.
        let before = app.changes().await;
        api.change("customers", "7001", json!({ "capacity_limit": 4 })).await;
        assert_eq!(app.changes().await, before);
    }
}
