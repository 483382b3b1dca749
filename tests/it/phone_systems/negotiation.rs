//! Credentials and media types, and which is looked at first.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::*;
use crate::app::PASSWORD;

both! {
    async fn credentials_come_first(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        for actor in [app.anon(), app.basic("root", "wrong"), app.anon().with("authorization", "Basic !"), app.anon().with("authorization", "Digest x")] {
            for (method, path) in [("GET", "/customers"), ("POST", "/customers"), ("PATCH", "/customers/7001"), ("DELETE", "/customers/7001"), ("GET", "/customers/nobody"), ("POST", "/sessions")] {
                let reply = actor.send(method, &format!("{BASE}{path}"), ()).await;
                assert_eq!(reply.header("www-authenticate"), Some("Basic realm=\"Application\""), "{method} {path}");
                assert_eq!(errors(&reply)[0]["title"], "Authentication failed");
                assert_eq!(one(reply), (401, "401".to_owned()));
            }
            // The route comes before the credentials.
            assert_eq!(one(actor.get(&format!("{BASE}/bogus")).await), (404, "404".to_owned()));
            assert_eq!(one(actor.delete(&format!("{BASE}/customers")).await), (405, "405".to_owned()));
        }
        api.read("/customers/7001").await;
    }

    async fn an_id_that_cannot_be_comes_before_credentials(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let missing = (404, "404".to_owned());
        for kind in ["incoming_trunks", "available_did_numbers", "termination_gateways", "termination_routes", "sip_device_routes"] {
            for rest in ["xyz", "xyz/", "xyz/customer", "xyz/relationships/customer", "%ff", "%00", "a,b"] {
                for method in ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "BREW"] {
                    let path = format!("{BASE}/{kind}/{rest}");
                    for actor in [&app.anon(), &api.actor, &app.basic("root", "wrong")] {
                        let reply = actor.send(method, &path, ()).await;
                        match method {
                            "HEAD" => assert_eq!(reply.status, 404, "{method} {path}"),
                            _ => assert_eq!(one(reply), missing, "{method} {path}"),
                        }
                    }
                }
            }
            let reply = app.anon().get(&format!("{BASE}/{kind}/{NOBODY}")).await;
            assert_eq!(one(reply), (401, "401".to_owned()));
            let reply = app.anon().post(&format!("{BASE}/{kind}/{NOBODY}"), ()).await;
            assert_eq!(one(reply), (405, "405".to_owned()));
        }
    }

    async fn two_types_of_one_body_are_refused(app: App) {
        let api = Api::of(&app).await;
        let credentials = BASE64_STANDARD.encode(format!("root:{PASSWORD}"));
        let body = json!({ "data": { "type": "customers", "id": "7001", "attributes": { "name": "x" } } }).to_string();
        let post = async |types: &[&str]| {
            let types: String = types.iter().map(|one| format!("Content-Type: {one}\r\n")).collect();
            let answer = app.raw(format!(
                "POST {BASE}/customers HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic {credentials}\r\n{types}Content-Length: {}\r\n\r\n{body}",
                body.len(),
            )).await;
            answer.split(' ').nth(1).unwrap().to_owned()
        };
        for other in ["text/plain", "application/json", "application/vnd.api+json; charset=utf-8"] {
            assert_eq!(post(&[MEDIA_TYPE, other]).await, "415", "{other}");
            assert_eq!(post(&[other, MEDIA_TYPE]).await, "415", "{other}");
        }
        assert!(api.ids("/customers").await.is_empty());
        assert_eq!(post(&[MEDIA_TYPE, MEDIA_TYPE]).await, "201");
    }

    async fn only_operators_enter_and_only_some_write(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        for actor in [app.tenant_admin("acme.example").await, app.user("acme.example", "lena").await] {
            let actor = Api::with(&app, actor);
            let reply = actor.get("/customers").await;
            assert_eq!(errors(&reply)[0]["title"], "Forbidden");
            assert_eq!(one(reply), (403, "403".to_owned()));
            assert_eq!(one(actor.delete("/customers/7001").await), (403, "403".to_owned()));
        }
        let reader = Api::with(&app, app.read_only_operator().await);
        assert!(reader.ids("/customers").await.contains(&"7001".to_owned()));
        let before = app.changes().await;
        let new = json!({ "data": { "id": "7002", "type": "customers", "attributes": { "name": "x" } } });
        assert_eq!(one(reader.post("/customers", new).await), (403, "403".to_owned()));
        let change = body("customers", "7001", json!({ "capacity_limit": 1 }));
        assert_eq!(one(reader.patch("/customers/7001", change).await), (403, "403".to_owned()));
        assert_eq!(one(reader.delete("/customers/7001").await), (403, "403".to_owned()));
        assert_eq!(app.changes().await, before);
    }

    async fn bodies_are_json_api(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let change = body("customers", "7001", json!({ "capacity_limit": 1 }));
        for wrong in ["application/json", "application/vnd.api+json; charset=utf-8", "application/vnd.api+json;ext=x", "text/plain", ""] {
            for (method, path) in [("POST", "/customers"), ("PATCH", "/customers/7001"), ("PUT", "/customers/7001")] {
                let actor = api.actor.with("content-type", wrong);
                let reply = actor.send(method, &format!("{BASE}{path}"), change.clone()).await;
                let error = errors(&reply)[0].clone();
                assert_eq!(error["title"], "Unsupported media type");
                assert!(text(&error["detail"]).contains(MEDIA_TYPE) && text(&error["detail"]).contains(wrong));
                assert_eq!(one(reply), (415, "415".to_owned()), "{wrong}");
            }
        }
        let bare = api.actor.without("content-type").send("PATCH", &format!("{BASE}/customers/7001"), change.to_string()).await;
        assert_eq!(one(bare), (415, "415".to_owned()));
        let upper = api.actor.with("content-type", "Application/Vnd.Api+Json");
        upper.patch(&format!("{BASE}/customers/7001"), change.to_string()).await.expect(200);

        // Where there is no body any type will do, but not ours with parameters.
        for (method, path, status) in [("GET", "/customers", 200), ("HEAD", "/customers", 200), ("DELETE", "/customers/7001", 204)] {
            let path = format!("{BASE}{path}");
            let reply = api.actor.with("content-type", "application/vnd.api+json; charset=utf-8").send(method, &path, ()).await;
            assert_eq!(reply.status, 415, "{method}");
            api.actor.with("content-type", "text/html").send(method, &path, ()).await.expect(status);
        }
    }

    async fn answers_are_json_api(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let get = async |accept: &str| api.actor.with("accept", accept).get(&format!("{BASE}/customers")).await;
        for good in ["*/*", "*/*;q=0.5", "application/vnd.api+json", "APPLICATION/VND.API+JSON", "application/json", "text/html", "application/*", "application/vnd.api+json;q=0.5, application/vnd.api+json", "text/html,application/vnd.api+json"] {
            assert_eq!(get(good).await.expect(200).header("content-type"), Some(MEDIA_TYPE), "{good}");
        }
        for bad in ["application/vnd.api+json;q=1", "application/vnd.api+json; charset=utf-8", "*/*, application/vnd.api+json;ext=x", "application/vnd.api+json;a=b,application/vnd.api+json;c=d"] {
            let reply = get(bad).await;
            let error = errors(&reply)[0].clone();
            assert_eq!(error["title"], "Not acceptable");
            assert!(text(&error["detail"]).contains(bad));
            assert_eq!(one(reply), (406, "406".to_owned()), "{bad}");
        }
        let picky = api.actor.with("accept", "application/vnd.api+json;q=1");
        assert_eq!(one(picky.delete(&format!("{BASE}/customers/7001")).await), (406, "406".to_owned()));
        assert_eq!(one(picky.get(&format!("{BASE}/customers/nobody")).await), (406, "406".to_owned()));
        let both = picky.with("content-type", "text/plain").post(&format!("{BASE}/customers"), "{").await;
        assert_eq!(one(both), (415, "415".to_owned()));
        assert_eq!(one(picky.post(&format!("{BASE}/customers"), "{").await), (406, "406".to_owned()));
        api.read("/customers/7001").await;
    }

    async fn links_use_the_public_address(setup: crate::app::Setup) {
        let mut setup = setup;
        setup.config.public_url = Some("https://api.example.test".to_owned());
        let app = setup.start().await;
        let api = Api { root: format!("https://api.example.test{BASE}"), ..Api::of(&app).await };
        api.customer("7001").await;
        let list = api.read("/customers").await;
        assert!(text(&list["links"]["first"]).starts_with(&api.root));
        let reply = api.post("/sessions", json!({ "data": { "type": "sessions", "relationships": of("7001") } })).await;
        assert!(text(&reply.json()["data"]["attributes"]["uri"]).starts_with(&format!("{}/auth?token=", api.root)));
    }
}
