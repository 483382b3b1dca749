//! A running server, and the actors that speak to it.

use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::http::{HeaderMap, header};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use entity::{Id, gateway, tenant, user, value};
use futures_util::StreamExt;
use sea_orm::{ColumnTrait, Condition};
use serde_json::{Value, json};
use service::{
    Caller, Clock, Cursor, Interest, Secret, Services, people::UserCreateInput, platform::TenantCreateInput,
    routing::GatewayCreateInput,
};
use switchboard::{Config, Running};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    answer::Answer,
    http::{Http, PATIENCE, Payload, Reply, pair},
    socket::{Socket, Subscription},
    store::{self, Backend, Store},
};

/// The password of every account.
pub const PASSWORD: &str = "Correct-Horse-9";

/// Writes each test twice: as `name::sqlite` and as `name::postgres`.
///
/// The argument is an [`App`] with the usual configuration, or a [`Setup`] to make another.
macro_rules! both {
    ($($(#[$doc:meta])* async fn $name:ident($app:ident: $begin:ty) $body:block)*) => {$(
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports, reason = "a test may need nothing of its file")]
            use super::*;

            async fn test($app: $begin) $body

            #[test]
            fn sqlite() {
                $crate::app::run($crate::store::Backend::Sqlite, test);
            }

            #[test]
            fn postgres() {
                $crate::app::run($crate::store::Backend::Postgres, test);
            }
        }
    )*};
}

/// Writes tests that run on SQLite alone, because the database has nothing to do with them.
macro_rules! once {
    ($($(#[$doc:meta])* async fn $name:ident($app:ident: $begin:ty) $body:block)*) => {$(
        $(#[$doc])*
        #[test]
        fn $name() {
            async fn test($app: $begin) $body
            $crate::app::run($crate::store::Backend::Sqlite, test);
        }
    )*};
}

/// Runs a test on a runtime of its own.
pub fn run<B: Begin>(backend: Backend, test: impl AsyncFnOnce(B)) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    // Unoptimised, an answer needs more than the usual two megabytes.
    let runtime =
        runtime.worker_threads(2).thread_stack_size(16 << 20).enable_all().build().expect("a runtime");
    runtime.block_on(async { test(B::begin(backend).await).await });
    runtime.shutdown_background();
}

/// What a test may begin with.
pub trait Begin {
    /// On this database.
    async fn begin(backend: Backend) -> Self;
}

impl Begin for App {
    async fn begin(backend: Backend) -> Self {
        Setup::begin(backend).await.start().await
    }
}

/// A server that is not started yet.
pub struct Setup {
    pub store: Store,
    pub config: Config,
    pub clock: Clock,
}

impl Begin for Setup {
    async fn begin(backend: Backend) -> Self {
        let store = Store::new(backend).await;
        let mut config = Config::defaults().expect("the defaults");
        config.listen = "127.0.0.1:0".into();
        config.database_url = store.url.clone();
        config.data_dir = store.folder.join("data");
        config.admin_login = "root".into();
        config.admin_password = Some(Secret::new(PASSWORD));
        config.base_domain = "pbx.test".into();
        config.rate_limit = 0;
        Self { store, config, clock: Clock::default() }
    }
}

impl Setup {
    /// Starts the server.
    pub async fn start(self) -> App {
        let longest = Duration::from_secs(self.config.limits.seconds);
        let running = switchboard::start(self.config, self.clock.clone()).await.expect("a server");
        let mut http = Http::new(running.address);
        http.patience += longest;
        App { services: running.app.services.clone(), http, clock: self.clock, running, store: self.store }
    }
}

/// A running server over a database of its own.
pub struct App {
    /// The domain, to prepare what a test needs; what it tests goes through a door.
    pub services: Arc<Services>,
    pub clock: Clock,
    http: Http,
    running: Running,
    // The last, so that the database goes after the server.
    pub store: Store,
}

impl App {
    pub fn address(&self) -> SocketAddr {
        self.running.address
    }

    /// The server itself as a caller, for preparations.
    pub fn system() -> Caller {
        Caller::system("test")
    }

    /// Nobody.
    pub fn anon(&self) -> Actor {
        let log = Log { services: self.services.clone(), url: self.store.url.clone() };
        Actor { http: self.http.clone(), headers: HeaderMap::new(), log: Arc::new(log) }
    }

    /// Somebody with this name and password, right or wrong.
    pub fn basic(&self, login: &str, password: &str) -> Actor {
        self.anon().with(
            "authorization",
            &format!("Basic {}", BASE64_STANDARD.encode(format!("{login}:{password}"))),
        )
    }

    /// The first operator.
    pub async fn operator(&self) -> Actor {
        self.basic("root", PASSWORD)
    }

    /// An operator who may only look.
    pub async fn read_only_operator(&self) -> Actor {
        let input = UserCreateInput {
            role: value::Role::Operator.into(),
            access: value::Access::ReadOnly.into(),
            ..UserCreateInput::of("auditor".to_owned())
        };
        self.account(None, "auditor", input).await;
        self.basic("auditor", PASSWORD)
    }

    /// The administrator of a tenant; both are made if they are missing.
    pub async fn tenant_admin(&self, domain: &str) -> Actor {
        let tenant = self.tenant(domain).await;
        let input = UserCreateInput {
            role: value::Role::TenantAdmin.into(),
            ..UserCreateInput::of("admin".to_owned())
        };
        self.account(Some(tenant.id), "admin", input).await;
        self.basic(&format!("admin@{domain}"), PASSWORD)
    }

    /// A tenant's plain user; both are made if they are missing.
    pub async fn user(&self, domain: &str, login: &str) -> Actor {
        let tenant = self.tenant(domain).await;
        let input =
            UserCreateInput { role: value::Role::User.into(), ..UserCreateInput::of(login.to_owned()) };
        self.account(Some(tenant.id), login, input).await;
        self.basic(&format!("{login}@{domain}"), PASSWORD)
    }

    /// The administrator of a tenant that no test is about.
    pub async fn stranger(&self) -> Actor {
        self.tenant_admin("stranger.example").await
    }

    /// The tenant with this domain; it is made if it is missing.
    pub async fn tenant(&self, domain: &str) -> tenant::Model {
        let named = tenant::Column::Domain.eq(domain);
        let found = self.services.find_one::<tenant::Entity>(&Self::system(), named).await.expect("a look");
        match found {
            Some(tenant) => tenant,
            None => {
                let input = TenantCreateInput::of(domain.to_owned());
                self.services.create::<tenant::Entity>(&Self::system(), input).await.expect("a tenant")
            }
        }
    }

    /// The account with this name; it is made of the input if it is missing.
    pub async fn account(
        &self,
        tenant: Option<Id<tenant::Entity>>,
        login: &str,
        input: UserCreateInput,
    ) -> user::Model {
        let of_tenant = match tenant {
            Some(id) => user::Column::TenantId.eq(id),
            None => user::Column::TenantId.is_null(),
        };
        let named = Condition::all().add(user::Column::Login.eq(login)).add(of_tenant);
        let found = self.services.find_one::<user::Entity>(&Self::system(), named).await.expect("a look");
        match found {
            Some(user) => user,
            None => {
                let password = Secret::new(PASSWORD).into();
                let input = UserCreateInput { tenant_id: tenant.into(), password, ..input };
                self.services.create::<user::Entity>(&Self::system(), input).await.expect("a user")
            }
        }
    }

    /// A gateway that every tenant may use.
    pub async fn gateway(&self) -> gateway::Model {
        let input = GatewayCreateInput::of("Carrier".to_owned(), "carrier.example".to_owned());
        self.services.create::<gateway::Entity>(&Self::system(), input).await.expect("a gateway")
    }

    /// Makes a public number through the old API `boss`, in a domain or free.
    pub async fn telnum(&self, number: &str, domain: Option<&str>) -> Reply {
        let body =
            json!({ "gateways": [self.gateway().await.id.number().to_string()], "allocatedTo": domain });
        self.operator().await.post(&format!("/sys/boss/v1/telnums/{number}"), body).await
    }

    /// How many writes the log of changes has.
    pub async fn changes(&self) -> i64 {
        self.store.number("SELECT count(*) FROM change").await
    }

    /// Sends bytes as they are and answers all that comes back until the server closes.
    pub async fn raw(&self, bytes: impl AsRef<[u8]>) -> String {
        let talk = async {
            let mut stream = tokio::net::TcpStream::connect(self.address()).await?;
            stream.write_all(bytes.as_ref()).await?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await?;
            std::io::Result::Ok(String::from_utf8_lossy(&answer).into_owned())
        };
        let answer = tokio::time::timeout(PATIENCE, talk).await.expect("the end of the connection in time");
        answer.expect("an answer")
    }

    /// Ends the server and waits until it has; the database stays until the store is dropped.
    pub async fn stop(self) -> Store {
        self.running.shutdown().await.expect("an orderly end");
        self.store
    }
}

/// The log of changes, and how far the server has read it.
pub struct Log {
    services: Arc<Services>,
    url: String,
}

impl Log {
    /// Waits until all that was written so far is in the past for who subscribes from now on.
    pub async fn settle(&self) {
        let newest = "SELECT 'change:' || \"transaction\" || ':' || sequence FROM change \
                      ORDER BY \"transaction\" DESC, sequence DESC LIMIT 1";
        let Some(newest) = store::text(&self.url, newest).await else { return };
        let newest: Cursor = BASE64_URL_SAFE_NO_PAD.encode(newest).parse().expect("a cursor");
        let beginning = BASE64_URL_SAFE_NO_PAD.encode("change:0:0");
        let heard = self
            .services
            .changes(App::system(), Interest::default(), Some(&beginning), self.services.moment())
            .await
            .expect("the log");
        // Also a word that changes are missing has a place in the log.
        let mut rest = pin!(heard.skip_while(|change| {
            let reached = change.as_ref().expect("the log").cursor >= newest;
            std::future::ready(!reached)
        }));
        let reached = tokio::time::timeout(PATIENCE, rest.next()).await.expect("the log in time");
        assert!(reached.is_some(), "the log ended");
    }
}

/// Somebody who sends requests.
#[derive(Clone)]
pub struct Actor {
    pub http: Http,
    pub headers: HeaderMap,
    pub log: Arc<Log>,
}

impl Actor {
    /// The same with another header in every request.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut actor = self.clone();
        let (name, value) = pair(name, value);
        actor.headers.insert(name, value);
        actor
    }

    /// The same without a header.
    pub fn without(&self, name: &str) -> Self {
        let mut actor = self.clone();
        actor.headers.remove(name);
        actor
    }

    /// The same with an access token in place of what it logged in with.
    pub fn bearing(&self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    pub async fn send(&self, method: &str, path: &str, body: impl Into<Payload>) -> Reply {
        self.http.send(method, path, &self.headers, body.into()).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, ()).await
    }

    pub async fn head(&self, path: &str) -> Reply {
        self.send("HEAD", path, ()).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, ()).await
    }

    pub async fn post(&self, path: &str, body: impl Into<Payload>) -> Reply {
        self.send("POST", path, body).await
    }

    pub async fn put(&self, path: &str, body: impl Into<Payload>) -> Reply {
        self.send("PUT", path, body).await
    }

    pub async fn patch(&self, path: &str, body: impl Into<Payload>) -> Reply {
        self.send("PATCH", path, body).await
    }

    /// Sends a form, such as the token endpoint wants.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.with("content-type", "application/x-www-form-urlencoded").post(path, body).await
    }

    /// Runs a query or a mutation.
    pub async fn gql(&self, query: &str, variables: Value) -> Answer {
        let reply = self.post("/graphql", json!({ "query": query, "variables": variables })).await;
        Answer { json: reply.json(), status: reply.status }
    }

    /// Runs a mutation of one root field that takes `input`; `selection` is of its payload.
    pub async fn mutate(&self, field: &str, input: Value, selection: &str) -> Answer {
        let kind = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
        let kind = if field.ends_with("Delete") { "DeleteInput".to_owned() } else { kind };
        let query = format!(
            "mutation($input: {kind}!) {{ {field}(input: $input) {{ {selection} userErrors {{ code field message }} }} }}"
        );
        self.gql(&query, json!({ "input": input })).await
    }

    /// Opens a socket with all its headers.
    pub async fn socket(&self) -> Result<Socket, u16> {
        Socket::open(self.http.address, &self.headers).await
    }

    /// Runs a subscription over a socket of its own, logged in by the payload of `connection_init`.
    pub async fn subscribe(&self, query: &str, variables: Value) -> Subscription {
        self.log.settle().await;
        let mut headers = self.headers.clone();
        let credential = headers.remove(header::AUTHORIZATION);
        let credential = credential.as_ref().map(|value| value.to_str().expect("a readable header"));
        let mut socket = Socket::open(self.http.address, &headers).await.expect("a socket");
        socket.init(credential.map_or(Value::Null, |value| json!({ "Authorization": value }))).await;
        socket.subscribe("1", query, variables).await;
        Subscription(socket)
    }
}
