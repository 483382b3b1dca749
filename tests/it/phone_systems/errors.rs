//! Paths, methods, ids, and what no request may bring about.

use super::*;

both! {
    async fn unknown_paths_are_not_found(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        for path in ["", "/", "/bogus", "/Customers", "/customers//", "/customers/7001/bogus", "/customers/7001/relationships/customer", "/customers/7001/relationships", "/customers/7001/a/b/c", "/termination_cdrs/x/y", "/%00", "/%ff"] {
            assert_eq!(api.refused(path).await, (404, "404".to_owned()), "{path}");
            assert_eq!(api.send("DELETE", path, ()).await.status, 404, "{path}");
        }
    }

    async fn methods_are_told(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let id = api.did("1", "7001").await;
        for (method, path, allow) in [
            ("DELETE", "/customers".to_owned(), "GET,HEAD,POST"),
            ("PATCH", "/customers".to_owned(), "GET,HEAD,POST"),
            ("PUT", "/customers/".to_owned(), "GET,HEAD,POST"),
            ("POST", "/customers/7001".to_owned(), "DELETE,GET,HEAD,PATCH,PUT"),
            ("POST", format!("/available_did_numbers/{id}/customer"), "GET,HEAD"),
            ("DELETE", format!("/available_did_numbers/{id}/customer"), "GET,HEAD"),
            ("OPTIONS", "/customers".to_owned(), "GET,HEAD,POST"),
            ("BREW", "/customers".to_owned(), "GET,HEAD,POST"),
        ] {
            let reply = api.send(method, &path, ()).await;
            assert_eq!(reply.header("allow").map(sorted), Some(allow.split(',').collect()), "{method} {path}");
            assert!(text(&errors(&reply)[0]["detail"]).contains(method));
            assert_eq!(one(reply), (405, "405".to_owned()));
        }
    }

    async fn ids_that_cannot_be_are_not_found(app: App) {
        let api = Api::of(&app).await;
        let missing = (404, "404".to_owned());
        for kind in ["incoming_trunks", "available_did_numbers", "termination_gateways", "termination_routes", "sip_device_routes"] {
            for id in ["1", "x", NOBODY, "a,b", "00000000000070008000000000000000", "%7B00000000-0000-7000-8000-000000000000%7D", "%00", "%ff", "%25"] {
                let path = format!("/{kind}/{id}");
                assert_eq!(api.refused(&path).await, missing, "{path}");
                let reply = api.patch(&path, body(kind, NOBODY, json!({}))).await;
                assert_eq!(one(reply), missing, "{path}");
            }
        }
        for id in ["nobody", "%00", "%ff", "a%20b", "ä", "%2e%2e"] {
            let path = format!("/customers/{}", id.replace('ä', "%C3%A4"));
            assert_eq!(api.refused(&path).await, missing, "{path}");
            assert_eq!(one(api.delete(&path).await), missing, "{path}");
        }
        let reply = api.get("/customers/nobody").await;
        assert_eq!(reply.json(), json!({ "errors": [{
            "title": "Record not found", "detail": "The record identified by nobody could not be found.",
            "code": "404", "status": "404",
        }] }));
        for (method, sent) in [("GET", json!(null)), ("DELETE", json!(null)), ("PATCH", body("customers", "a,b", json!({})))] {
            assert_eq!(one(api.send(method, "/customers/a,b", sent).await), (400, "103".to_owned()), "{method}");
        }
    }

    async fn strange_queries_break_nothing(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        for query in [
            "%00=%00", "%ff=%ff", "filter[id]=%00", "filter[id]=%ff", "filter[id][x]=1", "filter[][]=1", "filter[]=1", "filter[=1", "filter]=1",
            "filter[id=1", "sort[]=name", "sort[x]=name", "include[]=x", "include[x]=y", "fields[]=name", "fields[customers][]=name",
            "fields[customers][x]=name", "page[]=1", "page[number][]=2", "page[x]=1", "&&&", "=", "%", "filter[id]=%22%22%22", "filter[customer.id]=",
        ] {
            let reply = api.get(&format!("/customers?{query}")).await;
            assert!(reply.status == 200 || reply.status == 400, "{query}: {reply:?}");
        }
        for query in ["sort[]=name", "fields[customers][]=name", "filter]=1"] {
            api.get(&format!("/customers?{query}")).await.expect(200);
        }
    }

    async fn a_fault_tells_nothing(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let connection = app.store.connect().await;
        sea_orm::ConnectionTrait::execute_unprepared(&connection, "ALTER TABLE trunk RENAME TO elsewhere").await.unwrap();
        let reply = api.get("/incoming_trunks").await;
        assert_eq!(errors(&reply)[0]["title"], "Internal Server Error");
        assert!(!reply.text().contains("trunk"), "{reply:?}");
        assert_eq!(one(reply), (500, "500".to_owned()));
    }

    async fn too_many_failed_log_ins_are_slowed(setup: crate::app::Setup) {
        let mut setup = setup;
        setup.config.login_attempts = 2;
        let app = setup.start().await;
        let wrong = app.basic("root", "wrong");
        for _ in 0..2 {
            wrong.get(&format!("{BASE}/customers")).await.expect(401);
        }
        let reply = wrong.get(&format!("{BASE}/customers")).await;
        assert!(reply.header("retry-after").and_then(|seconds| seconds.parse::<u64>().ok()).is_some_and(|seconds| seconds > 0));
        assert_eq!(one(reply), (429, "429".to_owned()));
    }
}
