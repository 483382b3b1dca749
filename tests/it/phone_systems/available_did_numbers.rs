//! `available_did_numbers`.

use super::*;

both! {
    async fn a_number_is_made_read_changed_and_removed(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let made = api.make("available_did_numbers", json!({ "number": 12120000001_u64, "enabled": "false" }), of("7001")).await;
        assert_eq!(made["attributes"], json!({ "number": "12120000001", "enabled": false }));
        let id = text(&made["id"]).to_owned();
        let path = format!("/available_did_numbers/{id}");
        assert_eq!(api.read(&path).await["data"], made);
        let changed = api.change("available_did_numbers", &id, json!({ "number": "0044", "enabled": true })).await;
        assert_eq!(changed["attributes"], json!({ "number": "0044", "enabled": true }));
        assert_eq!(api.read(&path).await["data"], changed);
        let upper = api.read(&format!("/available_did_numbers/{}", id.to_uppercase())).await;
        assert_eq!(upper["data"], changed);
        api.delete(&path).await.expect(204);
        assert_eq!(api.refused(&path).await, (404, "404".to_owned()));
        // It is free again, and on by default.
        let again = api.make("available_did_numbers", json!({ "number": "0044" }), of("7001")).await;
        assert_eq!(again["attributes"]["enabled"], true);
    }

    async fn a_number_is_digits_and_nobody_elses(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        api.customer("7002").await;
        api.did("4930100", "7001").await;
        let id = api.did("4930200", "7002").await;
        let taken = ("number", json!("4930100"), "has already been taken");
        refuses(&api, "available_did_numbers", &id, &[
            taken.clone(),
            ("number", json!("+4930"), "is invalid"),
            ("number", json!("1234567890123456"), "is invalid"),
            ("number", json!("1".repeat(256)), "is invalid"),
            ("number", json!("x".repeat(256)), "is invalid"),
            ("number", json!(1.5), "is invalid"),
            ("number", json!(-1), "is invalid"),
            ("number", json!(true), "is invalid"),
            ("number", json!("١"), "is invalid"),
            ("number", json!("12\u{0}"), "is invalid"),
            ("number", json!(""), "can't be blank"),
            ("number", Value::Null, "can't be blank"),
            ("enabled", Value::Null, "is not included in the list"),
            ("enabled", json!("yes"), "is not included in the list"),
            ("enabled", json!(0), "is not included in the list"),
        ]).await;
        // What the domain says comes with what the door says.
        let wrong = json!({ "number": "4930100", "enabled": null });
        let reply = api.patch(&format!("/available_did_numbers/{id}"), body("available_did_numbers", &id, wrong.clone())).await;
        let both = [
            ("number".to_owned(), "has already been taken".to_owned()),
            ("enabled".to_owned(), "is not included in the list".to_owned()),
        ];
        assert_eq!(invalid(reply), both);
        let post = json!({ "data": { "type": "available_did_numbers", "attributes": wrong, "relationships": of("7001") } });
        assert_eq!(invalid(api.post("/available_did_numbers", post).await), both);

        let empty = json!({ "data": { "type": "available_did_numbers" } });
        let told = invalid(api.post("/available_did_numbers", empty).await);
        let expected = [("customer", "must exist"), ("number", "can't be blank")];
        assert_eq!(told, expected.map(|(at, title)| (at.to_owned(), title.to_owned())));
        for relationships in [json!({}), of("nobody"), json!({ "customer": { "data": null } })] {
            let post = json!({ "data": { "type": "available_did_numbers", "attributes": wrong, "relationships": relationships } });
            let told = invalid(api.post("/available_did_numbers", post).await);
            let customer = ("customer".to_owned(), "must exist".to_owned());
            assert_eq!(told, [&[customer][..], &both].concat(), "{relationships}");
        }
        let own = json!({ "data": { "id": id, "type": "available_did_numbers", "relationships": of("7001") } });
        assert_eq!(one(api.post("/available_did_numbers", own).await), (400, "105".to_owned()));
        assert_eq!(api.ids("/available_did_numbers").await.len(), 2);
        // A write that is told twice is no conflict with itself.
        api.change("available_did_numbers", &id, json!({ "number": "4930200" })).await;
    }

    async fn a_number_keeps_its_customer(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        api.customer("other").await;
        let id = api.did("4930100", "7001").await;
        is_fixed_customer(&api, "available_did_numbers", &id, Some("7001"), true).await;
        let shown = api.read(&format!("/available_did_numbers/{id}/customer?include=&fields[available_did_numbers]=number")).await;
        assert_eq!(shown["data"]["attributes"]["name"], "Customer 7001");
        let refused = api.refused(&format!("/available_did_numbers/{id}/customer?include=customer")).await;
        assert_eq!(refused, (400, "112".to_owned()));
    }

    async fn numbers_are_filtered_and_sorted(app: App) {
        let api = Api::of(&app).await;
        api.customer("1").await;
        api.customer("2").await;
        let a = api.did("4930100", "1").await;
        let b = api.did("4930200", "2").await;
        let c = api.did("4930300", "2").await;
        api.change("available_did_numbers", &b, json!({ "enabled": false })).await;
        assert_eq!(api.ids("/available_did_numbers?filter[enabled]=false").await, [&*b]);
        assert_eq!(api.ids("/available_did_numbers?filter[enabled]=0").await, [&*b]);
        assert_eq!(api.ids("/available_did_numbers?filter[enabled]=1&sort=number").await, [&*a, &*c]);
        assert_eq!(api.ids("/available_did_numbers?filter[enabled]=true,false").await.len(), 3);
        assert_eq!(api.ids("/available_did_numbers?filter[number]=4930100,4930300&sort=-number").await, [&*c, &*a]);
        assert_eq!(api.ids("/available_did_numbers?filter[customer.id]=2&sort=enabled").await, [&*b, &*c]);
        assert_eq!(api.ids("/available_did_numbers?sort=-enabled,-number").await, [&*c, &*a, &*b]);
        for wrong in ["yes", "TRUE", "true,x", ""] {
            let path = format!("/available_did_numbers?filter[enabled]={wrong}");
            match wrong {
                "" => assert!(api.ids(&path).await.is_empty()),
                _ => assert_eq!(api.refused(&path).await, (400, "107".to_owned()), "{wrong}"),
            }
        }
    }

    async fn a_number_is_the_same_in_every_door(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let id = api.did("4930100", "7001").await;
        let query = "{ phoneNumber(number: \"4930100\") { uuid disabled tenant { customerId } } }";
        let seen = api.actor.without("content-type").gql(query, json!({})).await;
        let expected = json!({ "uuid": id, "disabled": false, "tenant": { "customerId": "7001" } });
        assert_eq!(seen["phoneNumber"], expected);
    }
}
