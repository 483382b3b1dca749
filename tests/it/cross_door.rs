//! What one door writes, the others show in the same second.

use serde_json::{Value, json};

use crate::{
    app::{Actor, App},
    http::Reply,
};

const BASE: &str = "/api/rest/public/operator";

/// Sends a document of JSON:API.
async fn json_api(actor: &Actor, method: &str, path: &str, document: Value) -> Reply {
    let actor = actor.with("content-type", "application/vnd.api+json");
    actor.send(method, &format!("{BASE}{path}"), document.to_string()).await
}

fn customer(id: &str, name: &str) -> Value {
    json!({ "data": { "type": "customers", "id": id, "attributes": { "name": name } } })
}

both! {
    async fn a_telnum_is_a_did_and_a_phone_number(app: App) {
        let operator = app.operator().await;
        json_api(&operator, "POST", "/customers", customer("4711", "Acme")).await.expect(201);
        let query = "{ tenant(customerId: \"4711\") { id domain name } }";
        let tenant = operator.gql(query, json!({})).await["tenant"].clone();
        assert_eq!(tenant["name"], "Acme");
        let domain = tenant["domain"].as_str().expect("a domain").to_owned();
        // A customer is a domain.
        let domains = operator.get("/sys/boss/v1/domains").await.expect(200).json();
        assert_eq!(domains, json!([domain]));

        app.telnum("49301234567", Some(&domain)).await.expect(201);
        let query = "{ phoneNumber(number: \"49301234567\") { id uuid disabled tenant { domain } } }";
        let number = operator.gql(query, json!({})).await["phoneNumber"].clone();
        assert_eq!(number["tenant"]["domain"], json!(domain));
        let uuid = number["uuid"].as_str().expect("a uuid").to_owned();
        let did = json_api(&operator, "GET", &format!("/available_did_numbers/{uuid}"), json!({}))
            .await
            .expect(200)
            .json();
        assert_eq!(did["data"]["attributes"]["number"], "49301234567");
        assert_eq!(did["data"]["attributes"]["enabled"], true);
        assert_eq!(
            did["data"]["relationships"]["customer"]["data"],
            json!({ "type": "customers", "id": "4711" })
        );

        // What the second API disables, the first one calls disabled too.
        let patch = json!({ "data": { "type": "available_did_numbers", "id": uuid, "attributes": { "enabled": false } } });
        json_api(&operator, "PATCH", &format!("/available_did_numbers/{uuid}"), patch).await.expect(200);
        assert_eq!(operator.gql(query, json!({})).await["phoneNumber"]["disabled"], true);
        let path = format!("/sys/boss/v1/domains/{domain}/telnums/49301234567");
        operator.put(&format!("{path}/disable"), ()).await.expect(403);
        operator.put(&format!("{path}/enable"), ()).await.expect(204);
        let did =
            json_api(&operator, "GET", &format!("/available_did_numbers/{uuid}"), json!({})).await.json();
        assert_eq!(did["data"]["attributes"]["enabled"], true);
    }

    async fn a_used_number_is_refused_by_every_door_in_its_own_words(app: App) {
        let operator = app.operator().await;
        json_api(&operator, "POST", "/customers", customer("4711", "Acme")).await.expect(201);
        let made = operator
            .mutate("phoneNumberCreate", json!({ "number": "49301234567" }), "phoneNumber { id }")
            .await;
        made.ok();

        let again = operator
            .mutate("phoneNumberCreate", json!({ "number": "49301234567" }), "phoneNumber { id }")
            .await;
        assert_eq!((again.code(), again.blamed().as_deref()), (Some("TAKEN"), Some("number")));
        let again = operator.post("/sys/boss/v1/telnums/49301234567", json!({})).await;
        assert_eq!((again.status, again.reason.as_str()), (409, "Telnum Already Exists"));
        assert_eq!(again.json(), json!({ "message": "Telnum Already Exists" }));
        let document = json!({ "data": {
            "type": "available_did_numbers", "attributes": { "number": "49301234567" },
            "relationships": { "customer": { "data": { "type": "customers", "id": "4711" } } },
        } });
        let again = json_api(&operator, "POST", "/available_did_numbers", document).await.expect(422).json();
        assert_eq!(again["errors"][0]["title"], "has already been taken");
        assert_eq!(again["errors"][0]["source"]["pointer"], "/data/attributes/number");
        assert_eq!(app.store.number("SELECT count(*) FROM phone_number").await, 1);
    }

    async fn a_domain_that_is_frozen_by_one_door_is_frozen_at_all(app: App) {
        let operator = app.operator().await;
        let admin = app.tenant_admin("acme.example").await;
        let query = "{ viewer { login } }";
        assert_eq!(admin.gql(query, json!({})).await["viewer"]["login"], "admin");
        operator.put("/sys/boss/v1/domains/acme.example/freeze", ()).await.expect(204);
        let refused = admin.gql(query, json!({})).await;
        assert_eq!((refused.status, refused.code()), (401, Some("UNAUTHENTICATED")));
        assert_eq!(
            operator.gql("{ tenant(domain: \"acme.example\") { frozen } }", json!({})).await["tenant"]["frozen"],
            true
        );
        let id = app.tenant("acme.example").await.id.to_string();
        operator.mutate("tenantUnfreeze", json!({ "id": id }), "tenant { frozen }").await.ok();
        let frozen = operator.get("/sys/boss/v1/domains/acme.example/isfrozen").await.expect(200).json();
        assert_eq!(frozen, json!({ "isFrozen": false }));
        assert_eq!(admin.gql(query, json!({})).await["viewer"]["login"], "admin");
    }

    async fn a_customer_that_goes_is_gone_everywhere_and_its_numbers_are_not_lost(app: App) {
        let operator = app.operator().await;
        operator.post("/sys/boss/v1/domains/acme.example", json!({})).await.expect(201);
        app.telnum("49301234567", Some("acme.example")).await.expect(201);
        operator.delete("/sys/boss/v1/domains/acme.example").await.expect(204);
        let telnum = operator.get("/sys/boss/v1/telnums/49301234567").await.expect(200).json();
        assert_eq!(telnum["allocatedTo"], Value::Null);
        let customers = json_api(&operator, "GET", "/customers", json!({})).await.expect(200).json();
        assert_eq!(customers["data"], json!([]));
        let found = operator.gql("{ tenants { totalCount } phoneNumbers { totalCount } }", json!({})).await;
        assert_eq!(
            (&found["tenants"]["totalCount"], &found["phoneNumbers"]["totalCount"]),
            (&json!(0), &json!(1))
        );
    }

    async fn an_employee_is_a_user_with_an_extension_and_a_sip_account(app: App) {
        let operator = app.operator().await;
        operator.post("/sys/boss/v1/domains/acme.example", json!({})).await.expect(201);
        let body =
            json!({ "realName": "Bob Berg", "extension": "201", "SIPPassword": "abc123", "role": "admin" });
        operator.post("/sys/boss/v1/domains/acme.example/users/bob", body).await.expect(201);
        let query = "{ users(filter: { login: { eq: \"bob\" } }) { nodes {
            role name extensions { nodes { number type } } sipAccounts { nodes { uuid hasPassword } }
        } } }";
        let bob = operator.gql(query, json!({})).await["users"]["nodes"][0].clone();
        assert_eq!((&bob["role"], &bob["name"]), (&json!("TENANT_ADMIN"), &json!("Bob Berg")));
        assert_eq!(bob["extensions"]["nodes"], json!([{ "number": "201", "type": "PHONE" }]));
        let account = &bob["sipAccounts"]["nodes"][0];
        assert_eq!(account["hasPassword"], true);
        let path = format!("/sip_device_routes/{}", account["uuid"].as_str().expect("a uuid"));
        json_api(&operator, "GET", &path, json!({})).await.expect(200);
        operator.delete("/sys/boss/v1/domains/acme.example/users/bob").await.expect(204);
        json_api(&operator, "GET", &path, json!({})).await.expect(404);
        assert_eq!(
            operator.gql("{ extensions { totalCount } }", json!({})).await["extensions"]["totalCount"],
            0
        );
    }
}
