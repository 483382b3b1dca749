//! `incoming_trunks`.

use super::*;

both! {
    async fn a_trunk_is_made_read_changed_and_removed(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let made = api.make("incoming_trunks", json!({}), of("7001")).await;
        let id = text(&made["id"]).to_owned();
        assert!(uuid::Uuid::try_parse(&id).is_ok());
        assert_eq!(id, id.to_lowercase());
        let domain = text(&made["attributes"]["domain"]).to_owned();
        let (digits, zone) = domain.split_once('.').unwrap();
        assert!(digits.len() == 13 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{domain}");
        assert_eq!(zone, "in.pbx.test");
        assert_eq!(made["attributes"], json!({
            "name": null, "codecs": ["PCMU", "PCMA", "telephone-event/8000"], "transport_protocol": "UDP",
            "domain": domain, "destination_field": "RURI_USERPART",
        }));
        let names: Vec<_> = made["attributes"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, ["name", "codecs", "transport_protocol", "domain", "destination_field"]);
        assert_eq!(api.read(&format!("/incoming_trunks/{id}")).await["data"], made);

        let attributes = json!({
            "name": "DIDWW", "codecs": ["g729", "telephone-event", "OPUS", "g729"], "transport_protocol": "TCP",
            "destination_field": "TO_USERPART",
        });
        let changed = api.change("incoming_trunks", &id, attributes).await;
        assert_eq!(changed["attributes"], json!({
            "name": "DIDWW", "codecs": ["g729", "telephone-event/8000", "OPUS"], "transport_protocol": "TCP",
            "domain": domain, "destination_field": "TO_USERPART",
        }));
        assert_eq!(api.read(&format!("/incoming_trunks/{id}")).await["data"], changed);
        assert_eq!(api.change("incoming_trunks", &id, json!({ "name": null })).await["attributes"]["name"], Value::Null);

        api.delete(&format!("/incoming_trunks/{id}")).await.expect(204);
        assert_eq!(api.refused(&format!("/incoming_trunks/{id}")).await, (404, "404".to_owned()));
        assert_eq!(one(api.delete(&format!("/incoming_trunks/{id}")).await), (404, "404".to_owned()));
    }

    async fn a_trunk_needs_a_customer_and_known_codecs(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let wrong = json!({ "data": { "type": "incoming_trunks", "attributes": { "codecs": ["PCMU", "ILBC"] } } });
        let reply = api.post("/incoming_trunks", wrong).await.expect(422);
        let expected = json!({ "errors": [
            { "title": "must exist", "detail": "customer - must exist", "code": "100",
              "source": { "pointer": "/data/relationships/customer" }, "status": "422" },
            { "title": "is not included in the list", "detail": "codecs - is not included in the list", "code": "100",
              "source": { "pointer": "/data/attributes/codecs" }, "status": "422" },
        ] });
        assert_eq!(reply.text(), expected.to_string());
        for customer in [json!(null), json!({}), json!({ "data": null }), to("customers", "nobody"), to("customers", "a,b")] {
            let relationships = json!({ "customer": customer });
            let body = json!({ "data": { "type": "incoming_trunks", "relationships": relationships } });
            let reply = api.post("/incoming_trunks", body).await;
            match customer {
                Value::Null => assert_eq!(one(reply), (400, "115".to_owned())),
                _ => assert_eq!(invalid(reply), [("customer".to_owned(), "must exist".to_owned())], "{customer}"),
            }
        }
        assert!(api.ids("/incoming_trunks").await.is_empty());

        let id = text(&api.make("incoming_trunks", json!({}), of("7001")).await["id"]).to_owned();
        refuses(&api, "incoming_trunks", &id, &[
            ("codecs", json!([]), "can't be blank"),
            ("codecs", Value::Null, "can't be blank"),
            ("codecs", json!("PCMU"), "is invalid"),
            ("codecs", json!(["pcmu"]), "is not included in the list"),
            ("codecs", json!([1]), "is not included in the list"),
            ("transport_protocol", json!("TLS"), "is not included in the list"),
            ("transport_protocol", Value::Null, "is not included in the list"),
            ("destination_field", json!("ruri_userpart"), "is not included in the list"),
            ("name", json!(1), "is invalid"),
            ("name", json!("a".repeat(256)), LONG),
        ]).await;
        for attributes in [json!({ "domain": "x" }), json!({ "bogus": 1 })] {
            let reply = api.patch(&format!("/incoming_trunks/{id}"), body("incoming_trunks", &id, attributes)).await;
            assert_eq!(one(reply), (400, "105".to_owned()));
        }
        let moved = json!({ "data": { "id": id, "type": "incoming_trunks", "relationships": of("7001") } });
        assert_eq!(one(api.patch(&format!("/incoming_trunks/{id}"), moved).await), (400, "105".to_owned()));
    }

    async fn a_trunk_keeps_its_customer(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        api.customer("other").await;
        let id = text(&api.make("incoming_trunks", json!({}), of("7001")).await["id"]).to_owned();
        is_fixed_customer(&api, "incoming_trunks", &id, Some("7001"), true).await;
    }

    async fn trunks_are_filtered(app: App) {
        let api = Api::of(&app).await;
        let mut trunks = Vec::new();
        for customer in ["1", "2", "2"] {
            if trunks.len() < 2 {
                api.customer(customer).await;
            }
            trunks.push(api.make("incoming_trunks", json!({}), of(customer)).await);
        }
        let id = |at: usize| text(&trunks[at]["id"]).to_owned();
        assert_eq!(api.ids("/incoming_trunks").await.len(), 3);
        assert_eq!(api.ids("/incoming_trunks?filter[customer.id]=1").await, [id(0)]);
        assert_eq!(api.ids("/incoming_trunks?filter[customer.id]=2,nobody").await.len(), 2);
        let domain = text(&trunks[2]["attributes"]["domain"]);
        assert_eq!(api.ids(&format!("/incoming_trunks?filter[domain]={domain}")).await, [id(2)]);
        let both = format!("/incoming_trunks?filter[id]={},{}&filter[customer.id]=2", id(0), id(1));
        assert_eq!(api.ids(&both).await, [id(1)]);
        assert_eq!(api.refused("/incoming_trunks?filter[name]=x").await, (400, "102".to_owned()));
    }

    async fn a_domain_is_never_issued_again(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let made = api.make("incoming_trunks", json!({}), of("7001")).await;
        api.delete("/customers/7001").await.expect(204);
        let retired = format!(
            "SELECT count(*) FROM trunk_domain WHERE domain = '{}'", text(&made["attributes"]["domain"]),
        );
        assert_eq!(app.store.number(&retired).await, 1);
    }
}
