use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    Id, cdr, gateway, route, tenant, trunk,
    value::{CallDirection, CallDisposition},
};
use serde_json::{Value, json};
use service::{
    Code,
    history::CdrIngestInput,
    routing::{RouteCreateInput, TrunkCreateInput},
};

use crate::{
    app::{Actor, App},
    graph::Graph,
    samples::ended_call,
};

/// When the first call of a test begins.
fn noon() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().expect("a time")
}

/// Records a call as the server does when a switch tells of one.
async fn record(
    app: &App,
    leg: &str,
    tenant: Id<tenant::Entity>,
    edit: impl FnOnce(&mut CdrIngestInput),
) -> cdr::Model {
    let mut call = ended_call(leg, tenant);
    call.started_at = noon();
    edit(&mut call);
    app.services.ingest_cdr(&App::system(), call).await.expect("a record")
}

/// What a tenant's calls come in and leave by.
struct Ways {
    tenant: Id<tenant::Entity>,
    trunk: trunk::Model,
    gateway: Id<gateway::Entity>,
    route: Id<route::Entity>,
}

async fn ways(app: &App, domain: &str) -> Ways {
    let (system, tenant) = (App::system(), app.tenant(domain).await.id);
    let input = TrunkCreateInput { tenant_id: tenant.into(), ..TrunkCreateInput::of() };
    let trunk = app.services.create::<trunk::Entity>(&system, input).await.expect("a trunk");
    let gateway = app.gateway().await.id;
    let input = RouteCreateInput::of("Everywhere".to_owned(), gateway);
    let route = app.services.create::<route::Entity>(&system, input).await.expect("a route").id;
    Ways { tenant, trunk, gateway, route }
}

impl Ways {
    async fn incoming(&self, app: &App, leg: &str) -> cdr::Model {
        record(app, leg, self.tenant, |call| {
            call.direction = CallDirection::Incoming;
            call.trunk_id = Some(self.trunk.id).into();
            call.trunk_domain = Some(self.trunk.domain.clone()).into();
        })
        .await
    }

    async fn outgoing(&self, app: &App, leg: &str) -> cdr::Model {
        record(app, leg, self.tenant, |call| {
            call.direction = CallDirection::Outgoing;
            call.gateway_id = Some(self.gateway).into();
            call.route_id = Some(self.route).into();
        })
        .await
    }
}

/// What makes a call another one.
type Edit<'a> = dyn Fn(&mut CdrIngestInput) + 'a;

/// The legs of a page, in its order.
fn legs(page: &Value) -> Vec<&str> {
    let nodes = page["nodes"].as_array().unwrap_or_else(|| panic!("no page: {page}")).iter();
    nodes.map(|node| node["legId"].as_str().expect("a leg")).collect()
}

const LIST: &str = "query($filter: CdrFilter, $orderBy: [CdrOrder!], $first: Int, $after: String, $last: Int, $before: String) {
  cdrs(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    nodes { legId } totalCount pageInfo { hasPreviousPage hasNextPage startCursor endCursor }
  }
}";

async fn list(actor: &Actor, variables: Value) -> Value {
    actor.gql(LIST, variables).await["cdrs"].clone()
}

both! {
    async fn everything_that_a_switch_tells_is_read_back(app: App) {
        let ways = ways(&app, "acme.example").await;
        let text = |text: &str| Some(text.to_owned()).into();
        let call = record(&app, "leg-1", ways.tenant, |call| {
            let after = |seconds| Some(noon() + TimeDelta::milliseconds(seconds)).into();
            call.direction = CallDirection::Outgoing;
            call.trunk_id = Some(ways.trunk.id).into();
            call.trunk_domain = text("7.in.pbx.test");
            call.gateway_id = Some(ways.gateway).into();
            call.route_id = Some(ways.route).into();
            call.peer_leg_id = text("leg-2");
            call.call_id = text("4b99bbf0ecc@192.0.2.7");
            call.local_tag = text("local-7");
            call.global_tag = text("global-7");
            call.caller_name = text("Änne");
            call.caller_number = text("102");
            call.called_number = text("4915112345678");
            call.did_number = text("4930555010");
            call.redirecting_number = text("103");
            call.answered_at = after(4_250);
            call.ended_at = after(64_500);
            call.duration_seconds = 64.into();
            call.billed_seconds = 60.into();
            call.disposition = CallDisposition::Answered.into();
            call.disconnect_code = 200.into();
            call.disconnect_reason = text("OK");
            call.hangup_cause = text("NORMAL_CLEARING");
            call.q850_cause = Some(16).into();
            call.hangup_disposition = text("recv_bye");
            call.read_codec = text("PCMU");
            call.write_codec = text("L16");
            call.signalling_address = text("192.0.2.7");
            call.media_address = text("2001:db8::7");
        })
        .await;
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        let query = format!("query($id: ID!) {{ cdr(id: $id) {{ {} }} }}", graph.selection("Cdr"));
        let mut shown = operator.gql(&query, json!({ "id": call.id.to_string() })).await["cdr"].clone();
        let written = shown.as_object_mut().expect("a record").remove("createdAt").expect("a time");
        assert!(written.as_str().expect("a time") > "2026");
        shown.as_object_mut().expect("a record").remove("updatedAt");
        let expected = json!({
            "id": call.id.to_string(), "databaseId": call.id.number(), "version": 1, "direction": "OUTGOING",
            "trunkDomain": "7.in.pbx.test", "engine": "switch1", "legId": "leg-1", "peerLegId": "leg-2",
            "callId": "4b99bbf0ecc@192.0.2.7", "localTag": "local-7", "globalTag": "global-7",
            "callerName": "Änne", "callerNumber": "102", "calledNumber": "4915112345678",
            "didNumber": "4930555010", "redirectingNumber": "103", "startedAt": "2026-03-01T12:00:00+00:00",
            "answeredAt": "2026-03-01T12:00:04.250+00:00", "endedAt": "2026-03-01T12:01:04.500+00:00",
            "durationSeconds": 64, "billedSeconds": 60, "disposition": "ANSWERED", "disconnectCode": 200,
            "disconnectReason": "OK", "hangupCause": "NORMAL_CLEARING", "q850Cause": 16,
            "hangupDisposition": "recv_bye", "readCodec": "PCMU", "writeCodec": "L16",
            "signallingAddress": "192.0.2.7", "mediaAddress": "2001:db8::7",
            "tenant": { "id": ways.tenant.to_string() }, "trunk": { "id": ways.trunk.id.to_string() },
            "gateway": { "id": ways.gateway.to_string() }, "route": { "id": ways.route.to_string() },
        });
        assert_eq!(shown, expected);
    }

    async fn a_record_is_found_by_what_it_tells(app: App) {
        let (acme, beta) = (ways(&app, "acme.example").await, ways(&app, "beta.example").await);
        acme.incoming(&app, "in").await;
        acme.outgoing(&app, "out").await;
        beta.incoming(&app, "other").await;
        record(&app, "told", beta.tenant, |call| {
            call.engine = "switch2".to_owned();
            call.call_id = Some("abc@host".to_owned()).into();
            call.caller_number = Some("4930111".to_owned()).into();
            call.called_number = Some("4930222".to_owned()).into();
            call.did_number = Some("4930333".to_owned()).into();
            call.started_at = noon() + TimeDelta::hours(1);
            call.disposition = CallDisposition::Busy.into();
        })
        .await;
        let operator = app.operator().await;
        let cases = [
            (json!({ "tenantId": { "eq": acme.tenant.to_string() } }), vec!["in", "out"]),
            (json!({ "tenantId": { "isNull": true } }), vec![]),
            (json!({ "direction": { "eq": "INCOMING" } }), vec!["in", "other"]),
            (json!({ "direction": { "in": ["OUTGOING", "INTERNAL"] } }), vec!["out", "told"]),
            (json!({ "disposition": { "eq": "BUSY" } }), vec!["told"]),
            (json!({ "trunkId": { "eq": acme.trunk.id.to_string() } }), vec!["in"]),
            (json!({ "trunkDomain": { "eq": beta.trunk.domain } }), vec!["other"]),
            (json!({ "gatewayId": { "eq": acme.gateway.to_string() } }), vec!["out"]),
            (json!({ "gatewayId": { "isNull": true } }), vec!["in", "other", "told"]),
            (json!({ "routeId": { "in": [acme.route.to_string(), beta.route.to_string()] } }), vec!["out"]),
            (json!({ "engine": { "eq": "switch2" } }), vec!["told"]),
            (json!({ "legId": { "eq": "out" } }), vec!["out"]),
            (json!({ "callId": { "eq": "abc@host" } }), vec!["told"]),
            (json!({ "callerNumber": { "startsWith": "49301" } }), vec!["told"]),
            (json!({ "calledNumber": { "eq": "4930222" } }), vec!["told"]),
            (json!({ "didNumber": { "in": ["4930333", "4930334"] } }), vec!["told"]),
            (json!({ "startedAt": { "gt": "2026-03-01T12:00:00Z" } }), vec!["told"]),
            (json!({ "startedAt": { "gte": "2026-03-01T12:00:00Z", "lt": "2026-03-01T13:00:00Z" } }), vec!["in", "out", "other"]),
            (json!({ "not": { "direction": { "eq": "INTERNAL" } } }), vec!["in", "out", "other"]),
        ];
        for (filter, expected) in cases {
            let page = list(&operator, json!({ "filter": filter })).await;
            assert_eq!(legs(&page), expected, "{filter}");
            assert_eq!(page["totalCount"], json!(expected.len()), "{filter}");
        }
    }

    async fn the_lists_below_other_rows_have_their_own_calls(app: App) {
        let (acme, beta) = (ways(&app, "acme.example").await, ways(&app, "beta.example").await);
        acme.incoming(&app, "in").await;
        acme.outgoing(&app, "out").await;
        beta.incoming(&app, "other").await;
        let query = "query($t: ID!, $trunk: ID!, $gateway: ID!, $route: ID!) {
            tenant(id: $t) { cdrs { nodes { legId tenant { domain } } totalCount } }
            trunk(id: $trunk) { cdrs { nodes { legId trunk { domain } } totalCount } }
            gateway(id: $gateway) { cdrs { nodes { legId gateway { name } } totalCount } }
            route(id: $route) { cdrs { nodes { legId route { name } } totalCount } }
        }";
        let variables = json!({
            "t": acme.tenant.to_string(), "trunk": acme.trunk.id.to_string(),
            "gateway": acme.gateway.to_string(), "route": acme.route.to_string(),
        });
        let found = app.operator().await.gql(query, variables).await;
        for (parent, expected) in [("tenant", vec!["in", "out"]), ("trunk", vec!["in"]), ("gateway", vec!["out"]), ("route", vec!["out"])] {
            let page = &found[parent]["cdrs"];
            assert_eq!(legs(page), expected, "{parent}");
            assert_eq!(page["totalCount"], json!(expected.len()), "{parent}");
            assert!(page["nodes"][0][parent].is_object(), "{parent}: {page}");
        }
    }

    async fn pages_go_both_ways_by_the_time_of_the_call(app: App) {
        let tenant = app.tenant("acme.example").await.id;
        // Three calls begin in each second, and the order of recording is another one.
        for at in 0..30 {
            let leg = at * 7 % 30;
            let begin = |call: &mut CdrIngestInput| call.started_at = noon() + TimeDelta::seconds(leg / 3);
            record(&app, &format!("{leg:02}"), tenant, begin).await;
        }
        let operator = app.operator().await;
        let whole = json!({ "first": 200, "orderBy": [{ "field": "STARTED_AT", "direction": "DESC" }] });
        let whole = list(&operator, whole).await;
        let expected = legs(&whole);
        let seconds: Vec<_> = expected.iter().map(|leg| leg.parse::<i64>().expect("a number") / 3).collect();
        assert!(seconds.is_sorted_by(|a, b| a >= b) && seconds.len() == 30, "{seconds:?}");
        for backwards in [false, true] {
            let (mut seen, mut place) = (Vec::<String>::new(), Value::Null);
            loop {
                let order = json!([{ "field": "STARTED_AT", "direction": "DESC" }]);
                let page = match backwards {
                    false => list(&operator, json!({ "orderBy": order, "first": 4, "after": place })).await,
                    true => list(&operator, json!({ "orderBy": order, "last": 4, "before": place })).await,
                };
                let part: Vec<_> = legs(&page).into_iter().map(str::to_owned).collect();
                let (more, cursor) = match backwards {
                    false => ("hasNextPage", "endCursor"),
                    true => ("hasPreviousPage", "startCursor"),
                };
                seen = if backwards { [part, seen].concat() } else { [seen, part].concat() };
                place = page["pageInfo"][cursor].clone();
                if page["pageInfo"][more] == false {
                    break;
                }
            }
            assert_eq!(seen, expected, "backwards: {backwards}");
        }
    }

    async fn only_operators_and_the_tenants_administrators_see_it(app: App) {
        let ways = ways(&app, "acme.example").await;
        let id = ways.incoming(&app, "in").await.id.to_string();
        let one = "query($id: ID!) { cdr(id: $id) { legId } }";
        for actor in [app.operator().await, app.read_only_operator().await, app.tenant_admin("acme.example").await] {
            assert_eq!(actor.gql(one, json!({ "id": id })).await["cdr"]["legId"], "in");
            assert_eq!(legs(&list(&actor, json!({})).await), ["in"]);
        }
        let stranger = app.stranger().await;
        assert_eq!(stranger.gql(one, json!({ "id": id })).await["cdr"], Value::Null);
        let seen = list(&stranger, json!({ "filter": { "legId": { "eq": "in" } } })).await;
        assert_eq!((legs(&seen), &seen["totalCount"]), (vec![], &json!(0)));
        let user = app.user("acme.example", "bob").await;
        assert_eq!(user.gql(one, json!({ "id": id })).await.code(), Some("FORBIDDEN"));
    }

    async fn a_record_outlives_what_it_names(app: App) {
        let ways = ways(&app, "acme.example").await;
        let domain = ways.trunk.domain.clone();
        ways.incoming(&app, "in").await;
        ways.outgoing(&app, "out").await;
        let operator = app.operator().await;
        for (field, id) in [
            ("trunkDelete", ways.trunk.id.to_string()),
            ("routeDelete", ways.route.to_string()),
            ("gatewayDelete", ways.gateway.to_string()),
            ("tenantDelete", ways.tenant.to_string()),
        ] {
            operator.mutate(field, json!({ "id": id }), "deletedId").await.ok();
        }
        let query = "{ cdrs { nodes { legId trunkDomain tenant { id } trunk { id } gateway { id } route { id } } } }";
        let left = operator.gql(query, json!({})).await["cdrs"]["nodes"].clone();
        let gone = |leg: &str, domain: Option<&str>| {
            json!({ "legId": leg, "trunkDomain": domain, "tenant": null, "trunk": null, "gateway": null, "route": null })
        };
        assert_eq!(left, json!([gone("in", Some(&domain)), gone("out", None)]));
        assert!(legs(&list(&app.stranger().await, json!({})).await).is_empty(), "nobody's are no stranger's");
    }

    async fn a_new_record_is_heard_of_where_it_may_be_seen(app: App) {
        let (acme, stranger) = (app.tenant("acme.example").await.id, app.tenant("stranger.example").await.id);
        let (admin, other) = (app.tenant_admin("acme.example").await, app.stranger().await);
        let query = "subscription { cdrChanged { event version node { legId tenant { domain } } } }";
        let mut streams = [admin.subscribe(query, json!({})).await, other.subscribe(query, json!({})).await];
        record(&app, "ours", acme, |_| ()).await;
        record(&app, "theirs", stranger, |_| ()).await;
        for (stream, (leg, domain)) in
            streams.iter_mut().zip([("ours", "acme.example"), ("theirs", "stranger.example")])
        {
            let node = json!({ "legId": leg, "tenant": { "domain": domain } });
            assert_eq!(stream.next().await, json!({ "event": "CREATED", "version": 1, "node": node }));
        }
    }

    async fn a_record_that_cannot_be_is_refused(app: App) {
        let (acme, beta) = (ways(&app, "acme.example").await, ways(&app, "beta.example").await);
        acme.incoming(&app, "in").await;
        let refused = async |edit: &Edit<'_>| {
            let mut call = ended_call("leg", acme.tenant);
            edit(&mut call);
            let made = app.services.ingest_cdr(&App::system(), call).await;
            made.expect_err("a refusal")
        };
        let cases: [(Code, &Edit<'_>); 6] = [
            (Code::Conflict, &|call| call.leg_id = "in".to_owned()),
            (Code::Required, &|call| call.leg_id = String::new()),
            (Code::OutOfRange, &|call| call.duration_seconds = (-1).into()),
            (Code::Invalid, &|call| call.ended_at = Some(noon() - TimeDelta::days(9)).into()),
            (Code::NotFound, &|call| call.trunk_id = Some(beta.trunk.id).into()),
            (Code::NotFound, &|call| call.tenant_id = Some(Id::new(999_999)).into()),
        ];
        for (code, edit) in cases {
            let error = refused(edit).await;
            assert!(error.has(code), "{code:?}: {error:?}");
        }
        // Another switch may have used the same id.
        record(&app, "in", acme.tenant, |call| call.engine = "switch2".to_owned()).await;
        assert_eq!(app.store.number("SELECT count(*) FROM cdr").await, 2);
    }
}
