use serde_json::{Value, json};

use super::{Boss, Worded};
use crate::{
    app::{Actor, App},
    http::Reply,
};

const PASSWORD: &str = "Kq7vRm2xPz";

async fn with_user(app: &App) -> Boss {
    let boss = Boss::of(app).await;
    boss.post("/domains/acme.example", json!({ "accessURL": "https://pbx.acme.example:8443/ui/" }))
        .await
        .done(201);
    boss.post("/domains/acme.example/users/ines", json!({ "password": PASSWORD })).await.done(201);
    boss
}

/// The token of a link that begins like this.
#[track_caller]
fn token(reply: Reply, begin: &str) -> String {
    let reply = reply.expect(200);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
    let json = reply.json();
    let link = json["link"].as_str().expect("a link");
    let token = link.strip_prefix(begin).and_then(|rest| rest.strip_prefix("/login?t="));
    let token = token.unwrap_or_else(|| panic!("{link}"));
    assert!(token.len() >= 22 && json.as_object().is_some_and(|json| json.len() == 1), "{json}");
    token.to_owned()
}

/// Who is logged in by a link's token: its login and role, unless the link is not good.
async fn redeem(app: &App, token: &str) -> Option<Value> {
    let reply = app.anon().get(&format!("/login?t={token}")).await;
    let left = reply.header("location")?.split_once("token=")?.1.to_owned();
    let tokens =
        app.anon().form("/oauth/token", &[("grant_type", "login_link"), ("token", &left)]).await.expect(200);
    let caller = app.anon().bearing(tokens.json()["access_token"].as_str().expect("a token"));
    let viewer = caller.gql("{ viewer { login role } }", json!({})).await["viewer"].clone();
    Some(json!([viewer["login"], viewer["role"]]))
}

async fn auth(at: &Actor, host: &str, login: &str, body: impl Into<crate::http::Payload>) -> Reply {
    at.with("host", host).post(&format!("/boss/v1/users/{login}/auth"), body).await
}

both! {
    async fn an_operator_gets_links(app: App) {
        let boss = with_user(&app).await;
        boss.get("/domains/none.example/session").await.refused(404, "Domain Not Found");
        boss.get("/domains/none.example/users/ines/session").await.refused(404, "Domain Not Found");
        boss.get("/domains/acme.example/users/olga/session").await.refused(404, "User Not Found");
        let of_domain = token(boss.get("/domains/acme.example/session").await, "https://pbx.acme.example:8443/ui");
        let of_user = token(boss.get("/domains/acme.example/users/ines/session").await, "https://pbx.acme.example:8443/ui");
        assert_ne!(of_domain, of_user);
        for (token, caller) in [(of_domain, json!(["system@acme.example", "TENANT_ADMIN"])), (of_user, json!(["ines", "USER"]))] {
            assert_eq!(redeem(&app, &token).await, Some(caller));
            assert_eq!(redeem(&app, &token).await, None, "a link works once");
        }
        boss.post("/domains/plain.example", ()).await.done(201);
        token(boss.get("/domains/plain.example/session").await, "https://plain.example");
        boss.put("/domains/plain.example/freeze", ()).await.done(204);
        let frozen = token(boss.get("/domains/plain.example/session").await, "https://plain.example");
        assert_eq!(redeem(&app, &frozen).await, None, "but it is refused");
    }

    async fn a_person_logs_in_with_a_password(app: App) {
        let boss = with_user(&app).await;
        let anon = app.anon();
        let good = json!({ "password": PASSWORD });
        for host in ["acme.example", "ACME.example:8080", "pbx.acme.example", "Pbx.Acme.Example:8443"] {
            let token = token(auth(&anon, host, "ines", good.clone()).await, "https://pbx.acme.example:8443/ui");
            assert_eq!(redeem(&app, &token).await, Some(json!(["ines", "USER"])));
            assert_eq!(redeem(&app, &token).await, None);
        }
        for host in ["none.example", "acme.exampl", "example", "localhost:1", "pbx.acme.example.org", "%25", "_cme.example"] {
            auth(&anon, host, "ines", good.clone()).await.refused(404, "Domain Not Found");
        }
        auth(&anon, "acme.example", "olga", good.clone()).await.refused(404, "User Not Found");
        auth(&anon, "acme.example", "Ines", good.clone()).await.refused(404, "User Not Found");
        auth(&anon, "acme.example", "in%00es", good.clone()).await.refused(404, "User Not Found");
        auth(&anon, "acme.example", "root", json!({ "password": crate::app::PASSWORD })).await.refused(404, "User Not Found");
        auth(&anon, "acme.example", "ines", json!({ "password": "wrong" })).await.refused(404, "User Not Found");
        for login in ["ines", "olga"] {
            for wrong in [json!({}), json!({ "password": null }), json!({ "password": 3 }), json!([]), json!("x")] {
                auth(&anon, "acme.example", login, wrong).await.refused(400, "Bad Request");
            }
            auth(&anon, "acme.example", login, ()).await.refused(400, "Bad Request");
        }
        boss.put("/domains/acme.example/freeze", ()).await.done(204);
        auth(&anon, "acme.example", "ines", good.clone()).await.refused(403, "Domain Frozen");
        auth(&anon, "pbx.acme.example", "ines", "[").await.refused(403, "Domain Frozen");
        boss.put("/domains/acme.example/unfreeze", ()).await.done(204);
        token(auth(&anon, "acme.example", "ines", good).await, "https://pbx.acme.example:8443/ui");
        anon.get("/boss/v1/users/ines/auth").await.refused(405, "Method Not Allowed");
        anon.post("/boss/v1/users/ines", ()).await.refused(404, "Not Found");
    }

    async fn of_several_domains_at_a_host_the_first_with_the_login_is_meant(app: App) {
        let boss = Boss::of(&app).await;
        for domain in ["c.example", "a.example", "b.example"] {
            let body = json!({ "accessURL": format!("https://Shared.example/{domain}") });
            boss.post(&format!("/domains/{domain}"), body).await.done(201);
        }
        for domain in ["b.example", "c.example"] {
            let body = json!({ "password": format!("secret-{domain}") });
            boss.post(&format!("/domains/{domain}/users/ines"), body).await.done(201);
        }
        let log_in = |domain: &str| json!({ "password": format!("secret-{domain}") });
        token(auth(&app.anon(), "shared.example", "ines", log_in("b.example")).await, "https://Shared.example/b.example");
        auth(&app.anon(), "shared.example", "ines", log_in("c.example")).await.refused(404, "User Not Found");
        auth(&app.anon(), "shared.example", "olga", log_in("c.example")).await.refused(404, "User Not Found");
        token(auth(&app.anon(), "c.example", "ines", log_in("c.example")).await, "https://Shared.example/c.example");
    }

    async fn an_access_url_may_be_written_as_people_do(app: App) {
        let boss = Boss::of(&app).await;
        for (domain, url, host) in [
            ("a.example", "https://Телефон.example/ui", "xn--e1aarjeur.example"),
            ("b.example", "https://XN--MLAUT-jva.example", "xn--mlaut-jva.example."),
        ] {
            boss.post(&format!("/domains/{domain}"), json!({ "accessURL": url })).await.done(201);
            boss.post(&format!("/domains/{domain}/users/ines"), json!({ "password": PASSWORD })).await.done(201);
            token(auth(&app.anon(), host, "ines", json!({ "password": PASSWORD })).await, url);
        }
    }

    async fn too_many_wrong_passwords_must_wait(app: App) {
        with_user(&app).await;
        for _ in 0..20 {
            auth(&app.anon(), "acme.example", "ines", json!({ "password": "wrong" })).await.refused(404, "User Not Found");
        }
        let reply = auth(&app.anon(), "acme.example", "ines", json!({ "password": PASSWORD })).await;
        let wait: u64 = reply.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
        assert!((1..=300).contains(&wait));
        reply.refused(429, "Too Many Requests");
    }
}
