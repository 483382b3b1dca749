use serde_json::json;
use switchboard::compat::boss::OPERATIONS;

use super::{Boss, Worded, gateway};
use crate::app::{App, Setup};

/// What an operation's path is with these names.
fn filled(path: &str) -> String {
    path.replace("{domain}", "none.example").replace("{login}", "ines").replace("{telnum}", "4930555010")
}

both! {
    async fn reasons_are_in_the_status_line(app: App) {
        let boss = Boss::of(&app).await;
        boss.post("/domains/acme.example", ()).await.done(201);
        let ask = async |method: &str, path: &str, more: &str| {
            let login = "authorization: Basic cm9vdDpDb3JyZWN0LUhvcnNlLTk=\r\n";
            app.raw(format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{login}{more}\r\n")).await
        };
        for (method, path, line) in [
            ("GET", "/sys/boss/v1/domains/none.example", "HTTP/1.1 404 Domain Not Found"),
            ("HEAD", "/sys/boss/v1/domains/none.example", "HTTP/1.1 404 Domain Not Found"),
            ("HEAD", "/sys/boss/v1/domains/acme.example", "HTTP/1.1 204 No Content"),
            ("HEAD", "/sys/boss/v1/domains/acme.example/users/ines", "HTTP/1.1 404 User Not Found"),
            ("HEAD", "/sys/boss/v1/telnums/123", "HTTP/1.1 404 Telnum Not Found"),
            ("POST", "/sys/boss/v1/domains/acme.example", "HTTP/1.1 409 Domain Already Exists"),
            ("PUT", "/sys/boss/v1/domains/acme.example/unfreeze", "HTTP/1.1 403 Domain Already Unfrozen"),
            ("PUT", "/sys/boss/v1/domains/acme.example/freeze", "HTTP/1.1 204 No Content"),
            ("POST", "/sys/boss/v1/domains/new.example", "HTTP/1.1 201 Created"),
            ("GET", "/sys/boss/v1/nothing", "HTTP/1.1 404 Not Found"),
            ("PATCH", "/sys/boss/v1/domains", "HTTP/1.1 405 Method Not Allowed"),
        ] {
            let answer = ask(method, path, "").await;
            assert_eq!(answer.lines().next(), Some(line), "{method} {path}");
            let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
            let empty = method == "HEAD" || line.contains(" 20");
            assert_eq!(body.is_empty(), empty, "{method} {path}: {answer}");
        }
        let answer = ask("PUT", "/sys/boss/v1/domains/acme.example", "content-length: 1\r\n\r\n[").await;
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
    }

    async fn nobody_but_an_operator_gets_in(setup: Setup) {
        let mut setup = setup;
        setup.config.login_attempts = 0;
        let app = setup.start().await;
        let strangers = [
            (app.anon(), 401, "Unauthorized"), (app.basic("root", "wrong"), 401, "Unauthorized"),
            (app.basic("nobody", "x"), 401, "Unauthorized"), (app.anon().with("authorization", "Basic !"), 401, "Unauthorized"),
            (app.anon().with("authorization", "Bearer x"), 401, "Unauthorized"),
            (app.tenant_admin("acme.example").await, 403, "Forbidden"), (app.user("acme.example", "ines").await, 403, "Forbidden"),
        ];
        let before = app.changes().await;
        for (actor, status, reason) in strangers {
            for operation in OPERATIONS.iter().filter(|operation| operation.id != "boss.session.auth") {
                // An answer to HEAD has no body to look at.
                let reply = actor.send(operation.method, &filled(operation.path), "[").await;
                assert_eq!((reply.status, reply.reason.as_str()), (status, reason), "{}", operation.id);
                let challenge = (status == 401).then_some("Basic realm=\"boss\"");
                assert_eq!(reply.header("www-authenticate"), challenge);
                if operation.method != "HEAD" {
                    reply.refused(status, reason);
                }
            }
        }
        assert_eq!(app.changes().await, before);
    }

    async fn who_may_only_read_changes_nothing(app: App) {
        let boss = Boss::of(&app).await;
        boss.post("/domains/acme.example", ()).await.done(201);
        boss.post("/domains/acme.example/users/ines", ()).await.done(201);
        let gateway = gateway(&app, "a").await;
        let body = json!({ "gateways": [gateway], "allocatedTo": "acme.example" });
        boss.post("/telnums/4930555010", body).await.done(201);
        let auditor = Boss(app.read_only_operator().await);
        let before = app.changes().await;
        for operation in OPERATIONS.iter().filter(|operation| operation.id != "boss.session.auth") {
            let strength = operation.path.ends_with("checkpasswordstrength");
            let path = match operation.method == "POST" && !strength {
                true => filled(&operation.path.replace("{domain}/", "acme.example/")).replace("ines", "new").replace("4930555010", "123"),
                false => filled(operation.path).replace("none.example", "acme.example"),
            };
            let reads = matches!(operation.method, "GET" | "HEAD") && !path.ends_with("session");
            let reply = auditor.0.send(operation.method, &path, "[").await;
            match (reads, strength) {
                (true, _) => assert!((200..300).contains(&reply.status), "{}: {reply:?}", operation.id),
                (false, true) => reply.refused(400, "Bad Request"),
                (false, false) => reply.refused(403, "Forbidden"),
            }
        }
        assert_eq!(app.changes().await, before);
    }

    async fn paths_that_are_not_there(app: App) {
        let boss = Boss::of(&app).await;
        for path in ["", "/", "/domain", "/domains/", "/domains/a/b", "/domains/a/users/b/c/d", "/telnums//", "/%FF"] {
            boss.get(path).await.refused(404, "Not Found");
            boss.put(path, "[").await.refused(404, "Not Found");
        }
        let methods = |path: &str| -> Vec<&str> {
            let same = OPERATIONS.iter().filter(|operation| operation.path == path);
            same.map(|operation| operation.method).collect()
        };
        for operation in OPERATIONS {
            let there = methods(operation.path);
            for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
                if there.contains(&method) {
                    continue;
                }
                let reply = boss.0.send(method, &filled(operation.path), ()).await;
                let mut allowed: Vec<_> = reply.header("allow").expect("Allow").split(',').collect();
                allowed.sort_unstable();
                let mut expected = there.clone();
                if expected.contains(&"GET") && !expected.contains(&"HEAD") {
                    expected.push("HEAD");
                }
                expected.sort_unstable();
                assert_eq!(allowed, expected, "{}", operation.path);
                reply.refused(405, "Method Not Allowed");
            }
        }
    }

    async fn bodies_that_are_no_objects(app: App) {
        let boss = Boss::of(&app).await;
        boss.post("/domains/acme.example", ()).await.done(201);
        let before = app.changes().await;
        let deep = format!(r#"{{"services": {}{}}}"#, "[".repeat(20_000), "]".repeat(20_000));
        for wrong in [
            "{", "}", "nil", "null", "[]", "\"\"", "0", "{} x", r#"{"maxLines": 3.5}"#, r#"{"maxLines": 1e400}"#,
            r#"{"maxLines": -1e400}"#, r#"{"maxLines": 99999999999999999999}"#, r#"{"accessURL": "\ud800"}"#,
            r#"{"accessURL": "https://a\u0000b"}"#, r#"{'isFrozen': true}"#, r#"{"isFrozen": true,}"#, &deep,
        ] {
            boss.put("/domains/acme.example", wrong).await.refused(400, "Bad Request");
            boss.post("/domains/new.example", wrong).await.refused(400, "Bad Request");
        }
        boss.put("/domains/acme.example", b"{\"accessURL\": \"https://\xff\"}".to_vec()).await.refused(400, "Bad Request");
        boss.put("/domains/acme.example", format!("{{\"x\": \"{}\"}}", "x".repeat(2 << 20))).await.refused(413, "Payload Too Large");
        assert_eq!(app.changes().await, before);
        // The type of a body is not asked for.
        let odd = app.operator().await.with("content-type", "text/plain");
        odd.put("/sys/boss/v1/domains/acme.example", r#" {"extDigits": 4, "extDigits": 5} "#).await.done(204);
        assert_eq!(boss.read("/domains/acme.example").await["extDigits"], 5);
    }
}
