use entity::gateway;
use serde_json::json;
use service::routing::GatewayCreateInput;

use super::{Boss, dial_plan, gateway as shared_gateway, route};
use crate::app::App;

both! {
    async fn catalogues_list_ids_and_names(app: App) {
        let boss = Boss::of(&app).await;
        for path in ["/gateways", "/routes", "/dialplans"] {
            assert_eq!(boss.read(path).await, json!([]));
        }
        let tenant = app.tenant("acme.example").await;
        let own = GatewayCreateInput {
            tenant_id: Some(tenant.id).into(),
            ..GatewayCreateInput::of("Own".to_owned(), "own.example".to_owned())
        };
        let own = app.services.create::<gateway::Entity>(&App::system(), own).await.expect("a gateway");
        let (a, b) = (shared_gateway(&app, "Carrier B").await, shared_gateway(&app, "Carrier A").await);
        assert_eq!(boss.read("/gateways").await, json!([
            { "id": a, "name": "Carrier B" }, { "id": b, "name": "Carrier A" },
            { "id": own.id.number().to_string(), "name": "Own" },
        ]), "what all may use comes first");
        let plans = (dial_plan(&app, "World").await, dial_plan(&app, "Europe").await);
        assert_eq!(boss.read("/dialplans").await, json!([
            { "id": plans.0, "name": "World" }, { "id": plans.1, "name": "Europe" },
        ]));
        let way = route(&app, "Cheap").await;
        assert_eq!(boss.read("/routes").await, json!([{ "id": way, "name": "Cheap" }]));
    }
}
