use serde_json::{Value, json};

use crate::app::{Actor, App};

async fn make(actor: &Actor, input: Value) -> (Option<String>, Option<String>, Value) {
    let made = actor.mutate("userCreate", input, "user { id }").await;
    (made.code().map(str::to_owned), made.blamed(), made.json["data"]["userCreate"]["user"]["id"].clone())
}

both! {
    async fn a_login_is_unique_in_its_tenant(app: App) {
        let (admin, stranger) = (app.tenant_admin("acme.example").await, app.stranger().await);
        assert_eq!(make(&admin, json!({ "login": "bob" })).await.0, None);
        assert_eq!(make(&admin, json!({ "login": "Bob" })).await.0, None, "capitals count");
        assert_eq!(make(&stranger, json!({ "login": "bob" })).await.0, None);
        let again = make(&admin, json!({ "login": "bob" })).await;
        assert_eq!((again.0.as_deref(), again.1.as_deref()), (Some("TAKEN"), Some("login")));
        for wrong in ["", "a b", "a@b", "bäb", &"x".repeat(65)] {
            let refused = make(&admin, json!({ "login": wrong })).await;
            assert!(matches!(refused.0.as_deref(), Some("INVALID" | "REQUIRED")), "{wrong}");
            assert_eq!(refused.1.as_deref(), Some("login"));
        }
        // Operators have one name space of their own.
        let operator = app.operator().await;
        let again = make(&operator, json!({ "login": "root", "role": "OPERATOR" })).await;
        assert_eq!((again.0.as_deref(), again.1.as_deref()), (Some("TAKEN"), Some("login")));
    }

    async fn a_password_is_as_the_tenant_wants_it(app: App) {
        let admin = app.tenant_admin("acme.example").await;
        let id = app.tenant("acme.example").await.id.to_string();
        let policy = json!({ "minLength": 8, "maxLength": 12 });
        admin
            .mutate("tenantUpdate", json!({ "id": id, "passwordPolicy": policy }), "tenant { id }")
            .await
            .ok();
        let bob = make(&admin, json!({ "login": "robert", "email": "berg@acme.example" })).await.2;
        let set = async |password: &str| {
            let set = admin
                .mutate("userSetPassword", json!({ "id": bob, "password": password }), "user { hasPassword }")
                .await;
            (set.code().map(str::to_owned), set.blamed())
        };
        for wrong in [
            "Sh0rt!x",
            "Far-too-long-1",
            "12345678-A",
            "nodigits-A",
            "nocapitak17x",
            "Aaaa-7xyw",
            "Abc-7xywv",
            "Robert-7x",
            "Berg-7xkq1",
            "With space1",
        ] {
            assert_eq!(
                set(wrong).await,
                (Some("INVALID".to_owned()), Some("password".to_owned())),
                "{wrong}"
            );
        }
        assert_eq!(set("Kq7-Rm2xPz").await, (None, None));
        assert_eq!(
            app.basic("robert@acme.example", "Kq7-Rm2xPz").gql("{ viewer { login } }", json!({})).await["viewer"]
                ["login"],
            "robert"
        );
        // Without a policy it must only be there.
        admin.mutate("tenantUpdate", json!({ "id": id, "passwordPolicy": null }), "tenant { id }").await.ok();
        for wrong in ["", " ", "a b", "a\tb"] {
            assert!(set(wrong).await.0.is_some(), "{wrong:?}");
        }
        assert_eq!(set("x").await, (None, None));
    }

    async fn a_tenant_has_no_more_people_than_it_may(app: App) {
        let operator = app.operator().await;
        let id = app.tenant("acme.example").await.id.to_string();
        operator.mutate("tenantUpdate", json!({ "id": id, "accountsLimit": 2 }), "tenant { id }").await.ok();
        for (login, expected) in [("a", None), ("b", None), ("c", Some("LIMIT_REACHED".to_owned()))] {
            assert_eq!(
                make(&operator, json!({ "login": login, "tenantId": id })).await.0,
                expected,
                "{login}"
            );
        }
    }

    async fn a_limit_of_a_scope_is_reached_by_changes_too(app: App) {
        let operator = app.operator().await;
        let id = app.tenant("acme.example").await.id.to_string();
        let input = json!({ "id": id, "userExtensionGroupLimit": 1 });
        operator.mutate("tenantUpdate", input, "tenant { id }").await.ok();
        let group = operator.mutate("userGroupCreate", json!({ "tenantId": id, "name": "sales" }), "userGroup { id }").await;
        let group = group.ok()["userGroup"]["id"].clone();
        let scoped = async |login: &str| {
            let user = operator.mutate("userCreate", json!({ "tenantId": id, "login": login }), "user { id }").await;
            let input = json!({ "id": user.ok()["user"]["id"], "scope": "GROUP", "scopeGroupId": group });
            operator.mutate("userUpdate", input, "user { scope }").await.code().map(str::to_owned)
        };
        assert_eq!(scoped("ann").await, None);
        assert_eq!(scoped("bob").await.as_deref(), Some("LIMIT_REACHED"));
    }

    async fn what_is_a_persons_own_goes_with_it(app: App) {
        let operator = app.operator().await;
        operator.post("/sys/boss/v1/domains/acme.example", ()).await.expect(201);
        let body = json!({ "extension": "201", "SIPPassword": "abc123", "password": "abc123" });
        operator.post("/sys/boss/v1/domains/acme.example/users/bob", body).await.expect(201);
        let bob = app.basic("bob@acme.example", "abc123");
        bob.mutate("apiKeyCreate", json!({ "name": "mine" }), "key").await.ok();
        let fields = [("grant_type", "password"), ("username", "bob@acme.example"), ("password", "abc123")];
        let token = app.anon().form("/oauth/token", &fields).await.expect(200).json();
        let id = bob.gql("{ viewer { id } }", json!({})).await["viewer"]["id"].clone();
        let mut stream = operator.subscribe("subscription { changes { event kind } }", json!({})).await;
        operator.mutate("userDelete", json!({ "id": id }), "deletedId").await.ok();
        let mut gone = Vec::new();
        for _ in 0..5 {
            let event = stream.next().await;
            assert_eq!(event["event"], "DELETED", "{event}");
            gone.push(event["kind"].as_str().expect("a kind").to_owned());
        }
        gone.sort();
        assert_eq!(gone, ["API_KEY", "EXTENSION", "SESSION", "SIP_ACCOUNT", "USER"]);
        // And nothing else until the next write.
        app.tenant("beta.example").await;
        assert_eq!(stream.next().await, json!({ "event": "CREATED", "kind": "TENANT" }));
        let bearer = app.anon().bearing(token["access_token"].as_str().expect("a token"));
        assert_eq!(bearer.gql("{ viewer { login } }", json!({})).await.status, 401);
    }
}
