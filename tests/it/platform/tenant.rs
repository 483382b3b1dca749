use serde_json::{Value, json};

use crate::{app::App, graph::Graph, samples::one_of_each};

both! {
    async fn its_names_are_its_own(app: App) {
        let operator = app.operator().await;
        let make = async |input: Value| {
            let made = operator
                .mutate("tenantCreate", input, "tenant { id domain name customerId databaseId }")
                .await;
            (
                made.code().map(str::to_owned),
                made.blamed(),
                made.json["data"]["tenantCreate"]["tenant"].clone(),
            )
        };
        let (_, _, acme) = make(json!({ "domain": "ACME.Example" })).await;
        assert_eq!((&acme["domain"], &acme["name"]), (&json!("acme.example"), &json!("acme.example")));
        assert_eq!(acme["customerId"], json!(acme["databaseId"].to_string()));
        let taken = |field: &str| (Some("TAKEN".to_owned()), Some(field.to_owned()), Value::Null);
        assert_eq!(make(json!({ "domain": "acme.EXAMPLE" })).await, taken("domain"));
        assert_eq!(
            make(json!({ "domain": "b.example", "customerId": acme["customerId"] })).await,
            taken("customerId")
        );
        for wrong in ["a b.example", "-a.example", "a.example.", "ä.example", "a/b", &"a".repeat(254)] {
            let (code, blamed, _) = make(json!({ "domain": wrong })).await;
            assert_eq!((code.as_deref(), blamed.as_deref()), (Some("INVALID"), Some("domain")), "{wrong}");
        }
        // The number that would be the next customer's is in use.
        let next = (acme["databaseId"].as_i64().expect("a number") + 2).to_string();
        assert_eq!(make(json!({ "domain": "c.example", "customerId": next })).await.0, None);
        for domain in ["d.example", "e.example"] {
            assert_eq!(make(json!({ "domain": domain })).await.0, None, "{domain}");
        }
    }

    async fn a_balance_grows_by_what_is_paid(app: App) {
        let operator = app.operator().await;
        let id = app.tenant("acme.example").await.id.to_string();
        let recharge = async |amount: Value| {
            let answer = operator
                .mutate("tenantRecharge", json!({ "id": id, "amount": amount }), "tenant { balance }")
                .await;
            (
                answer.code().map(str::to_owned),
                answer.json["data"]["tenantRecharge"]["tenant"]["balance"].clone(),
            )
        };
        assert_eq!(recharge(json!("25.5")).await, (None, json!("25.50000")));
        assert_eq!(recharge(json!("0.00001")).await, (None, json!("25.50001")));
        for wrong in [json!("0"), json!("-5"), json!("1.000001"), json!("much")] {
            assert!(
                matches!(recharge(wrong.clone()).await.0.as_deref(), Some("OUT_OF_RANGE" | "INVALID")),
                "{wrong}"
            );
        }
        // More than any balance can hold is refused, not a fault.
        assert!(matches!(
            recharge(json!(i64::MAX.to_string())).await.0.as_deref(),
            Some("OUT_OF_RANGE" | "INVALID" | "BAD_REQUEST")
        ));
        assert_eq!(
            operator.gql("{ tenant(domain: \"acme.example\") { balance } }", json!({})).await["tenant"]["balance"],
            "25.50001"
        );
    }

    async fn freezing_says_when_it_is_so_already(app: App) {
        let operator = app.operator().await;
        let id = app.tenant("acme.example").await.id.to_string();
        for (field, frozen) in [("tenantFreeze", true), ("tenantUnfreeze", false)] {
            let done = operator.mutate(field, json!({ "id": id }), "tenant { frozen }").await;
            assert_eq!(done.ok()["tenant"]["frozen"], json!(frozen));
            let again = operator.mutate(field, json!({ "id": id }), "tenant { frozen }").await;
            assert_eq!(again.code(), Some("UNCHANGED"), "{}", again.json);
        }
    }

    async fn all_goes_with_it_but_its_numbers_and_calls(app: App) {
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        let ids = one_of_each(&app, &graph, "acme.example", 1).await;
        let kept = one_of_each(&app, &graph, "beta.example", 2).await;
        let id = ids[&entity::Kind::Tenant].clone();
        let query = "subscription($t: ID!) { changes(tenantId: $t) { event nodeId } }";
        let mut stream = operator.subscribe(query, json!({ "t": id })).await;
        operator.mutate("tenantDelete", json!({ "id": id }), "deletedId").await.ok();
        // Each row that goes is heard of, and each that is left by it.
        let mut gone = std::collections::BTreeSet::new();
        while !gone.contains(&id) {
            let event = stream.next().await;
            let row = event["nodeId"].as_str().expect("an id").to_owned();
            if event["event"] == "DELETED" {
                gone.insert(row);
            } else {
                assert_eq!(
                    (&event["event"], &row),
                    (&json!("UPDATED"), &ids[&entity::Kind::PhoneNumber]),
                    "{event}"
                );
            }
        }
        for (kind, id) in &ids {
            let found = operator.gql("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
            // Records of calls outlive everything.
            let stays = matches!(kind, entity::Kind::PhoneNumber | entity::Kind::Cdr);
            assert_eq!(found["node"].is_null(), !stays, "{kind:?}");
            assert_eq!(gone.contains(id), !stays, "{kind:?}");
        }
        for (kind, id) in &kept {
            let found = operator.gql("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
            assert!(!found["node"].is_null(), "{kind:?} of another tenant went too");
        }
        // Its name may be used again and begins empty.
        let again = operator
            .mutate(
                "tenantCreate",
                json!({ "domain": "acme.example" }),
                "tenant { users { totalCount } phoneNumbers { totalCount } }",
            )
            .await;
        assert_eq!(
            again.ok()["tenant"],
            json!({ "users": { "totalCount": 0 }, "phoneNumbers": { "totalCount": 0 } })
        );
    }

    async fn composites_are_checked_to_their_last_field(app: App) {
        let operator = app.operator().await;
        let id = app.tenant("acme.example").await.id.to_string();
        let day = |ranges: Value| json!({ "enabled": true, "ranges": ranges });
        let week = |monday: Value| {
            let free = day(json!([]));
            json!({ "officeHours": { "monday": monday, "tuesday": free, "wednesday": free, "thursday": free, "friday": free, "saturday": free, "sunday": free } })
        };
        let cases = [
            (week(day(json!([{ "from": "9:00", "to": "17:00" }]))), "officeHours.monday.ranges.0.from"),
            (week(day(json!([{ "from": "17:00", "to": "09:00" }]))), "officeHours.monday.ranges.0.to"),
            (
                week(day(json!([{ "from": "09:00", "to": "12:00" }, { "from": "11:00", "to": "13:00" }]))),
                "officeHours.monday.ranges.1.from",
            ),
            (
                json!({ "customHeadersAdded": [{ "name": "X Site", "value": "a" }] }),
                "customHeadersAdded.0.name",
            ),
            (
                json!({ "customHeadersAdded": [{ "name": "X-Site", "value": "a\r\nEvil: b" }] }),
                "customHeadersAdded.0.value",
            ),
            (
                json!({ "customHeadersAdded": [{ "name": "X-Site", "value": "a" }, { "name": "x-site", "value": "b" }] }),
                "customHeadersAdded.1.name",
            ),
            (json!({ "passwordPolicy": { "minLength": 20, "maxLength": 10 } }), "passwordPolicy.minLength"),
            (json!({ "cdrEvent": { "enabled": true } }), "cdrEvent.url"),
            (json!({ "cdrEvent": { "enabled": true, "url": "ftp://e.example" } }), "cdrEvent.url"),
            (json!({ "services": ["record", "x".repeat(256)] }), "services.1"),
            (json!({ "stirShakenCert": "cert" }), "stirShakenKey"),
            (json!({ "timeZone": "Europe/Atlantis" }), "timeZone"),
            (json!({ "accessUrl": "javascript:alert(1)" }), "accessUrl"),
        ];
        let before = app.changes().await;
        for (change, expected) in cases {
            let mut input = json!({ "id": id });
            input.as_object_mut().expect("an input").extend(change.as_object().expect("fields").clone());
            let refused = operator.mutate("tenantUpdate", input, "tenant { id }").await;
            assert_eq!(refused.blamed().as_deref(), Some(expected), "{change}: {}", refused.json);
        }
        assert_eq!(app.changes().await, before);
    }
}
