//! The door `boss`: one file for each of its resources, and what the wire looks like.

mod catalogue;
mod domain;
mod domain_telnum;
mod openapi;
mod service_settings;
mod session;
mod telnum;
mod user;
mod wire;

use entity::{dial_plan, gateway, route};
use serde_json::Value;
use service::routing::{DialPlanCreateInput, GatewayCreateInput, RouteCreateInput};

use crate::{
    app::{Actor, App},
    http::{Payload, Reply},
};

/// Somebody who calls this API; paths begin after its base.
struct Boss(Actor);

impl Boss {
    async fn of(app: &App) -> Self {
        Self(app.operator().await)
    }

    async fn send(&self, method: &str, path: &str, body: impl Into<Payload>) -> Reply {
        self.0.send(method, &format!("/sys/boss/v1{path}"), body).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, ()).await
    }

    /// What a GET answers that goes well.
    async fn read(&self, path: &str) -> Value {
        let reply = self.get(path).await.expect(200);
        assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
        reply.json()
    }

    async fn head(&self, path: &str) -> Reply {
        self.send("HEAD", path, ()).await
    }

    async fn post(&self, path: &str, body: impl Into<Payload>) -> Reply {
        self.send("POST", path, body).await
    }

    async fn put(&self, path: &str, body: impl Into<Payload>) -> Reply {
        self.send("PUT", path, body).await
    }

    async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, ()).await
    }
}

/// Looks at an answer as the contract words it.
trait Worded {
    /// Done, with nothing to say.
    fn done(self, status: u16);
    /// Refused in these words, which are the body's message too.
    fn refused(self, status: u16, reason: &str);
}

impl Worded for Reply {
    #[track_caller]
    fn done(self, status: u16) {
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.body.is_empty(), "{self:?}");
    }

    #[track_caller]
    fn refused(self, status: u16, reason: &str) {
        assert_eq!((self.status, self.reason.as_str()), (status, reason), "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/json; charset=utf-8"), "{self:?}");
        assert_eq!(self.json()["message"], reason, "{self:?}");
    }
}

/// A shared gateway; answers its id as this API writes it.
async fn gateway(app: &App, name: &str) -> String {
    let input = GatewayCreateInput::of(name.to_owned(), "carrier.example".to_owned());
    app.services
        .create::<gateway::Entity>(&App::system(), input)
        .await
        .expect("a gateway")
        .id
        .number()
        .to_string()
}

/// A shared route with a gateway of its own.
async fn route(app: &App, name: &str) -> String {
    let input = GatewayCreateInput::of(format!("of {name}"), "carrier.example".to_owned());
    let gateway = app.services.create::<gateway::Entity>(&App::system(), input).await.expect("a gateway");
    let input = RouteCreateInput::of(name.to_owned(), gateway.id);
    app.services
        .create::<route::Entity>(&App::system(), input)
        .await
        .expect("a route")
        .id
        .number()
        .to_string()
}

/// A shared dial plan.
async fn dial_plan(app: &App, name: &str) -> String {
    let input = DialPlanCreateInput::of(name.to_owned());
    app.services
        .create::<dial_plan::Entity>(&App::system(), input)
        .await
        .expect("a plan")
        .id
        .number()
        .to_string()
}
