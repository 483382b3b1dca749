use serde_json::{Value, json};
use switchboard::compat::boss::OPERATIONS;

use crate::app::App;

/// The keys of a schema's object, with those of its parts.
fn keys(document: &Value, schema: &Value) -> Vec<String> {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).expect("a schema"),
        None => schema,
    };
    let own = schema["properties"].as_object().into_iter().flatten().map(|(key, _)| key.clone());
    let parts = schema["allOf"].as_array().into_iter().flatten().flat_map(|part| keys(document, part));
    own.chain(parts).collect()
}

both! {
    async fn the_document_tells_of_every_operation(app: App) {
        let document = app.anon().get("/openapi/boss.json").await.expect(200).json();
        assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
        assert_eq!(document["components"]["securitySchemes"]["basic"]["scheme"], "basic");
        for operation in OPERATIONS {
            let told = &document["paths"][operation.path][operation.method.to_lowercase()];
            assert_eq!(told["operationId"], operation.id);
            let named = told["parameters"].as_array().map_or(0, Vec::len);
            assert_eq!(named, operation.path.matches('{').count(), "{}", operation.id);
            let open = operation.id == "boss.session.auth";
            assert_eq!(told["security"], if open { json!([{}]) } else { json!([{ "basic": [] }]) }, "{}", operation.id);
            assert_eq!(told["responses"]["401"].is_null(), open, "{}", operation.id);
        }
        let body = |path: &str, method: &str| {
            let schema = &document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"];
            let mut keys = keys(&document, schema);
            keys.sort();
            keys
        };
        assert_eq!(body("/sys/boss/v1/telnums/{telnum}", "put"), ["allocatedTo", "gateways"]);
        assert_eq!(body("/sys/boss/v1/domains/{domain}/users/{login}", "post"), [
            "SIPPassword", "email", "extension", "mobile", "mobileRule", "password", "position", "realName", "role",
        ]);
    }
}
