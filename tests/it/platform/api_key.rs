//! API keys as credentials: what they may do, from where, and until when.

use chrono::DateTime;
use serde_json::{Value, json};
use service::Clock;

use crate::app::{Actor, App, Setup};

/// Makes a key and answers it with its row.
async fn key(actor: &Actor, input: Value) -> (String, Value) {
    let made =
        actor.mutate("apiKeyCreate", input, "key apiKey { id keyPrefix scopes networks lastUsedAt }").await;
    let made = made.ok().clone();
    (made["key"].as_str().expect("a key").to_owned(), made["apiKey"].clone())
}

/// The code of what comes of making a phone number.
async fn writes(actor: &Actor, number: &str) -> Option<String> {
    let answer = actor.mutate("phoneNumberCreate", json!({ "number": number }), "phoneNumber { id }").await;
    answer.code().map(str::to_owned)
}

async fn reads(actor: &Actor, list: &str) -> Option<String> {
    actor.gql(&format!("{{ {list} {{ totalCount }} }}"), json!({})).await.code().map(str::to_owned)
}

both! {
    async fn a_key_is_as_good_as_its_user(app: App) {
        let operator = app.operator().await;
        let (text, row) = key(&operator, json!({ "name": "script" })).await;
        assert!(text.starts_with(row["keyPrefix"].as_str().expect("a prefix")), "{text}");
        for actor in [app.anon().bearing(&text), app.anon().with("x-api-key", &text)] {
            assert_eq!(actor.gql("{ viewer { login } }", json!({})).await["viewer"]["login"], "root");
            actor.get("/sys/boss/v1/domains").await.expect(200);
        }
        assert_eq!(writes(&app.anon().bearing(&text), "49300001").await, None);
        let wrong = format!("{}x", &text[..text.len() - 1]);
        assert_eq!(reads(&app.anon().bearing(&wrong), "tenants").await.as_deref(), Some("UNAUTHENTICATED"));
        // Its use is told, the key is not.
        let query = "query($id: ID!) { apiKey(id: $id) { lastUsedAt keyPrefix } }";
        let shown = operator.gql(query, json!({ "id": row["id"] })).await;
        assert!(shown["apiKey"]["lastUsedAt"].is_string());
        assert!(!shown.json.to_string().contains(&text));
        operator.mutate("apiKeyDelete", json!({ "id": row["id"] }), "deletedId").await.ok();
        assert_eq!(reads(&app.anon().bearing(&text), "tenants").await.as_deref(), Some("UNAUTHENTICATED"));
    }

    async fn scopes_narrow_a_key(app: App) {
        let operator = app.operator().await;
        let of = async |scopes: Value| {
            app.anon().bearing(&key(&operator, json!({ "name": "narrow", "scopes": scopes })).await.0)
        };
        let forbidden = Some("FORBIDDEN".to_owned());
        let reader = of(json!(["read"])).await;
        assert_eq!(reads(&reader, "tenants").await, None);
        assert_eq!(writes(&reader, "49300001").await, forbidden);
        reader.post("/sys/boss/v1/domains/acme.example", json!({})).await.expect(403);
        let writer = of(json!(["write"])).await;
        assert_eq!((reads(&writer, "tenants").await, writes(&writer, "49300002").await), (None, None));
        let one = of(json!(["phone_number:write"])).await;
        assert_eq!((reads(&one, "phoneNumbers").await, writes(&one, "49300003").await), (None, None));
        assert_eq!(reads(&one, "tenants").await, forbidden);
        let two = of(json!(["phone_number:read", "tenant:read"])).await;
        assert_eq!((reads(&two, "phoneNumbers").await, reads(&two, "tenants").await), (None, None));
        assert_eq!(writes(&two, "49300004").await, forbidden);
        // What it may not see does not come in by a side door either.
        operator.post("/sys/boss/v1/domains/acme.example", json!({})).await.expect(201);
        operator
            .put("/sys/boss/v1/telnums/49300003/allocate", json!({ "allocatedTo": "acme.example" }))
            .await
            .expect(204);
        let nested = one.gql("{ phoneNumbers { nodes { number tenant { domain } } } }", json!({})).await;
        assert!(!nested.json.to_string().contains("acme.example"), "{}", nested.json);
    }

    async fn a_narrowed_key_opens_nothing_wider(app: App) {
        let operator = app.operator().await;
        let (text, _) = key(&operator, json!({ "name": "narrow", "scopes": ["api_key:write", "session:write", "tenant:read", "user:read"] })).await;
        let narrow = app.anon().bearing(&text);
        app.user("acme.example", "bob").await;
        // A key without scopes would be all that its user may.
        let made = narrow.mutate("apiKeyCreate", json!({ "name": "wide" }), "key").await;
        if made.code().is_none() {
            let wide = app.anon().bearing(made.ok()["key"].as_str().expect("a key"));
            assert_eq!(
                writes(&wide, "49300001").await.as_deref(),
                Some("FORBIDDEN"),
                "a narrow key made a wide one"
            );
        }
        // Nor does the token that it is exchanged for.
        let prefix = text.get(..12).expect("a prefix").to_owned();
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", prefix.as_str()),
            ("client_secret", text.as_str()),
        ];
        let tokens = app.anon().form("/oauth/token", &fields).await.expect(200).json();
        let token = app.anon().bearing(tokens["access_token"].as_str().expect("a token"));
        assert_eq!(writes(&token, "49300002").await.as_deref(), Some("FORBIDDEN"));
        assert_eq!(reads(&token, "phoneNumbers").await.as_deref(), Some("FORBIDDEN"));
    }

    async fn a_program_logs_in_with_its_key(app: App) {
        let operator = app.operator().await;
        let (text, row) = key(&operator, json!({ "name": "script" })).await;
        let prefix = row["keyPrefix"].as_str().expect("a prefix");
        let fields =
            [("grant_type", "client_credentials"), ("client_id", prefix), ("client_secret", text.as_str())];
        let tokens = app.anon().form("/oauth/token", &fields).await.expect(200).json();
        assert!(tokens.get("refresh_token").is_none(), "{tokens}");
        let actor = app.anon().bearing(tokens["access_token"].as_str().expect("a token"));
        assert_eq!(actor.gql("{ viewer { login } }", json!({})).await["viewer"]["login"], "root");
        // As Basic too, as RFC 6749 prefers it.
        let basic = app.basic(prefix, &text);
        basic.form("/oauth/token", &[("grant_type", "client_credentials")]).await.expect(200);
        let refused = app
            .basic(prefix, "wrong")
            .form("/oauth/token", &[("grant_type", "client_credentials")])
            .await
            .expect(401);
        assert_eq!(refused.json()["error"], "invalid_client");
        assert!(refused.header("www-authenticate").is_some());
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", "sbk_00000000"),
            ("client_secret", text.as_str()),
        ];
        app.anon().form("/oauth/token", &fields).await.expect(401);
    }

    async fn a_key_works_in_its_networks_and_in_its_time(setup: Setup) {
        let mut setup = setup;
        setup.clock = Clock::fixed(DateTime::from_timestamp(1_900_000_000, 0).expect("a time"));
        let app = setup.start().await;
        let operator = app.operator().await;
        let of = async |networks: Value| {
            app.anon().bearing(&key(&operator, json!({ "name": "n", "networks": networks })).await.0)
        };
        for good in [json!(["127.0.0.0/8"]), json!(["10.0.0.0/8", "127.0.0.1"]), json!([])] {
            assert_eq!(reads(&of(good.clone()).await, "tenants").await, None, "{good}");
        }
        let elsewhere = of(json!(["10.0.0.0/8", "::1"])).await;
        assert_eq!(reads(&elsewhere, "tenants").await.as_deref(), Some("UNAUTHENTICATED"));
        // A header does not move a client to another network.
        let moved = elsewhere.with("x-forwarded-for", "10.0.0.1").with("forwarded", "for=10.0.0.1");
        assert_eq!(reads(&moved, "tenants").await.as_deref(), Some("UNAUTHENTICATED"));

        let end = DateTime::from_timestamp(1_900_000_060, 0).expect("a time").to_rfc3339();
        let (text, row) = key(&operator, json!({ "name": "short", "expiresAt": end })).await;
        let prefix = row["keyPrefix"].as_str().expect("a prefix").to_owned();
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", prefix.as_str()),
            ("client_secret", text.as_str()),
        ];
        assert_eq!(reads(&app.anon().bearing(&text), "tenants").await, None);
        app.anon().form("/oauth/token", &fields).await.expect(200);
        app.clock.advance(60);
        assert_eq!(reads(&app.anon().bearing(&text), "tenants").await.as_deref(), Some("UNAUTHENTICATED"));
        app.anon().form("/oauth/token", &fields).await.expect(401);
    }

    async fn a_stream_ends_with_the_networks_or_the_time_of_its_key(app: App) {
        let operator = app.operator().await;
        let later = |seconds: i64| {
            let time = chrono::Utc::now() + chrono::TimeDelta::seconds(seconds);
            time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        };
        for change in [json!({ "networks": ["10.0.0.0/8"] }), json!({ "expiresAt": later(600) })] {
            let (text, row) = key(&operator, json!({ "name": "narrowed" })).await;
            let mut stream = app.anon().bearing(&text).subscribe("subscription { tenantChanged { event } }", json!({})).await;
            let (mut input, id) = (change.clone(), row["id"].clone());
            input["id"] = id;
            operator.mutate("apiKeyUpdate", input, "apiKey { id }").await.ok();
            assert_eq!(stream.0.closed().await, 4403, "{change}");
        }
        // Its tokens go with it.
        let (text, row) = key(&operator, json!({ "name": "narrowed" })).await;
        let prefix = row["keyPrefix"].as_str().expect("a prefix");
        let fields = [("grant_type", "client_credentials"), ("client_id", prefix), ("client_secret", &text)];
        let tokens = app.anon().form("/oauth/token", &fields).await.expect(200).json();
        let bearer = app.anon().bearing(tokens["access_token"].as_str().expect("a token"));
        assert_eq!(reads(&bearer, "tenants").await, None);
        let input = json!({ "id": row["id"], "networks": ["10.0.0.0/8"] });
        operator.mutate("apiKeyUpdate", input, "apiKey { id }").await.ok();
        assert_eq!(reads(&bearer, "tenants").await.as_deref(), Some("UNAUTHENTICATED"));
    }

    async fn a_key_is_its_users_own(app: App) {
        let (bob, eve) = (app.user("acme.example", "bob").await, app.user("acme.example", "eve").await);
        let (text, row) = key(&bob, json!({ "name": "mine" })).await;
        let query = "query($id: ID!) { apiKey(id: $id) { id } }";
        assert_eq!(bob.gql(query, json!({ "id": row["id"] })).await["apiKey"]["id"], row["id"]);
        assert_eq!(eve.gql(query, json!({ "id": row["id"] })).await["apiKey"], Value::Null);
        assert_eq!(
            eve.mutate("apiKeyDelete", json!({ "id": row["id"] }), "deletedId").await.code(),
            Some("NOT_FOUND")
        );
        let id = bob.gql("{ viewer { id } }", json!({})).await["viewer"]["id"].clone();
        let stolen = eve.mutate("apiKeyCreate", json!({ "name": "theirs", "userId": id }), "key").await;
        assert!(matches!(stolen.code(), Some("NOT_FOUND" | "FORBIDDEN")), "{}", stolen.json);
        let operator = app.operator().await.gql("{ viewer { id } }", json!({})).await["viewer"]["id"].clone();
        let admin = app.tenant_admin("acme.example").await;
        let stolen =
            admin.mutate("apiKeyCreate", json!({ "name": "theirs", "userId": operator }), "key").await;
        assert!(matches!(stolen.code(), Some("NOT_FOUND" | "FORBIDDEN")), "{}", stolen.json);
        // It goes with its user.
        let input = json!({ "id": id });
        admin.mutate("userDelete", input, "deletedId").await.ok();
        assert_eq!(reads(&app.anon().bearing(&text), "tenants").await.as_deref(), Some("UNAUTHENTICATED"));
    }
}
