//! How records of calls enter, and when they go.

use chrono::{TimeZone, Utc};
use serde_json::{Value, json};
use service::{Clock, routing::TrunkCreateInput};

use crate::{
    app::{Actor, App, Setup},
    graph::Graph,
};

fn call(leg: &str, more: Value) -> Value {
    let mut input = json!({ "engine": "switch1", "legId": leg, "direction": "OUTGOING", "startedAt": "2026-03-01T12:00:00Z" });
    input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    input
}

/// Tells of a call; what is answered, and the codes and fields of what is wrong.
async fn tell(actor: &Actor, input: Value) -> (Value, Vec<(String, Value)>) {
    let query = "mutation($input: CdrIngestInput!) { cdrIngest(input: $input) {
        cdr { id version tenant { id } trunk { id } trunkDomain disposition durationSeconds billedSeconds startedAt callerName }
        userErrors { code field } } }";
    let told = actor.gql(query, json!({ "input": input })).await["cdrIngest"].clone();
    let errors = told["userErrors"].as_array().unwrap_or_else(|| panic!("{told}")).iter();
    let errors =
        errors.map(|error| (error["code"].as_str().expect("a code").to_owned(), error["field"].clone()));
    (told["cdr"].clone(), errors.collect())
}

both! {
    async fn every_field_is_read_back(app: App) {
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        let tenant = app.tenant("acme.example").await.id.to_string();
        let mut input = call("leg-1", json!({ "tenantId": tenant, "answeredAt": "2026-03-01T12:00:04.250+00:00", "endedAt": "2026-03-01T12:01:04.000001+00:00" }));
        for field in graph.fields("CdrIngestInput") {
            let (name, of) = (field.name(), field.named_type());
            if input.get(name).is_some() || of == "ID" {
                continue;
            }
            input[name] = match (name, of) {
                ("signallingAddress" | "mediaAddress", _) => json!("2001:db8::7"),
                ("disposition", _) => json!("CANCELLED"),
                (_, "Int") => json!(name.len()),
                (_, "String") => json!(format!("{name} ü").to_lowercase()),
                _ => panic!("{name}: {of}"),
            };
        }
        let query = format!("mutation($input: CdrIngestInput!) {{ cdrIngest(input: $input) {{ cdr {{ {} }} userErrors {{ code }} }} }}", graph.selection("Cdr"));
        let told = operator.gql(&query, json!({ "input": input })).await["cdrIngest"]["cdr"].clone();
        for (name, value) in input.as_object().expect("an object") {
            match &**name {
                "tenantId" => assert_eq!(told["tenant"]["id"], *value),
                "startedAt" => assert_eq!(told[name], "2026-03-01T12:00:00+00:00"),
                _ => assert_eq!(told[name], *value, "{name}"),
            }
        }
        let read = operator.gql(&format!("query($id: ID!) {{ cdr(id: $id) {{ {} }} }}", graph.selection("Cdr")), json!({ "id": told["id"] })).await;
        assert_eq!(read["cdr"], told);
    }

    async fn a_leg_is_stored_once(app: App) {
        let operator = app.operator().await;
        let tenant = app.tenant("acme.example").await.id.to_string();
        let mut stream = operator.subscribe("subscription { cdrChanged { event nodeId } }", json!({})).await;
        let input = call("leg-1", json!({ "tenantId": tenant, "callerName": "Ines", "startedAt": "2026-03-01T12:00:00.123456789Z" }));
        let (first, errors) = tell(&operator, input.clone()).await;
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(first["startedAt"], "2026-03-01T12:00:00.123456+00:00");
        assert_eq!(stream.next().await, json!({ "event": "CREATED", "nodeId": first["id"] }));
        let changes = app.changes().await;
        assert_eq!(tell(&operator, input.clone()).await, (first.clone(), vec![]));
        // What was left out is not told differently.
        assert_eq!(tell(&operator, call("leg-1", json!({ "startedAt": "2026-03-01T12:00:00.123456Z" }))).await, (first.clone(), vec![]));
        let mut other = input.clone();
        other["callerName"] = json!("Tom");
        assert_eq!(tell(&operator, other).await, (Value::Null, vec![("CONFLICT".to_owned(), json!(["callerName"]))]));
        // What it named may be gone.
        let mut named = input.clone();
        operator.mutate("tenantDelete", json!({ "id": tenant }), "deletedId").await.ok();
        let (again, errors) = tell(&operator, named.clone()).await;
        assert_eq!((&again["id"], &again["tenant"], errors), (&first["id"], &Value::Null, vec![]));
        named["engine"] = json!("switch2");
        assert_eq!(tell(&operator, named).await.1, [("NOT_FOUND".to_owned(), json!(["tenantId"]))]);
        assert_eq!(app.store.number("SELECT count(*) FROM cdr").await, 1);
        let of_cdrs = "SELECT count(*) FROM change WHERE kind = 'cdr'";
        assert_eq!(app.store.number(of_cdrs).await, 1, "{changes}");
    }

    async fn what_is_told_later_is_not_lost_in_silence(app: App) {
        let operator = app.operator().await;
        let gateway = app.gateway().await.id.to_string();
        tell(&operator, call("leg-1", json!({}))).await;
        let later = call("leg-1", json!({ "gatewayId": gateway }));
        assert_eq!(tell(&operator, later.clone()).await.1, [("CONFLICT".to_owned(), json!(["gatewayId"]))]);
        operator.mutate("gatewayDelete", json!({ "id": gateway }), "deletedId").await.ok();
        assert_eq!(tell(&operator, later).await.1, [], "what is gone cannot be stored");
    }

    async fn calls_of_one_tenant_end_at_once(app: App) {
        let operator = app.operator().await;
        let tenant = app.tenant("acme.example").await.id;
        let input = TrunkCreateInput { tenant_id: tenant.into(), ..TrunkCreateInput::of() };
        let trunk = app.services.create::<entity::trunk::Entity>(&App::system(), input).await.expect("a trunk");
        let gateway = app.gateway().await.id.to_string();
        let shapes = [
            json!({ "tenantId": tenant.to_string(), "gatewayId": gateway }),
            json!({ "trunkDomain": trunk.domain }),
            json!({ "trunkId": trunk.id.to_string(), "gatewayId": gateway }),
            json!({ "tenantId": tenant.to_string(), "trunkId": trunk.id.to_string() }),
        ];
        let told = (0..48).map(|at| tell(&operator, call(&format!("leg-{at}"), shapes[at % 4].clone())));
        let renamed = async {
            for at in 0..6 {
                let name = json!({ "id": tenant.to_string(), "name": format!("Acme {at}") });
                operator.mutate("tenantUpdate", name, "tenant { id }").await.ok();
                let name = json!({ "id": trunk.id.to_string(), "name": format!("Trunk {at}") });
                operator.mutate("trunkUpdate", name, "trunk { id }").await.ok();
                let name = json!({ "id": gateway, "name": format!("Gateway {at}") });
                operator.mutate("gatewayUpdate", name, "gateway { id }").await.ok();
            }
        };
        let (told, ()) = futures_util::future::join(futures_util::future::join_all(told), renamed).await;
        for (record, errors) in told {
            assert_eq!((errors, &record["tenant"]["id"]), (vec![], &json!(tenant.to_string())));
        }
        assert_eq!(app.store.number("SELECT count(*) FROM cdr").await, 48);
    }

    async fn a_leg_that_is_told_of_many_times_at_once_is_stored_once(app: App) {
        let operator = app.operator().await;
        let told = (0..12).map(|_| tell(&operator, call("leg-1", json!({ "callerName": "Ines" }))));
        let told = futures_util::future::join_all(told).await;
        for one in &told {
            assert_eq!(*one, told[0]);
            assert!(one.1.is_empty() && one.0["id"].is_string(), "{one:?}");
        }
        assert_eq!(app.store.number("SELECT count(*) FROM cdr").await, 1);
    }

    async fn what_is_not_told_is_derived(app: App) {
        let operator = app.operator().await;
        let tenant = app.tenant("acme.example").await.id;
        let input = TrunkCreateInput { tenant_id: tenant.into(), ..TrunkCreateInput::of() };
        let trunk = app.services.create::<entity::trunk::Entity>(&App::system(), input).await.expect("a trunk");
        let (answered, ended) = ("2026-03-01T12:00:03Z", "2026-03-01T12:00:10.9Z");
        for (at, (more, shown)) in [
            (json!({}), json!({ "disposition": "NO_ANSWER", "durationSeconds": 0, "billedSeconds": 0 })),
            (json!({ "endedAt": ended }), json!({ "disposition": "NO_ANSWER", "durationSeconds": 10, "billedSeconds": 0 })),
            (json!({ "answeredAt": answered, "endedAt": ended }), json!({ "disposition": "ANSWERED", "durationSeconds": 10, "billedSeconds": 7 })),
            (json!({ "answeredAt": answered, "disposition": "FAILED", "durationSeconds": 4 }), json!({ "disposition": "FAILED", "durationSeconds": 4 })),
            (json!({ "disconnectCode": 486 }), json!({ "disposition": "BUSY" })),
            (json!({ "disconnectCode": 487 }), json!({ "disposition": "CANCELLED" })),
            (json!({ "disconnectCode": 480 }), json!({ "disposition": "NO_ANSWER" })),
            (json!({ "disconnectCode": 404 }), json!({ "disposition": "FAILED" })),
            (json!({ "callerName": "" }), json!({ "callerName": null, "tenant": null })),
            (json!({ "trunkDomain": trunk.domain.to_uppercase() }), json!({ "trunk": { "id": trunk.id.to_string() }, "tenant": { "id": tenant.to_string() }, "trunkDomain": trunk.domain })),
            (json!({ "trunkId": trunk.id.to_string() }), json!({ "trunkDomain": trunk.domain, "tenant": { "id": tenant.to_string() } })),
            (json!({ "trunkDomain": trunk.domain, "tenantId": null }), json!({ "trunk": null, "tenant": null, "trunkDomain": trunk.domain })),
            (json!({ "trunkDomain": "gone.in.example" }), json!({ "trunk": null, "tenant": null, "trunkDomain": "gone.in.example" })),
        ].into_iter().enumerate() {
            let (told, errors) = tell(&operator, call(&format!("leg-{at}"), more.clone())).await;
            assert!(errors.is_empty(), "{more}: {errors:?}");
            for (name, value) in shown.as_object().expect("an object") {
                assert_eq!(told[name], *value, "{more}: {name}");
            }
        }
    }

    async fn what_cannot_be_is_refused(app: App) {
        let operator = app.operator().await;
        let (acme, beta) = (app.tenant("acme.example").await.id, app.tenant("beta.example").await.id);
        let input = TrunkCreateInput { tenant_id: beta.into(), ..TrunkCreateInput::of() };
        let trunk = app.services.create::<entity::trunk::Entity>(&App::system(), input).await.expect("a trunk");
        for (more, code, field) in [
            (json!({ "engine": " " }), "REQUIRED", "engine"),
            (json!({ "legId": "" }), "REQUIRED", "legId"),
            (json!({ "legId": "x".repeat(256) }), "TOO_LONG", "legId"),
            (json!({ "globalTag": "x".repeat(256) }), "TOO_LONG", "globalTag"),
            (json!({ "callerName": "a\u{0}b" }), "INVALID", "callerName"),
            (json!({ "engine": "a\u{0}b" }), "INVALID", "engine"),
            (json!({ "legId": "a\u{0}b" }), "INVALID", "legId"),
            (json!({ "durationSeconds": -1 }), "OUT_OF_RANGE", "durationSeconds"),
            (json!({ "disconnectCode": 700 }), "OUT_OF_RANGE", "disconnectCode"),
            (json!({ "q850Cause": 128 }), "OUT_OF_RANGE", "q850Cause"),
            (json!({ "mediaAddress": "192.0.2.256" }), "INVALID", "mediaAddress"),
            (json!({ "answeredAt": "2026-03-01T11:59:59Z" }), "INVALID", "answeredAt"),
            (json!({ "endedAt": "2026-03-01T11:59:59Z" }), "INVALID", "endedAt"),
            (json!({ "answeredAt": "2026-03-01T12:00:09Z", "endedAt": "2026-03-01T12:00:08Z" }), "INVALID", "endedAt"),
            (json!({ "tenantId": "tenant_999999" }), "NOT_FOUND", "tenantId"),
            (json!({ "tenantId": acme.to_string(), "trunkId": trunk.id.to_string() }), "NOT_FOUND", "trunkId"),
        ] {
            let told = tell(&operator, call("leg", more.clone())).await;
            assert_eq!(told, (Value::Null, vec![(code.to_owned(), json!([field]))]), "{more}");
        }
        for actor in [app.tenant_admin("acme.example").await, app.stranger().await, app.read_only_operator().await] {
            let asked = actor.gql("mutation($input: CdrIngestInput!) { cdrIngest(input: $input) { cdr { id } userErrors { code } } }", json!({ "input": call("leg", json!({})) })).await;
            assert_eq!(asked.code(), Some("FORBIDDEN"));
        }
        assert_eq!(app.store.number("SELECT count(*) FROM cdr").await, 0);
    }

    async fn records_are_kept_as_long_as_the_tenant_says(setup: Setup) {
        let mut setup = setup;
        setup.clock = Clock::fixed(Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap());
        setup.config.cdrs.keep_days = 100;
        let app = setup.start().await;
        let operator = app.operator().await;
        let (short, usual) = (app.tenant("short.example").await.id.to_string(), app.tenant("usual.example").await.id.to_string());
        let days = json!({ "id": short, "cdrRetention": 10 });
        operator.mutate("tenantUpdate", days, "tenant { cdrRetention }").await.ok();
        for days in [0, 36_501] {
            let wrong = operator.mutate("tenantUpdate", json!({ "id": short, "cdrRetention": days }), "tenant { id }").await;
            assert_eq!(wrong.json["data"]["tenantUpdate"]["userErrors"][0]["code"], "OUT_OF_RANGE");
        }
        let own = app.tenant_admin("short.example").await;
        let refused = own.mutate("tenantUpdate", json!({ "id": short, "cdrRetention": 1 }), "tenant { id }").await;
        assert_eq!(refused.code(), Some("FORBIDDEN"), "the records are the operator's");
        for (leg, tenant, at) in [
            ("short-11", Some(&short), "2026-02-18T12:00:00Z"),
            ("short-10", Some(&short), "2026-02-19T12:00:00Z"),
            ("usual-101", Some(&usual), "2025-11-20T11:00:00Z"),
            ("usual-11", Some(&usual), "2026-02-18T12:00:00Z"),
            ("nobody-101", None, "2025-11-20T11:00:00Z"),
            ("nobody-1", None, "2026-02-28T12:00:00Z"),
        ] {
            let (told, _) = tell(&operator, call(leg, json!({ "tenantId": tenant, "startedAt": at }))).await;
            assert!(told["id"].is_string(), "{leg}");
        }
        let mut stream = operator.subscribe("subscription { cdrChanged { event nodeId } }", json!({})).await;
        app.services.tidy().await;
        let left = async || {
            let found = operator.gql("{ cdrs { nodes { legId } } }", json!({})).await;
            let legs = found["cdrs"]["nodes"].as_array().expect("a list").iter();
            legs.map(|one| one["legId"].as_str().expect("a leg").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(left().await, ["short-10", "usual-11", "nobody-1"]);
        for _ in 0..3 {
            assert_eq!(stream.next().await["event"], "DELETED");
        }
        operator.mutate("tenantUpdate", json!({ "id": short, "cdrRetention": null }), "tenant { id }").await.ok();
        app.clock.advance(24 * 60 * 60);
        app.services.tidy().await;
        assert_eq!(left().await, ["short-10", "usual-11", "nobody-1"]);
    }

    async fn a_tenant_that_keeps_long_keeps_no_other(setup: Setup) {
        let mut setup = setup;
        setup.config.cdrs.keep_days = 4_000_000;
        let app = setup.start().await;
        let operator = app.operator().await;
        let (long, short) = (app.tenant("a.example").await.id.to_string(), app.tenant("b.example").await.id.to_string());
        for (tenant, days) in [(&long, 36_500), (&short, 1)] {
            operator.mutate("tenantUpdate", json!({ "id": tenant, "cdrRetention": days }), "tenant { id }").await.ok();
            tell(&operator, call(tenant, json!({ "tenantId": tenant }))).await;
        }
        tell(&operator, call("nobody", json!({}))).await;
        app.services.tidy().await;
        assert_eq!(app.store.number("SELECT count(*) FROM cdr").await, 2);
    }

    async fn records_are_kept_for_ever_when_nobody_says_otherwise(app: App) {
        let operator = app.operator().await;
        tell(&operator, call("leg", json!({ "startedAt": "1999-01-01T00:00:00Z" }))).await;
        app.services.tidy().await;
        assert_eq!(app.store.number("SELECT count(*) FROM cdr").await, 1);
    }
}
