//! `external_account_routes`.

use super::*;

async fn account(api: &Api, id: &str, customer: &str) -> Value {
    let data = json!({ "id": id, "type": "external_account_routes", "relationships": of(customer) });
    api.made("external_account_routes", data).await
}

fn shown(external: Value, allowed: bool) -> Value {
    json!({
        "incoming_internal": false, "incoming_external": false, "outgoing_internal": false,
        "outgoing_external": false, "on_demand": false, "caller_id_name": null, "internal_caller_id": null,
        "external_caller_id": external, "allow_external_calls": allowed,
    })
}

both! {
    async fn an_account_is_made_read_linked_and_removed(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let did = api.did("4930100", "7001").await;
        let made = account(&api, "sim-1", "7001").await;
        assert_eq!(made["attributes"], shown(Value::Null, false));
        assert_eq!(made["relationships"]["available_did_number"]["data"], Value::Null);
        let path = "/external_account_routes/sim-1";
        assert_eq!(api.read(path).await["data"], made);

        let linked = json!({ "data": { "id": "sim-1", "type": "external_account_routes",
            "relationships": { "available_did_number": to("available_did_numbers", &did) } } });
        let reply = api.patch(&format!("{path}?include=available_did_number.customer"), linked).await.expect(200).json();
        assert_eq!(reply["data"]["attributes"], shown(json!("4930100"), true));
        assert_eq!(reply["included"].as_array().unwrap().len(), 2);

        // The number that it shows is the number's own.
        api.change("available_did_numbers", &did, json!({ "number": "4930101" })).await;
        assert_eq!(api.read(path).await["data"]["attributes"], shown(json!("4930101"), true));
        let related = api.read(&format!("{path}/available_did_number?include=customer")).await;
        assert_eq!(related["data"]["id"], did);
        assert_eq!(related["included"][0]["id"], "7001");

        api.delete(&format!("{path}/relationships/available_did_number")).await.expect(204);
        assert_eq!(api.read(path).await["data"]["attributes"], shown(Value::Null, false));
        api.delete(path).await.expect(204);
        assert_eq!(api.refused(path).await, (404, "404".to_owned()));
        account(&api, "sim-1", "7001").await;
    }

    async fn a_number_is_linked_and_unlinked(app: App) {
        let api = Api::of(&app).await;
        api.customer("1").await;
        api.customer("2").await;
        let (own, foreign) = (api.did("4930100", "1").await, api.did("4930200", "2").await);
        account(&api, "sim", "1").await;
        let path = "/external_account_routes/sim";
        let link = format!("{path}/relationships/available_did_number");
        let allowed = async || api.read(path).await["data"]["attributes"]["allow_external_calls"].clone();

        let invalid_number = [("available_did_number".to_owned(), "is invalid".to_owned())];
        assert_eq!(invalid(api.patch(&link, to("available_did_numbers", &foreign)).await), invalid_number);
        let nobody = invalid(api.patch(&link, to("available_did_numbers", NOBODY)).await);
        assert_eq!(nobody, [("available_did_number".to_owned(), "must exist".to_owned())]);
        assert_eq!(one(api.patch(&link, to("available_did_numbers", "4930100")).await), (400, "103".to_owned()));
        assert_eq!(one(api.patch(&link, to("customers", "1")).await), (400, "116".to_owned()));
        assert_eq!(one(api.patch(&link, json!({})).await), (400, "106".to_owned()));
        assert_eq!(allowed().await, false);

        api.patch(&link, to("available_did_numbers", &own)).await.expect(204);
        assert_eq!(allowed().await, true);
        assert_eq!(api.read(&link).await["data"], json!({ "type": "available_did_numbers", "id": own }));
        api.send("PUT", &link, json!({ "data": null })).await.expect(204);
        assert_eq!(allowed().await, false);
        assert_eq!(api.read(&link).await["data"], Value::Null);
        assert_eq!(api.read(&format!("{path}/available_did_number")).await, json!({ "data": null }));

        api.patch(&link, to("available_did_numbers", &own)).await.expect(204);
        api.delete(&format!("/available_did_numbers/{own}")).await.expect(204);
        let after = api.read(path).await["data"].clone();
        assert_eq!(after["attributes"], shown(Value::Null, false));
        assert_eq!(after["relationships"]["available_did_number"]["data"], Value::Null);
    }

    async fn an_account_is_made_with_its_number(app: App) {
        let api = Api::of(&app).await;
        api.customer("1").await;
        api.customer("2").await;
        let (own, foreign) = (api.did("4930100", "1").await, api.did("4930200", "2").await);
        let data = |did: &str| json!({ "id": 501, "type": "external_account_routes", "relationships": {
            "customer": to("customers", "1"), "available_did_number": to("available_did_numbers", did) } });
        let reply = api.post("/external_account_routes", json!({ "data": data(&foreign) })).await;
        assert_eq!(invalid(reply), [("available_did_number".to_owned(), "is invalid".to_owned())]);
        assert_eq!(api.made("external_account_routes", data(&own)).await["attributes"], shown(json!("4930100"), true));
        let again = api.post("/external_account_routes", json!({ "data": data(&own) })).await;
        assert_eq!(errors(&again)[0]["source"]["pointer"], "/data/id");
        assert_eq!(again.status, 409);
        let attributes = json!({ "data": { "id": "x", "type": "external_account_routes",
            "attributes": { "on_demand": true }, "relationships": of("1") } });
        assert_eq!(one(api.post("/external_account_routes", attributes).await), (400, "105".to_owned()));
        let bare = json!({ "data": { "type": "external_account_routes" } });
        let told = invalid(api.post("/external_account_routes", bare).await);
        let expected = [("/data/id", "can't be blank"), ("customer", "must exist")];
        assert_eq!(told, expected.map(|(at, title)| (at.to_owned(), title.to_owned())));
        assert_eq!(api.refused("/external_account_routes/a,b").await, (400, "103".to_owned()));
        assert_eq!(api.refused("/external_account_routes/a%00b").await, (404, "404".to_owned()));
    }

    async fn accounts_are_filtered_and_keep_their_customer(app: App) {
        let api = Api::of(&app).await;
        api.customer("1").await;
        api.customer("2").await;
        let did = api.did("4930100", "1").await;
        account(&api, "10", "1").await;
        account(&api, "9", "2").await;
        account(&api, "x", "2").await;
        api.patch("/external_account_routes/10/relationships/available_did_number", to("available_did_numbers", &did)).await.expect(204);
        assert_eq!(api.ids("/external_account_routes").await, ["9", "10", "x"]);
        assert_eq!(api.ids("/external_account_routes?filter[id]=x,10").await, ["10", "x"]);
        assert_eq!(api.ids("/external_account_routes?filter[customer.id]=2").await, ["9", "x"]);
        assert_eq!(api.ids("/external_account_routes?filter[external_caller_id]=4930100").await, ["10"]);
        assert_eq!(api.ids("/external_account_routes?filter[allow_external_calls]=false").await, ["9", "x"]);
        assert_eq!(api.ids("/external_account_routes?sort=external_caller_id").await, ["10", "9", "x"]);
        assert_eq!(api.ids("/external_account_routes?sort=-external_caller_id").await, ["9", "x", "10"]);
        is_fixed_customer(&api, "external_account_routes", "9", Some("2"), true).await;
    }
}
