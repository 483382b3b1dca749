//! Who may come in: passwords, tokens and links.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::DateTime;
use serde_json::{Value, json};
use service::Clock;

use crate::{
    app::{Actor, App, PASSWORD, Setup},
    http::Reply,
    names::{WHO, at, who},
};

async fn token(app: &App, fields: &[(&str, &str)]) -> Reply {
    app.anon().form("/oauth/token", fields).await
}

async fn password_grant(app: &App, username: &str, password: &str) -> Reply {
    token(app, &[("grant_type", "password"), ("username", username), ("password", password)]).await
}

async fn refresh(app: &App, refresh_token: &Value) -> Reply {
    let text = refresh_token.as_str().expect("a refresh token");
    token(app, &[("grant_type", "refresh_token"), ("refresh_token", text)]).await
}

fn bearer(app: &App, tokens: &Value) -> Actor {
    app.anon().bearing(tokens["access_token"].as_str().expect("an access token"))
}

/// The middle part of a token.
fn claims(tokens: &Value) -> Value {
    let text = tokens["access_token"].as_str().expect("a token");
    let part = text.split('.').nth(1).expect("claims");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
}

both! {
    async fn an_old_refresh_token_of_whatever_age_ends_the_session(app: App) {
        app.user("acme.example", "bob").await;
        let first = password_grant(&app, "bob@acme.example", PASSWORD).await.expect(200).json();
        let second = refresh(&app, &first["refresh_token"]).await.expect(200).json();
        let third = refresh(&app, &second["refresh_token"]).await.expect(200).json();
        assert_eq!(who(&bearer(&app, &third)).await, at("bob", "acme.example"));
        refresh(&app, &first["refresh_token"]).await.expect(400);
        assert_eq!(who(&bearer(&app, &third)).await, None);
        refresh(&app, &third["refresh_token"]).await.expect(400);
    }

    async fn a_password_is_exchanged_for_a_token(app: App) {
        app.user("acme.example", "bob").await;
        let reply = password_grant(&app, "bob@acme.example", PASSWORD).await.expect(200);
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        let tokens = reply.json();
        assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(900)));
        assert_eq!(who(&bearer(&app, &tokens)).await, at("bob", "acme.example"));
        // JSON says the same as a form.
        let body = json!({ "grant_type": "password", "username": "bob@acme.example", "password": PASSWORD });
        app.anon().post("/oauth/token", body).await.expect(200);
        // It is worth as much at every door.
        let operator = password_grant(&app, "root", PASSWORD).await.expect(200).json();
        bearer(&app, &operator).get("/sys/boss/v1/domains").await.expect(200);

        let refused = [
            (password_grant(&app, "bob@acme.example", "wrong").await, 400, "invalid_grant"),
            (password_grant(&app, "", PASSWORD).await, 400, "invalid_request"),
            (token(&app, &[("username", "bob")]).await, 400, "invalid_request"),
            (token(&app, &[("grant_type", "magic")]).await, 400, "unsupported_grant_type"),
            (
                token(&app, &[("grant_type", "password"), ("grant_type", "password")]).await,
                400,
                "invalid_request",
            ),
            (
                app.anon()
                    .with("content-type", "text/plain")
                    .post("/oauth/token", "grant_type=password")
                    .await,
                400,
                "invalid_request",
            ),
        ];
        for (reply, status, error) in refused {
            assert_eq!((reply.status, &reply.json()["error"]), (status, &json!(error)), "{reply:?}");
        }
        assert_eq!(app.anon().get("/oauth/token").await.status, 405);
    }

    async fn a_token_is_signed_by_a_published_key(app: App) {
        let tokens = password_grant(&app, "root", PASSWORD).await.expect(200).json();
        let keys = app.anon().get("/.well-known/jwks.json").await.expect(200).json();
        let text = tokens["access_token"].as_str().expect("a token");
        let header = jsonwebtoken::decode_header(text).expect("a header");
        let key = keys["keys"]
            .as_array()
            .expect("keys")
            .iter()
            .find(|key| key["kid"] == json!(header.kid))
            .expect("its key");
        assert_eq!(
            (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
            (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"), &json!("sig"))
        );
        assert!(key.get("d").is_none(), "the private part is private");
        let public =
            jsonwebtoken::DecodingKey::from_ed_components(key["x"].as_str().expect("x")).expect("a key");
        let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
        rules.validate_aud = false;
        let read = jsonwebtoken::decode::<Value>(text, &public, &rules).expect("a genuine token");
        assert_eq!(read.claims, claims(&tokens));
        // Nothing but that token is good: not another's claims under this signature, not no signature.
        let mut parts: Vec<_> = text.split('.').map(str::to_owned).collect();
        let mut forged = claims(&tokens);
        forged["sub"] = json!("user_999");
        parts[1] = BASE64_URL_SAFE_NO_PAD.encode(forged.to_string());
        let none = BASE64_URL_SAFE_NO_PAD.encode("{\"alg\":\"none\",\"typ\":\"JWT\"}");
        for wrong in [
            parts.join("."),
            format!("{none}.{}.", parts[1]),
            format!("{text}x"),
            "x.y.z".to_owned(),
            "x".to_owned(),
        ] {
            assert_eq!(who(&app.anon().bearing(&wrong)).await, None, "{wrong}");
        }
    }

    async fn a_refresh_token_works_once_and_a_stolen_one_ends_the_session(app: App) {
        let first = password_grant(&app, "root", PASSWORD).await.expect(200).json();
        let second = refresh(&app, &first["refresh_token"]).await.expect(200).json();
        assert_ne!(first["refresh_token"], second["refresh_token"]);
        assert!(who(&bearer(&app, &second)).await.is_some());
        let reused = refresh(&app, &first["refresh_token"]).await.expect(400).json();
        assert_eq!(reused["error"], "invalid_grant");
        // Whoever holds the newer one may be the thief.
        refresh(&app, &second["refresh_token"]).await.expect(400);
        for tokens in [&first, &second] {
            assert_eq!(who(&bearer(&app, tokens)).await, None);
        }
    }

    async fn a_session_that_is_revoked_or_deleted_is_over(app: App) {
        let operator = app.operator().await;
        let tokens = password_grant(&app, "root", PASSWORD).await.expect(200).json();
        let text = tokens["refresh_token"].as_str().expect("a token").to_owned();
        app.anon().form("/oauth/revoke", &[("token", &text)]).await.expect(200);
        assert_eq!(who(&bearer(&app, &tokens)).await, None);
        refresh(&app, &tokens["refresh_token"]).await.expect(400);
        app.anon().form("/oauth/revoke", &[("token", &text)]).await.expect(200);
        app.anon().form("/oauth/revoke", &[("token", "unknown")]).await.expect(200);

        let tokens = password_grant(&app, "root", PASSWORD).await.expect(200).json();
        let found = operator
            .gql("{ sessions(last: 1) { nodes { id type user { login } } } }", json!({}))
            .await;
        let session = found["sessions"]["nodes"][0].clone();
        assert_eq!((&session["type"], &session["user"]["login"]), (&json!("TOKEN"), &json!("root")));
        operator.mutate("sessionDelete", json!({ "id": session["id"] }), "deletedId").await.ok();
        assert_eq!(who(&bearer(&app, &tokens)).await, None);
        refresh(&app, &tokens["refresh_token"]).await.expect(400);
    }

    async fn a_new_password_takes_the_place_of_the_old_one_at_once(app: App) {
        let bob = app.user("acme.example", "bob").await;
        assert!(who(&bob).await.is_some());
        assert!(who(&bob).await.is_some(), "remembered");
        let answer = bob.gql("{ viewer { id } }", json!({})).await;
        let id = answer["viewer"]["id"].clone();
        let input = json!({ "id": id, "password": "Another-Staple-7" });
        bob.mutate("userSetPassword", input, "user { id }").await.ok();
        assert_eq!(who(&bob).await, None, "the old one is forgotten");
        assert!(who(&app.basic("bob@acme.example", "Another-Staple-7")).await.is_some());
        // And back: what was remembered of the first is not what is stored now.
        app.operator()
            .await
            .put("/sys/boss/v1/domains/acme.example/users/bob/password", json!({ "password": "abc12345" }))
            .await
            .expect(204);
        assert_eq!(who(&app.basic("bob@acme.example", "Another-Staple-7")).await, None);
        assert!(who(&app.basic("bob@acme.example", "abc12345")).await.is_some());
    }

    async fn who_is_blocked_frozen_or_lowered_is_so_at_once(app: App) {
        let operator = app.operator().await;
        let admin = app.tenant_admin("acme.example").await;
        let tokens = password_grant(&app, "admin@acme.example", PASSWORD).await.expect(200).json();
        let holder = bearer(&app, &tokens);
        let id = holder.gql("{ viewer { id } }", json!({})).await["viewer"]["id"].clone();
        let groups = "{ userGroups { totalCount } }";
        for actor in [&admin, &holder] {
            assert_eq!(actor.gql(groups, json!({})).await["userGroups"]["totalCount"], 0);
        }
        let set = async |field: &str, value: &str| {
            operator.mutate("userUpdate", json!({ "id": id, (field): value }), "user { id }").await.ok();
        };
        set("role", "USER").await;
        for actor in [&admin, &holder] {
            assert_eq!(actor.gql(groups, json!({})).await.code(), Some("FORBIDDEN"));
        }
        set("role", "TENANT_ADMIN").await;
        set("access", "READ_ONLY").await;
        for actor in [&admin, &holder] {
            let tenant = app.tenant("acme.example").await.id.to_string();
            let refused =
                actor.mutate("tenantUpdate", json!({ "id": tenant, "name": "Mine" }), "tenant { id }").await;
            assert_eq!(refused.code(), Some("FORBIDDEN"));
        }
        set("access", "FULL").await;
        set("status", "BLOCKED").await;
        for actor in [&admin, &holder] {
            assert_eq!(who(actor).await, None);
        }
        password_grant(&app, "admin@acme.example", PASSWORD).await.expect(400);
        refresh(&app, &tokens["refresh_token"]).await.expect(400);
        set("status", "ACTIVE").await;
        assert!(who(&admin).await.is_some());
        let tenant = app.tenant("acme.example").await.id.to_string();
        operator.mutate("tenantFreeze", json!({ "id": tenant }), "tenant { id }").await.ok();
        for actor in [&admin, &holder] {
            assert_eq!(who(actor).await, None);
        }
        password_grant(&app, "admin@acme.example", PASSWORD).await.expect(400);
    }

    async fn who_guesses_must_wait(setup: Setup) {
        let mut setup = setup;
        setup.config.login_attempts = 3;
        let app = setup.start().await;
        let (bob, eve) = (app.user("acme.example", "bob").await, app.user("acme.example", "eve").await);
        assert!(who(&bob).await.is_some());
        for login in ["bob@acme.example", "eve@acme.example", "nobody@acme.example"] {
            for _ in 0..3 {
                assert_eq!(who(&app.basic(login, "wrong")).await, None);
            }
            let reply = app.basic(login, "wrong").get("/sys/boss/v1/domains").await;
            assert_eq!(reply.status, 429, "{login}: {reply:?}");
        }
        // Even with the right password, at every door.
        let replies = [
            eve.post("/graphql", json!({ "query": WHO })).await,
            eve.get("/sys/boss/v1/domains").await,
            eve.get("/api/rest/public/operator/customers").await,
            password_grant(&app, "eve@acme.example", PASSWORD).await,
        ];
        for reply in replies {
            let seconds = reply.header("retry-after").and_then(|value| value.parse::<u64>().ok()).unwrap_or_default();
            assert!(reply.status == 429 && (1..=300).contains(&seconds), "{reply:?}");
        }
        assert_eq!(eve.socket().await.err(), Some(429));
        // Who is known to be right already is not kept out by somebody else's guesses, nor are others.
        assert!(who(&bob).await.is_some());
        assert!(who(&app.basic("root", PASSWORD)).await.is_some());
    }

    async fn guesses_are_not_counted_without_a_bound(setup: Setup) {
        let mut setup = setup;
        setup.config.login_attempts = 0;
        let app = setup.start().await;
        for _ in 0..30 {
            assert_eq!(who(&app.basic("root", "wrong")).await, None);
        }
        assert!(who(&app.operator().await).await.is_some());
    }

    async fn a_link_logs_in_once_and_not_for_ever(setup: Setup) {
        let mut setup = setup;
        setup.clock = Clock::fixed(DateTime::from_timestamp(1_900_000_000, 0).expect("a time"));
        let app = setup.start().await;
        let operator = app.operator().await;
        app.user("acme.example", "bob").await;
        let path = "/sys/boss/v1/domains/acme.example/users/bob/session";
        let link = async || {
            let link =
                operator.get(path).await.expect(200).json()["link"].as_str().expect("a link").to_owned();
            assert!(link.starts_with("https://acme.example/login?t="), "{link}");
            link.trim_start_matches("https://acme.example").to_owned()
        };
        let first = link().await;
        // A program that looks before does not use it up.
        app.anon().head(&first).await.expect(204);
        let reply = app.anon().get(&first).await.expect(302);
        let place = reply.header("location").expect("a location").to_owned();
        let ui = place.strip_prefix("/playground?token=").expect("the playground").to_owned();
        app.anon().get(&first).await.expect(401);
        let tokens = token(&app, &[("grant_type", "login_link"), ("token", &ui)]).await.expect(200).json();
        assert_eq!(who(&bearer(&app, &tokens)).await, at("bob", "acme.example"));
        token(&app, &[("grant_type", "login_link"), ("token", &ui)]).await.expect(400);

        let second = link().await;
        app.clock.advance(299);
        let third = link().await;
        app.clock.advance(1);
        app.anon().get(&second).await.expect(401);
        app.anon().get(&third).await.expect(302);
        // Fifteen minutes later the access token is over, not the session.
        app.clock.advance(900);
        assert_eq!(who(&bearer(&app, &tokens)).await, None);
        let renewed = refresh(&app, &tokens["refresh_token"]).await.expect(200).json();
        assert!(who(&bearer(&app, &renewed)).await.is_some());
        app.clock.advance(30 * 24 * 3600);
        refresh(&app, &renewed["refresh_token"]).await.expect(400);
    }

    async fn an_operators_first_password_is_set_once(setup: Setup) {
        let config = setup.config.clone();
        let app = setup.start().await;
        let id = app.operator().await.gql("{ viewer { id } }", json!({})).await["viewer"]["id"].clone();
        let input = json!({ "id": id, "password": "Another-Staple-7" });
        app.operator().await.mutate("userSetPassword", input, "user { id }").await.ok();
        let store = app.stop().await;
        // The configured password does not come back with the next start.
        let app = Setup { store, config, clock: Clock::default() }.start().await;
        assert_eq!(who(&app.operator().await).await, None);
        assert!(who(&app.basic("root", "Another-Staple-7")).await.is_some());
    }
}
