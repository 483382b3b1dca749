//! The door `phone_systems`: one file for each of its types, one for each part of JSON:API.

mod available_did_numbers;
mod cdrs;
mod customers;
mod errors;
mod external_account_routes;
mod incoming_trunks;
mod long_page;
mod negotiation;
mod openapi;
mod paging;
mod query;
mod sessions;
mod sip_device_routes;
mod structure;
mod termination_gateways;
mod termination_routes;

use serde_json::{Value, json};

use crate::{
    app::{Actor, App},
    http::{Payload, Reply},
};

/// Where the API begins.
const BASE: &str = "/api/rest/public/operator";
/// The media type of its bodies.
const MEDIA_TYPE: &str = "application/vnd.api+json";

/// Somebody who calls this API; paths begin after its base.
struct Api {
    actor: Actor,
    /// What absolute links begin with.
    root: String,
}

impl Api {
    async fn of(app: &App) -> Self {
        Self::with(app, app.operator().await)
    }

    fn with(app: &App, actor: Actor) -> Self {
        Self {
            actor: actor.with("content-type", MEDIA_TYPE),
            root: format!("http://{}{BASE}", app.address()),
        }
    }

    async fn send(&self, method: &str, path: &str, body: impl Into<Payload>) -> Reply {
        self.actor.send(method, &format!("{BASE}{path}"), body).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, ()).await
    }

    /// What a GET answers that goes well.
    #[track_caller]
    fn read(&self, path: &str) -> impl Future<Output = Value> {
        let path = path.to_owned();
        async move {
            let reply = self.get(&path).await.expect(200);
            assert_eq!(reply.header("content-type"), Some(MEDIA_TYPE));
            reply.json()
        }
    }

    async fn post(&self, path: &str, body: impl Into<Payload>) -> Reply {
        self.send("POST", path, body).await
    }

    async fn patch(&self, path: &str, body: impl Into<Payload>) -> Reply {
        self.send("PATCH", path, body).await
    }

    async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, ()).await
    }

    /// Makes a resource and answers its document's data.
    async fn make(&self, kind: &str, attributes: Value, relationships: Value) -> Value {
        let data = json!({ "type": kind, "attributes": attributes, "relationships": relationships });
        self.made(kind, data).await
    }

    async fn made(&self, kind: &str, data: Value) -> Value {
        let reply = self.post(&format!("/{kind}"), json!({ "data": data })).await.expect(201);
        let made = reply.json()["data"].clone();
        let address = format!("{}/{kind}/{}", self.root, text(&made["id"]));
        assert_eq!(reply.header("location"), Some(&*address));
        assert_eq!(made["links"], json!({ "self": address }));
        made
    }

    /// Makes a customer.
    async fn customer(&self, id: &str) -> Value {
        let data =
            json!({ "type": "customers", "id": id, "attributes": { "name": format!("Customer {id}") } });
        self.made("customers", data).await
    }

    /// Makes a gateway and answers its id.
    async fn gateway(&self, name: &str, customer: Option<&str>) -> String {
        let relationships = customer.map_or(json!({}), of);
        let attributes = json!({ "name": name, "host": format!("{name}.example") });
        text(&self.make("termination_gateways", attributes, relationships).await["id"]).to_owned()
    }

    /// Makes a public number and answers its id.
    async fn did(&self, number: &str, customer: &str) -> String {
        let made = self.make("available_did_numbers", json!({ "number": number }), of(customer)).await;
        text(&made["id"]).to_owned()
    }

    /// Changes attributes and answers the document's data.
    async fn change(&self, kind: &str, id: &str, attributes: Value) -> Value {
        let reply = self.patch(&format!("/{kind}/{id}"), body(kind, id, attributes)).await.expect(200);
        reply.json()["data"].clone()
    }

    /// The ids of a list, in its order.
    async fn ids(&self, path: &str) -> Vec<String> {
        let list = self.read(path).await;
        list["data"].as_array().expect("a list").iter().map(|one| text(&one["id"]).to_owned()).collect()
    }

    /// The first error of a GET.
    async fn refused(&self, path: &str) -> (u16, String) {
        one(self.get(path).await)
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The relationships of what belongs to a customer.
fn of(customer: &str) -> Value {
    json!({ "customer": to("customers", customer) })
}

/// A relationship to a resource.
fn to(kind: &str, id: &str) -> Value {
    json!({ "data": { "type": kind, "id": id } })
}

/// The body of an update.
fn body(kind: &str, id: &str, attributes: Value) -> Value {
    json!({ "data": { "type": kind, "id": id, "attributes": attributes } })
}

/// The errors of an answer that has nothing else.
#[track_caller]
fn errors(reply: &Reply) -> Vec<Value> {
    assert_eq!(reply.header("content-type"), Some(MEDIA_TYPE), "{reply:?}");
    let document = reply.json();
    assert_eq!(document.as_object().map(|document| document.len()), Some(1), "{reply:?}");
    let errors = document["errors"].as_array().expect("errors").clone();
    for error in &errors {
        for name in ["title", "detail", "code", "status"] {
            assert!(error[name].is_string(), "{error}");
        }
        assert_eq!(error["code"] == "100", error["source"]["pointer"].is_string(), "{error}");
        if error["code"] == "100" {
            assert!(text(&error["detail"]).ends_with(&format!(" - {}", text(&error["title"]))), "{error}");
        }
    }
    errors
}

/// The status and the code of the only error.
#[track_caller]
fn one(reply: Reply) -> (u16, String) {
    let errors = errors(&reply);
    assert_eq!(errors.len(), 1, "{reply:?}");
    assert_eq!(errors[0]["status"], reply.status.to_string());
    (reply.status, text(&errors[0]["code"]).to_owned())
}

/// Titles and pointers of an answer of validation errors.
#[track_caller]
fn invalid(reply: Reply) -> Vec<(String, String)> {
    let errors = errors(&reply);
    assert_eq!(reply.status, 422, "{reply:?}");
    let pair = |error: &Value| {
        assert_eq!((&error["code"], &error["status"]), (&json!("100"), &json!("422")));
        let pointer = text(&error["source"]["pointer"]);
        let short =
            pointer.trim_start_matches("/data/attributes/").trim_start_matches("/data/relationships/");
        (short.to_owned(), text(&error["title"]).to_owned())
    };
    errors.iter().map(pair).collect()
}

/// Asserts that attributes are refused one by one, each with its title.
async fn refuses(api: &Api, kind: &str, id: &str, wrong: &[(&str, Value, &str)]) {
    let before = api.read(&format!("/{kind}/{id}")).await;
    for (name, value, title) in wrong {
        let attributes = json!({ *name: value });
        let reply = api.patch(&format!("/{kind}/{id}"), body(kind, id, attributes)).await;
        assert_eq!(invalid(reply), [((*name).to_owned(), (*title).to_owned())], "{name}: {value}");
    }
    assert_eq!(api.read(&format!("/{kind}/{id}")).await, before);
}

const LONG: &str = "is too long (maximum is 255 characters)";
/// The id of no row.
const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

/// Asserts how a relationship that is fixed at creation is read and refused to be written.
async fn is_fixed_customer(api: &Api, kind: &str, id: &str, customer: Option<&str>, required: bool) {
    let path = format!("/{kind}/{id}");
    let address = format!("{}{path}", api.root);
    let identifier = customer.map_or(Value::Null, |id| json!({ "type": "customers", "id": id }));
    let links = json!({ "self": format!("{address}/relationships/customer"), "related": format!("{address}/customer") });
    let linkage =
        api.read(&format!("{path}/relationships/customer?include=x&fields=x&sort=x&filter=x&page=x")).await;
    assert_eq!(linkage, json!({ "data": identifier, "links": links }));
    let shown = api.read(&path).await;
    assert_eq!(shown["data"]["relationships"]["customer"], json!({ "links": links, "data": identifier }));
    let related = api.read(&format!("{path}/customer?fields[customers]=name")).await;
    match customer {
        None => assert_eq!(related, json!({ "data": null })),
        Some(customer) => {
            assert_eq!(related["data"]["id"], customer);
            assert_eq!(related["data"]["attributes"].as_object().map(|all| all.len()), Some(1));
        }
    }
    let path = format!("{path}/relationships/customer");
    for method in ["PATCH", "PUT"] {
        let refused = api.send(method, &path, to("customers", "other")).await;
        assert_eq!(one(refused), (400, "105".to_owned()));
    }
    match required {
        true => {
            assert_eq!(invalid(api.delete(&path).await), [("customer".to_owned(), "must exist".to_owned())])
        }
        false => assert_eq!(one(api.delete(&path).await), (400, "105".to_owned())),
    }
    let refused = api.post(&path, to("customers", "other")).await;
    assert_eq!(refused.header("allow").map(sorted), Some(vec!["DELETE", "GET", "HEAD", "PATCH", "PUT"]));
    assert_eq!(one(refused), (405, "405".to_owned()));
}

fn sorted(list: &str) -> Vec<&str> {
    let mut items: Vec<_> = list.split(',').map(str::trim).collect();
    items.sort_unstable();
    items
}
