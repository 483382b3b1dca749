use serde_json::json;

use crate::app::App;

both! {
    async fn its_codecs_are_each_once_and_at_least_one(app: App) {
        let operator = app.operator().await;
        let make = async |codecs: serde_json::Value| {
            let mut input = json!({ "name": "Carrier", "host": "carrier.example" });
            if !codecs.is_null() {
                input["codecs"] = codecs;
            }
            let made = operator.mutate("gatewayCreate", input, "gateway { codecs }").await;
            (made.code().map(str::to_owned), made.json["data"]["gatewayCreate"]["gateway"]["codecs"].clone())
        };
        assert_eq!(make(json!(["OPUS", "PCMA", "OPUS"])).await, (None, json!(["OPUS", "PCMA"])));
        assert_eq!(make(json!(null)).await, (None, json!(["PCMU", "PCMA", "TELEPHONE_EVENT"])));
        assert_eq!(make(json!([])).await.0.as_deref(), Some("REQUIRED"));
        assert_eq!(make(json!(["MP3"])).await.0.as_deref(), Some("BAD_REQUEST"));
    }

    async fn its_routes_go_with_it_and_everybody_hears_of_it(app: App) {
        let operator = app.operator().await;
        let acme = app.tenant("acme.example").await.id.to_string();
        let gateway = app.gateway().await.id.to_string();
        let route = operator
            .mutate("routeCreate", json!({ "name": "Out", "gatewayId": gateway }), "route { id }")
            .await;
        let route = route.ok()["route"]["id"].clone();
        operator.mutate("tenantUpdate", json!({ "id": acme, "routeId": route }), "tenant { id }").await.ok();
        let number = operator
            .mutate(
                "phoneNumberCreate",
                json!({ "number": "4930001", "gatewayIds": [gateway] }),
                "phoneNumber { id }",
            )
            .await;
        let number = number.ok()["phoneNumber"]["id"].clone();
        let mut stream = operator.subscribe("subscription { changes { event nodeId } }", json!({})).await;
        operator.mutate("gatewayDelete", json!({ "id": gateway }), "deletedId").await.ok();
        let mut heard = Vec::new();
        for _ in 0..4 {
            let event = stream.next().await;
            heard.push((event["nodeId"].clone(), event["event"].clone()));
        }
        for expected in
            [(json!(gateway), "DELETED"), (route, "DELETED"), (json!(acme), "UPDATED"), (number, "UPDATED")]
        {
            assert!(heard.contains(&(expected.0.clone(), json!(expected.1))), "{expected:?} in {heard:?}");
        }
        // And of nothing else until the next write.
        let beta = app.tenant("beta.example").await.id.to_string();
        assert_eq!(stream.next().await, json!({ "event": "CREATED", "nodeId": beta }));
        let left = operator.gql("{ phoneNumber(number: \"4930001\") { gateways { id } } tenant(domain: \"acme.example\") { route { id } } routes { totalCount } }", json!({})).await;
        assert_eq!(
            (&left["phoneNumber"]["gateways"], &left["routes"]["totalCount"]),
            (&json!([]), &json!(0))
        );
        assert!(left["tenant"]["route"].is_null());
    }
}
