//! A long page with all that it includes.

use super::*;

both! {
    async fn a_long_page_is_complete(app: App) {
        let api = Api::of(&app).await;
        let shared = api.gateway("shared", None).await;
        for number in 0..30 {
            let id = number.to_string();
            api.customer(&id).await;
            let gateway = if number % 2 == 0 { shared.clone() } else { api.gateway(&format!("g{id}"), Some(&id)).await };
            let relationships = json!({ "customer": to("customers", &id), "gateway": to("termination_gateways", &gateway) });
            api.make("termination_routes", json!({ "name": format!("r{id}") }), relationships).await;
        }
        let list = api.read("/termination_routes?include=customer,gateway.customer&page[size]=1000").await;
        assert_eq!(list["data"].as_array().unwrap().len(), 30);
        assert_eq!(list["included"].as_array().unwrap().len(), 30 + 16);
        for one in list["data"].as_array().unwrap() {
            let name = format!("r{}", text(&one["relationships"]["customer"]["data"]["id"]));
            assert_eq!(one["attributes"]["name"], name);
            assert!(one["relationships"]["gateway"]["data"]["id"].is_string());
        }
    }
}
