use serde_json::{Value, json};

use crate::app::{App, PASSWORD};

both! {
    async fn a_person_sees_and_ends_its_own_log_ins(app: App) {
        let (bob, eve) = (app.user("acme.example", "bob").await, app.user("acme.example", "eve").await);
        let fields = [("grant_type", "password"), ("username", "bob@acme.example"), ("password", PASSWORD)];
        let agent = app.anon().with("user-agent", "switchboard-tests/1");
        let tokens = agent.form("/oauth/token", &fields).await.expect(200).json();
        let query = "{ sessions { nodes { id type address userAgent expiresAt revokedAt user { login } } totalCount } }";
        let sessions = bob.gql(query, json!({})).await["sessions"].clone();
        assert_eq!(sessions["totalCount"], 1);
        let session = &sessions["nodes"][0];
        assert_eq!(
            (&session["address"], &session["userAgent"]),
            (&json!("127.0.0.1"), &json!("switchboard-tests/1"))
        );
        assert_eq!((&session["type"], &session["user"]["login"]), (&json!("TOKEN"), &json!("bob")));
        assert_eq!(eve.gql(query, json!({})).await["sessions"]["totalCount"], 0);
        let id = json!({ "id": session["id"] });
        assert_eq!(eve.mutate("sessionDelete", id.clone(), "deletedId").await.code(), Some("NOT_FOUND"));
        bob.mutate("sessionDelete", id, "deletedId").await.ok();
        let bearer = app.anon().bearing(tokens["access_token"].as_str().expect("a token"));
        assert_eq!(bearer.gql("{ viewer { login } }", json!({})).await.status, 401);
    }

    async fn a_link_is_made_for_whom_the_caller_sees(app: App) {
        let operator = app.operator().await;
        let id = async |actor: &crate::app::Actor| {
            actor.gql("{ viewer { id } }", json!({})).await["viewer"]["id"].clone()
        };
        let bob = id(&app.user("acme.example", "bob").await).await;
        let stranger = app.stranger().await;
        let acme = app.tenant("acme.example").await.id.to_string();
        let link = async |actor: &crate::app::Actor, tenant: &str, user: Value| {
            let made = actor
                .mutate("sessionCreateLink", json!({ "tenantId": tenant, "userId": user }), "link")
                .await;
            (made.code().map(str::to_owned), made.json["data"]["sessionCreateLink"]["link"].clone())
        };
        let (code, path) = link(&operator, &acme, bob.clone()).await;
        assert_eq!(code, None);
        let reply = app.anon().get(path.as_str().expect("a path")).await.expect(302);
        let ui = reply
            .header("location")
            .and_then(|place| place.strip_prefix("/playground?token="))
            .expect("a token");
        let fields = [("grant_type", "login_link"), ("token", ui)];
        let tokens = app.anon().form("/oauth/token", &fields).await.expect(200).json();
        let bearer = app.anon().bearing(tokens["access_token"].as_str().expect("a token"));
        assert_eq!(bearer.gql("{ viewer { login } }", json!({})).await["viewer"]["login"], "bob");
        // A tenant with an access URL has its user interface there.
        let input = json!({ "id": acme, "accessUrl": "https://my.acme.example/ui?lang=lv#home" });
        operator.mutate("tenantUpdate", input, "tenant { id }").await.ok();
        let place = async |host: &str| {
            let (_, path) = link(&operator, &acme, bob.clone()).await;
            let reply = app.anon().with("host", host).get(path.as_str().expect("a path")).await.expect(302);
            reply.header("location").expect("a place").to_owned()
        };
        let there = place("127.0.0.1").await;
        assert!(there.starts_with("https://my.acme.example/ui?lang=lv&token=") && there.ends_with("#home"), "{there}");
        assert!(place("my.acme.example").await.starts_with("/playground?token="), "this server is what is there");
        operator.mutate("tenantUpdate", json!({ "id": acme, "accessUrl": null }), "tenant { id }").await.ok();
        // Without a user it is the tenant's own.
        let (_, path) = link(&operator, &acme, Value::Null).await;
        let reply = app.anon().get(path.as_str().expect("a path")).await.expect(302);
        let ui = reply
            .header("location")
            .and_then(|place| place.strip_prefix("/playground?token="))
            .expect("a token");
        let tokens = app
            .anon()
            .form("/oauth/token", &[("grant_type", "login_link"), ("token", ui)])
            .await
            .expect(200)
            .json();
        let system = app.anon().bearing(tokens["access_token"].as_str().expect("a token"));
        let viewer =
            system.gql("{ viewer { id role tenant { domain } } tenants { totalCount } }", json!({})).await;
        assert_eq!(
            viewer["viewer"],
            json!({ "id": null, "role": "TENANT_ADMIN", "tenant": { "domain": "acme.example" } })
        );
        assert_eq!(viewer["tenants"]["totalCount"], 1);

        assert_eq!(link(&stranger, &acme, bob.clone()).await.0.as_deref(), Some("NOT_FOUND"));
        let other = app.tenant("stranger.example").await.id.to_string();
        assert_eq!(
            link(&operator, &other, bob.clone()).await.0.as_deref(),
            Some("NOT_FOUND"),
            "a user of another tenant"
        );
        operator.mutate("tenantFreeze", json!({ "id": acme }), "tenant { id }").await.ok();
        assert_eq!(link(&operator, &acme, bob).await.0.as_deref(), Some("FROZEN"));
        assert_eq!(system.gql("{ viewer { id } }", json!({})).await.status, 401, "frozen with its tenant");
    }

    async fn a_user_links_nobody_else_in(app: App) {
        let bob = app.user("acme.example", "bob").await;
        let acme = app.tenant("acme.example").await.id.to_string();
        let admin =
            app.tenant_admin("acme.example").await.gql("{ viewer { id } }", json!({})).await["viewer"]["id"]
                .clone();
        for user in [admin, Value::Null] {
            let refused =
                bob.mutate("sessionCreateLink", json!({ "tenantId": acme, "userId": user }), "link").await;
            assert!(matches!(refused.code(), Some("FORBIDDEN" | "NOT_FOUND")), "{}", refused.json);
        }
    }
}
