//! Whom a log-in name means.

use serde_json::json;

use crate::app::{Actor, App, PASSWORD};

pub const WHO: &str = "{ viewer { login role tenant { domain } } }";

/// Who the server says is calling: the log-in name and the domain.
pub async fn who(actor: &Actor) -> Option<(String, Option<String>)> {
    let answer = actor.gql(WHO, json!({})).await;
    if answer.status == 401 {
        assert_eq!(answer.code(), Some("UNAUTHENTICATED"));
        return None;
    }
    let viewer = answer["viewer"].clone();
    let login = viewer["login"].as_str().expect("a login").to_owned();
    Some((login, viewer["tenant"]["domain"].as_str().map(str::to_owned)))
}

pub fn at(login: &str, domain: &str) -> Option<(String, Option<String>)> {
    Some((login.to_owned(), Some(domain.to_owned())))
}

both! {
    async fn a_name_is_found_by_its_domain_by_the_host_or_because_it_is_the_only_one(app: App) {
        app.user("acme.example", "bob").await;
        assert_eq!(who(&app.basic("bob@acme.example", PASSWORD)).await, at("bob", "acme.example"));
        assert_eq!(who(&app.basic("bob@ACME.example", PASSWORD)).await, at("bob", "acme.example"));
        assert_eq!(who(&app.basic("bob", PASSWORD)).await, at("bob", "acme.example"), "the only one");
        app.user("beta.example", "bob").await;
        assert_eq!(who(&app.basic("bob", PASSWORD)).await, None, "one of two");
        let at_host = |host: &str| app.basic("bob", PASSWORD).with("host", host);
        assert_eq!(who(&at_host("beta.example")).await, at("bob", "beta.example"));
        assert_eq!(who(&at_host("Acme.Example:8080")).await, at("bob", "acme.example"));
        // A host does not overrule the name's own domain.
        let both = app.basic("bob@acme.example", PASSWORD).with("host", "beta.example");
        assert_eq!(who(&both).await, at("bob", "acme.example"));
        for (login, password) in [
            ("bob@acme.example", "wrong"),
            ("bob@nowhere.example", PASSWORD),
            ("", ""),
            ("bob@acme.example", ""),
        ] {
            assert_eq!(who(&app.basic(login, password)).await, None, "{login}:{password}");
        }
    }

    async fn an_access_url_is_a_host_of_its_tenant(app: App) {
        app.user("acme.example", "bob").await;
        app.user("beta.example", "bob").await;
        let id = app.tenant("beta.example").await.id.to_string();
        let input = json!({ "id": id, "accessUrl": "https://my.beta-pbx.example/start" });
        app.operator().await.mutate("tenantUpdate", input, "tenant { id }").await.ok();
        let actor = app.basic("bob", PASSWORD).with("host", "my.beta-pbx.example");
        assert_eq!(who(&actor).await, at("bob", "beta.example"));
        // A browser writes an international name in ASCII.
        let input = json!({ "id": id, "accessUrl": "https://телефон.example/" });
        app.operator().await.mutate("tenantUpdate", input, "tenant { id }").await.ok();
        let actor = app.basic("bob", PASSWORD).with("host", "xn--e1aarjeur.example");
        assert_eq!(who(&actor).await, at("bob", "beta.example"));
    }

    async fn an_operator_wins_over_a_tenants_account_of_the_same_name(app: App) {
        app.user("acme.example", "root").await;
        let operator = Some(("root".to_owned(), None));
        assert_eq!(who(&app.basic("root", PASSWORD)).await, operator);
        assert_eq!(who(&app.basic("root@acme.example", PASSWORD)).await, at("root", "acme.example"));
        // On the tenant's own host it is the tenant's.
        let there = app.basic("root", PASSWORD).with("host", "acme.example");
        assert_eq!(who(&there).await, at("root", "acme.example"));
    }

    async fn a_tenants_account_locks_no_operator_out(app: App) {
        let input = json!({ "tenantId": app.tenant("acme.example").await.id.to_string(), "login": "root", "password": "another1" });
        app.operator().await.mutate("userCreate", input, "user { id }").await.ok();
        let on_host = |password: &str| app.basic("root", password).with("host", "acme.example");
        assert_eq!(who(&on_host("another1")).await, at("root", "acme.example"));
        assert_eq!(who(&on_host(PASSWORD)).await, Some(("root".to_owned(), None)));
        assert_eq!(who(&on_host("neither1")).await, None);
    }

    async fn one_address_of_several_tenants_means_none_of_them(app: App) {
        for domain in ["acme.example", "beta.example"] {
            app.user(domain, "root").await;
            let input = json!({ "id": app.tenant(domain).await.id.to_string(), "accessUrl": "https://portal.example" });
            app.operator().await.mutate("tenantUpdate", input, "tenant { id }").await.ok();
        }
        let actor = app.basic("root", PASSWORD).with("host", "portal.example");
        assert_eq!(who(&actor).await, Some(("root".to_owned(), None)), "the operator is meant");
        app.user("acme.example", "bob").await;
        app.user("beta.example", "bob").await;
        assert_eq!(who(&app.basic("bob", PASSWORD).with("host", "portal.example")).await, None);
    }
}

once! {
    async fn two_credentials_are_none(app: App) {
        let text = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic cm9vdDp4\r\nAuthorization: Basic cm9vdDp4\r\n\
                    Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
        let answer = app.raw(text).await;
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    }
}
