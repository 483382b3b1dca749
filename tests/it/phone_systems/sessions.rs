//! `sessions`, `customer_admin_sessions` and the redirect.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sea_orm::ColumnTrait;

use super::*;

fn session(kind: &str, customer: &str) -> Value {
    json!({ "data": { "type": kind, "relationships": of(customer) } })
}

impl Api {
    async fn link(&self, customer: &str) -> String {
        let reply = self.post("/sessions", session("sessions", customer)).await.expect(201);
        text(&reply.json()["data"]["attributes"]["uri"]).to_owned()
    }

    /// Follows a link without credentials.
    async fn follow(&self, app: &App, uri: &str) -> Reply {
        let path = uri.strip_prefix(&self.root).expect("a link of this API");
        app.anon().get(&format!("{BASE}{path}")).await
    }
}

both! {
    async fn a_session_is_a_link_that_works_once(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let reply = api.post("/sessions?fields[sessions]=uri", session("sessions", "7001")).await.expect(201);
        assert_eq!(reply.header("location"), None);
        let uri = text(&reply.json()["data"]["attributes"]["uri"]).to_owned();
        assert_eq!(reply.json(), json!({ "data": { "id": "7001", "type": "sessions", "attributes": { "uri": uri } } }));
        let token = uri.strip_prefix(&format!("{}/auth?token=", api.root)).expect("the redirect");
        let parts: Vec<_> = token.split('.').collect();
        assert_eq!(parts.len(), 3);
        let read = |part: &str| serde_json::from_slice::<Value>(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        assert_eq!(read(parts[0])["alg"], "HS256");
        let now = app.clock.now().timestamp();
        let expires = read(parts[1])["exp"].as_i64().unwrap();
        assert!((now + 298..=now + 300).contains(&expires), "{expires}, now {now}");
        assert!(read(parts[1])["sub"].is_number());

        // A look is no use.
        let path = uri.strip_prefix(&api.root).unwrap();
        assert_eq!(app.anon().head(&format!("{BASE}{path}")).await.status, 204);
        let found = api.follow(&app, &uri).await.expect(302);
        assert_eq!(found.header("cache-control"), Some("no-store"));
        let place = found.header("location").unwrap();
        let (base, opaque) = place.split_once("?token=").expect("a token");
        assert!(base.ends_with("/playground"), "{place}");
        assert!(opaque.len() >= 32);
        let again = api.follow(&app, &uri).await;
        assert_eq!(again.header("cache-control"), Some("no-store"));
        assert_eq!(one(again), (401, "401".to_owned()));
    }

    async fn the_link_leads_to_the_customers_own_interface(app: App) {
        let api = Api::of(&app).await;
        let tenant = app.tenant("acme.example").await;
        let input = json!({ "id": tenant.id.to_string(), "accessUrl": "https://custom.example/ui" });
        api.actor.without("content-type").mutate("tenantUpdate", input, "tenant { id }").await.ok();
        let uri = api.link(&tenant.customer_id).await;
        let found = api.follow(&app, &uri).await.expect(302);
        assert!(found.header("location").unwrap().starts_with("https://custom.example/ui?token="));
        let body = session("customer_admin_sessions", &tenant.customer_id);
        let admin = api.post("/customer_admin_sessions", body).await.expect(201).json();
        let uri = text(&admin["data"]["attributes"]["uri"]);
        assert!(uri.starts_with("https://custom.example/ui?x-admin-token="), "{uri}");

        // A token joins the query and goes before the fragment.
        let input = json!({ "id": tenant.id.to_string(), "accessUrl": "https://custom.example/ui?a=b#/log-in?c" });
        api.actor.without("content-type").mutate("tenantUpdate", input, "tenant { id }").await.ok();
        let is_right = |uri: &str, name: &str| {
            let token = uri.strip_prefix(&format!("https://custom.example/ui?a=b&{name}=")).and_then(|rest| rest.strip_suffix("#/log-in?c"));
            assert!(token.is_some_and(|token| !token.is_empty()), "{uri}");
        };
        let found = api.follow(&app, &api.link(&tenant.customer_id).await).await.expect(302);
        is_right(found.header("location").unwrap(), "token");
        let body = session("customer_admin_sessions", &tenant.customer_id);
        let admin = api.post("/customer_admin_sessions", body).await.expect(201).json();
        is_right(text(&admin["data"]["attributes"]["uri"]), "x-admin-token");
    }

    async fn a_frozen_customer_gets_no_sessions(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let named = entity::tenant::Column::CustomerId.eq("7001");
        let tenant = app.services.find_one::<entity::tenant::Entity>(&App::system(), named).await.unwrap().unwrap();
        let earlier = api.link("7001").await;
        app.services.freeze_tenant(&App::system(), tenant.id).await.unwrap();
        let sessions = app.store.number("SELECT count(*) FROM session").await;
        for kind in ["sessions", "customer_admin_sessions"] {
            let refused = invalid(api.post(&format!("/{kind}"), session(kind, "7001")).await);
            assert_eq!(refused, [("customer".to_owned(), "is invalid".to_owned())]);
        }
        assert_eq!(app.store.number("SELECT count(*) FROM session").await, sessions);
        assert_eq!(one(api.follow(&app, &earlier).await), (401, "401".to_owned()));
        app.services.unfreeze_tenant(&App::system(), tenant.id).await.unwrap();
        api.link("7001").await;
    }

    async fn a_session_of_a_customer_that_goes_away_is_refused(app: App) {
        let api = Api::of(&app).await;
        for _ in 0..10 {
            api.customer("7001").await;
            let post = async |kind: &str| api.post(&format!("/{kind}"), session(kind, "7001")).await;
            let kinds = ["sessions", "customer_admin_sessions"].repeat(3);
            let posts = futures_util::future::join_all(kinds.iter().map(|kind| post(kind)));
            let (gone, replies) = tokio::join!(api.delete("/customers/7001"), posts);
            gone.expect(204);
            for reply in replies.into_iter().filter(|reply| reply.status != 201) {
                assert_eq!(invalid(reply), [("customer".to_owned(), "must exist".to_owned())]);
            }
        }
    }

    async fn a_new_session_cancels_the_one_before(app: App) {
        let api = Api::of(&app).await;
        api.customer("1").await;
        api.customer("2").await;
        let first = api.link("1").await;
        let other = api.link("2").await;
        let second = api.link("1").await;
        assert_eq!(one(api.follow(&app, &first).await), (401, "401".to_owned()));
        api.follow(&app, &second).await.expect(302);
        api.follow(&app, &other).await.expect(302);
        let last = api.link("1").await;
        api.delete("/customers/1").await.expect(204);
        assert_eq!(one(api.follow(&app, &last).await), (401, "401".to_owned()));
    }

    async fn bad_links_are_refused(app: App) {
        let api = Api::of(&app).await;
        for path in ["/auth", "/auth?token=", "/auth?token=x.y.z", "/auth/?token=%00"] {
            // Neither credentials nor Accept are looked at.
            let actor = app.basic("root", "wrong").with("accept", "application/vnd.api+json;q=1");
            let reply = actor.get(&format!("{BASE}{path}")).await;
            assert_eq!(reply.header("cache-control"), Some("no-store"));
            assert_eq!(one(reply), (401, "401".to_owned()), "{path}");
        }
        let refused = api.post("/auth", json!({})).await;
        assert_eq!(refused.header("allow").map(sorted), Some(vec!["GET", "HEAD"]));
        assert_eq!(one(refused), (405, "405".to_owned()));
    }

    async fn an_admin_session_leaves_others_alone(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let customer = api.link("7001").await;
        let mut tokens = Vec::new();
        for _ in 0..2 {
            let reply = api.post("/customer_admin_sessions", session("customer_admin_sessions", "7001")).await.expect(201);
            let address = format!("{}/customer_admin_sessions/7001", api.root);
            assert_eq!(reply.header("location"), Some(&*address));
            let uri = text(&reply.json()["data"]["attributes"]["uri"]).to_owned();
            assert_eq!(reply.json(), json!({ "data": {
                "id": "7001", "type": "customer_admin_sessions", "links": { "self": address }, "attributes": { "uri": uri },
            } }));
            let (_, token) = uri.split_once("/playground?x-admin-token=").expect("a token");
            assert!(token.len() >= 32);
            tokens.push(token.to_owned());
        }
        assert_ne!(tokens[0], tokens[1]);
        api.follow(&app, &customer).await.expect(302);
        assert_eq!(api.refused("/customer_admin_sessions/7001").await, (404, "404".to_owned()));
        let live = "SELECT count(*) FROM session WHERE session_type = 'ADMIN_LINK' AND revoked_at IS NULL";
        assert_eq!(app.store.number(live).await, 2);
    }

    async fn the_body_of_a_session_is_checked(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        for kind in ["sessions", "customer_admin_sessions"] {
            let path = format!("/{kind}");
            let must_exist = [("customer".to_owned(), "must exist".to_owned())];
            let bare = json!({ "data": { "type": kind } });
            assert_eq!(invalid(api.post(&path, bare).await), must_exist);
            assert_eq!(invalid(api.post(&path, session(kind, "nobody")).await), must_exist);
            let code = async |path: String, data: Value| one(api.post(&path, json!({ "data": data })).await).1;
            assert_eq!(code(path.clone(), json!({ "type": kind, "id": "7001", "relationships": of("7001") })).await, "105");
            assert_eq!(code(path.clone(), json!({ "type": kind, "attributes": { "uri": "x" } })).await, "105");
            assert_eq!(code(path.clone(), json!({ "type": "customers", "relationships": of("7001") })).await, "101");
            for include in ["customer", "x"] {
                let path = format!("{path}?include={include}");
                assert_eq!(code(path, json!({ "type": kind, "relationships": of("7001") })).await, "112");
            }
            for method in ["GET", "PATCH", "PUT", "DELETE"] {
                let refused = api.send(method, &path, ()).await;
                assert_eq!(refused.header("allow"), Some("POST"));
                assert_eq!(one(refused), (405, "405".to_owned()));
            }
        }
        assert_eq!(app.store.number("SELECT count(*) FROM session").await, 0);
    }

    async fn a_reader_makes_no_sessions(app: App) {
        Api::of(&app).await.customer("7001").await;
        let reader = Api::with(&app, app.read_only_operator().await);
        for kind in ["sessions", "customer_admin_sessions"] {
            assert_eq!(one(reader.post(&format!("/{kind}"), session(kind, "7001")).await), (403, "403".to_owned()));
        }
    }
}
