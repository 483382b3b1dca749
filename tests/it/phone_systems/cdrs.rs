//! `termination_cdrs` and `incoming_trunk_cdrs`.

use super::*;

/// Tells of a call as a switch does and answers its number, which is its id here.
async fn ingest(app: &App, input: Value) -> String {
    let told = app.operator().await.mutate("cdrIngest", input, "cdr { databaseId }").await;
    told.ok()["cdr"]["databaseId"].to_string()
}

/// A customer with all that its calls go by.
struct Ways {
    tenant: String,
    trunk: Value,
    gateway: String,
    route: String,
}

/// The GraphQL id of a row of which the API shows the UUID or another id.
async fn graph_id(app: &App, list: &str, filter: Value) -> String {
    let kind = format!("{}{}", list[..1].to_uppercase(), &list[1..list.len() - 1]);
    let query = format!("query($f: {kind}Filter) {{ {list}(filter: $f) {{ nodes {{ id }} }} }}");
    let found = app.operator().await.gql(&query, json!({ "f": filter })).await;
    text(&found[list]["nodes"][0]["id"]).to_owned()
}

async fn ways(app: &App, api: &Api, customer: &str) -> Ways {
    api.customer(customer).await;
    let trunk = api.make("incoming_trunks", json!({ "name": "in" }), of(customer)).await;
    let gateway = api.gateway(&format!("edge-{customer}"), Some(customer)).await;
    let mut relationships = of(customer);
    relationships["gateway"] = to("termination_gateways", &gateway);
    let name = format!("route-{customer}");
    let route = api.make("termination_routes", json!({ "name": name }), relationships).await;
    let tenant = graph_id(app, "tenants", json!({ "customerId": { "eq": customer } })).await;
    Ways { tenant, trunk, gateway, route: text(&route["id"]).to_owned() }
}

impl Ways {
    async fn outgoing(&self, app: &App, leg: &str, more: Value) -> String {
        let name =
            |prefix: &str| json!({ "name": { "startsWith": prefix }, "tenantId": { "eq": self.tenant } });
        let mut input = json!({
            "engine": "sw", "legId": leg, "direction": "OUTGOING", "tenantId": self.tenant,
            "gatewayId": graph_id(app, "gateways", name("edge")).await,
            "routeId": graph_id(app, "routes", name("route")).await, "startedAt": "2031-02-03T04:05:06Z",
        });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ingest(app, input).await
    }

    async fn incoming(&self, app: &App, leg: &str, more: Value) -> String {
        let mut input = json!({
            "engine": "sw", "legId": leg, "direction": "INCOMING", "startedAt": "2031-02-03T04:05:06Z",
            "trunkDomain": self.trunk["attributes"]["domain"],
        });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ingest(app, input).await
    }
}

/// Asserts what the resource at a path is and where each of its relationships leads.
async fn is(api: &Api, kind: &str, id: &str, attributes: Value, links: &[(&str, &str, Option<&str>)]) {
    let address = format!("{}/{kind}/{id}", api.root);
    let mut relationships = json!({});
    for (name, target, leads) in links {
        let data = leads.map_or(Value::Null, |id| json!({ "type": target, "id": id }));
        let links = json!({ "self": format!("{address}/relationships/{name}"), "related": format!("{address}/{name}") });
        relationships[*name] = json!({ "links": links, "data": data });
        let linkage = api.read(&format!("/{kind}/{id}/relationships/{name}?include=x&sort=x")).await;
        assert_eq!(linkage, json!({ "data": data, "links": links }));
        let related = api.read(&format!("/{kind}/{id}/{name}")).await;
        assert_eq!((&related["data"]["id"], &related["data"]["type"]), (&data["id"], &data["type"]));
        for method in ["PATCH", "PUT", "DELETE", "POST"] {
            let refused = api.send(method, &format!("/{kind}/{id}/relationships/{name}"), ()).await;
            assert_eq!(refused.header("allow").map(sorted), Some(vec!["GET", "HEAD"]));
            assert_eq!(one(refused), (405, "405".to_owned()), "{method} {name}");
        }
    }
    let shown = api.read(&format!("/{kind}/{id}")).await;
    let expected = json!({ "id": id, "type": kind, "links": { "self": address }, "attributes": attributes, "relationships": relationships });
    assert_eq!(shown, json!({ "data": expected }));
}

both! {
    async fn a_call_that_left_is_read(app: App) {
        let api = Api::of(&app).await;
        let ways = ways(&app, &api, "7001").await;
        let id = ways.outgoing(&app, "a", json!({
            "callerName": "Änne", "callerNumber": "102", "calledNumber": "4915112345678", "callId": "4b@192.0.2.7",
            "localTag": "l7", "globalTag": "g7", "answeredAt": "2031-02-03T04:05:10.250Z",
            "endedAt": "2031-02-03T04:06:06.999Z", "disconnectCode": 200, "disconnectReason": "OK",
        })).await;
        let links = [
            ("customer", "customers", Some("7001")),
            ("termination_route", "termination_routes", Some(&*ways.route)),
            ("termination_gateway", "termination_gateways", Some(&*ways.gateway)),
        ];
        is(&api, "termination_cdrs", &id, json!({
            "aleg_code": 200, "aleg_reason": "OK", "duration": 60, "src_name_in": "Änne", "src_number_in": "102",
            "dst_number_in": "4915112345678", "orig_call_id": "4b@192.0.2.7", "local_tag": "l7", "global_tag": "g7",
            "time_start": "2031-02-03T04:05:06.000Z", "time_connect": "2031-02-03T04:05:10.250Z",
            "time_end": "2031-02-03T04:06:06.999Z",
        }), &links).await;
        assert_eq!(api.ids("/incoming_trunk_cdrs").await, [""; 0]);
        assert_eq!(api.refused(&format!("/incoming_trunk_cdrs/{id}")).await, (404, "404".to_owned()));
        let included = api.read(&format!("/termination_cdrs/{id}?include=customer,termination_route.gateway.customer,termination_gateway&fields[customers]=name")).await;
        let kinds: Vec<_> = included["included"].as_array().unwrap().iter().map(|one| text(&one["type"])).collect();
        assert_eq!(kinds, ["customers", "termination_routes", "termination_gateways"]);
    }

    async fn a_call_that_came_in_is_read(app: App) {
        let api = Api::of(&app).await;
        let ways = ways(&app, &api, "7001").await;
        let answered = json!({
            "callerName": "Bo", "callerNumber": "4989", "calledNumber": "101", "didNumber": "4930555",
            "callId": "c@x", "answeredAt": "2031-02-03T04:05:07Z", "endedAt": "2031-02-03T04:05:36Z",
            "disconnectCode": 200, "disconnectReason": "Bye",
        });
        let id = ways.incoming(&app, "a", answered).await;
        let missed = ways.incoming(&app, "b", json!({ "disconnectCode": 486 })).await;
        let links = [
            ("customer", "customers", Some("7001")),
            ("incoming_trunk", "incoming_trunks", Some(text(&ways.trunk["id"]))),
        ];
        is(&api, "incoming_trunk_cdrs", &id, json!({
            "src_name": "Bo", "src_number": "4989", "dst_number": "101", "did_number": "4930555",
            "time_start": "2031-02-03T04:05:06.000Z", "time_connect": "2031-02-03T04:05:07.000Z",
            "time_end": "2031-02-03T04:05:36.000Z", "duration": 30, "success": true, "lega_disconnect_code": 200,
            "lega_disconnect_reason": "Bye", "lega_call_id": "c@x",
        }), &links).await;
        is(&api, "incoming_trunk_cdrs", &missed, json!({
            "src_name": null, "src_number": null, "dst_number": null, "did_number": null,
            "time_start": "2031-02-03T04:05:06.000Z", "time_connect": null, "time_end": null, "duration": 0,
            "success": false, "lega_disconnect_code": 486, "lega_disconnect_reason": null, "lega_call_id": null,
        }), &links).await;
        let list = api.read("/incoming_trunk_cdrs?include=customer,incoming_trunk.customer").await;
        assert_eq!(list["included"].as_array().unwrap().len(), 2);
        assert_eq!(list["meta"], json!({ "record_count": 2 }));
        for spelling in ["incoming_trunk_cdcs", "incoming_trunk%20cdrs"] {
            assert_eq!(api.read(&format!("/{spelling}?include=customer,incoming_trunk.customer&page[size]=50")).await["data"], list["data"]);
            let links = api.read(&format!("/{spelling}/")).await["links"].clone();
            assert_eq!(links, api.read("/incoming_trunk_cdrs").await["links"], "the usual spelling");
            for rest in ["", "/customer", "/incoming_trunk", "/relationships/customer", "/relationships/incoming_trunk"] {
                let there = api.read(&format!("/{spelling}/{id}{rest}")).await;
                assert_eq!(there, api.read(&format!("/incoming_trunk_cdrs/{id}{rest}")).await);
            }
        }
        assert_eq!(api.ids("/incoming_trunk_cdrs?sort=success").await, [missed.clone(), id.clone()]);
        assert_eq!(api.ids("/incoming_trunk_cdrs?sort=-success").await, [id, missed]);
        assert_eq!(api.read("/termination%20cdrs").await, api.read("/termination_cdrs").await);
    }

    async fn calls_within_the_exchange_are_in_neither_list(app: App) {
        let api = Api::of(&app).await;
        let ways = ways(&app, &api, "7001").await;
        let id = ways.outgoing(&app, "a", json!({ "direction": "INTERNAL" })).await;
        for kind in ["termination_cdrs", "incoming_trunk_cdrs"] {
            assert_eq!(api.ids(&format!("/{kind}")).await, [""; 0]);
            assert_eq!(api.refused(&format!("/{kind}/{id}")).await, (404, "404".to_owned()));
        }
    }

    async fn records_are_only_read(app: App) {
        let api = Api::of(&app).await;
        let id = ways(&app, &api, "7001").await.outgoing(&app, "a", json!({})).await;
        for (kind, path) in [("termination_cdrs", format!("/termination_cdrs/{id}")), ("incoming_trunk_cdrs", "/incoming_trunk_cdrs/1".to_owned())] {
            for (method, path) in [("POST", format!("/{kind}")), ("PATCH", path.clone()), ("PUT", path.clone()), ("DELETE", path)] {
                let refused = api.send(method, &path, json!({ "data": { "type": kind } })).await;
                assert_eq!(refused.header("allow").map(sorted), Some(vec!["GET", "HEAD"]));
                assert_eq!(one(refused), (405, "405".to_owned()), "{method} {path}");
            }
        }
        for wrong in ["0", "01", "-1", "9223372036854775808", "x", "%20", "1.0"] {
            assert_eq!(api.refused(&format!("/termination_cdrs/{wrong}")).await, (404, "404".to_owned()), "{wrong}");
        }
        assert_eq!(api.refused(&format!("/termination_cdrs/{id},2")).await, (400, "103".to_owned()));
    }

    async fn every_filter_finds_what_it_names(app: App) {
        let api = Api::of(&app).await;
        let (one, other) = (ways(&app, &api, "1").await, ways(&app, &api, "2").await);
        let told = json!({
            "callerName": "Änne", "callerNumber": "102", "calledNumber": "49151", "callId": "4b@x", "localTag": "l7",
            "globalTag": "g7", "disconnectCode": 486, "disconnectReason": "Busy, here",
            "startedAt": "2031-02-03T04:05:06.789654Z",
        });
        let a = one.outgoing(&app, "a", told).await;
        let b = other.outgoing(&app, "b", json!({})).await;
        let both = [a.clone(), b.clone()];
        let cases: Vec<(String, &[String])> = vec![
            (format!("filter[id]={a},0{b}"), &both[..1]),
            (format!("filter[id]={a},{b},x"), &both),
            ("filter[aleg_code]=486,0486".into(), &both[..1]),
            ("filter[aleg_code]=0".into(), &both[1..]),
            ("filter[aleg_code]=x,99999999999".into(), &[]),
            ("filter[aleg_reason]=%22Busy, here%22".into(), &both[..1]),
            ("filter[src_name_in]=%C3%84nne".into(), &both[..1]),
            ("filter[src_name_in]=%C3%A4nne".into(), &[]),
            ("filter[src_number_in]=102,103".into(), &both[..1]),
            ("filter[dst_number_in]=49151".into(), &both[..1]),
            ("filter[orig_call_id]=4b%40x".into(), &both[..1]),
            ("filter[local_tag]=l7".into(), &both[..1]),
            ("filter[global_tag]=g7&filter[local_tag]=l8".into(), &[]),
            ("filter[time_start]=2031-02-03T04:05:06.789Z".into(), &both[..1]),
            ("filter[time_start]=2031-02-03 04:05:06".into(), &both[1..]),
            ("filter[time_start]=2031-02-03T06:05:06%2B02:00".into(), &both[1..]),
            ("filter[time_start]=2031-02-03T04:05:06.789Z,2031-02-03T04:05:06Z".into(), &both),
            ("filter[time_start_gteq]=2031-02-03T04:05:06.789Z".into(), &both[..1]),
            ("filter[time_start_gteq]=2031-02-03T04:05:06.790Z".into(), &[]),
            ("filter[time_start_gteq]=2031-02-03 04:05".into(), &both),
            ("filter[time_start_lteq]=2031-02-03T04:05:06Z".into(), &both[1..]),
            ("filter[time_start_lted]=2031-02-03T04:05:06.789Z".into(), &both),
            ("filter[time_start_lted]=2031-02-03 04:05".into(), &[]),
            ("filter[time_start_gteq]=2031-02-03 04:05:06&filter[time_start_lteq]=2031-02-03 04:05:06".into(), &both[1..]),
            ("filter[customer.id]=1".into(), &both[..1]),
            ("filter[customer.id]=1,2".into(), &both),
            ("filter[customer.id]=".into(), &[]),
            (format!("filter[termination_gateway.id]={}", one.gateway), &both[..1]),
            (format!("filter[termination_gateway.id]={}", one.gateway.to_uppercase()), &[]),
            (format!("filter[termination_route.id]={},{NOBODY}", other.route), &both[1..]),
            ("filter[termination_route.id]=x".into(), &[]),
        ];
        for (filter, expected) in cases {
            let list = api.read(&format!("/termination_cdrs?{}", filter.replace(' ', "%20"))).await;
            let ids: Vec<_> = list["data"].as_array().unwrap().iter().map(|one| text(&one["id"]).to_owned()).collect();
            assert_eq!(ids, expected, "{filter}");
            assert_eq!(list["meta"]["record_count"], expected.len(), "{filter}");
        }
        for wrong in ["yesterday", "2031-02-03", "2031-02-03T04:05:06", "2031-13-03 04:05", "1", "2031-02-03 04:05:06 "] {
            for name in ["time_start", "time_start_gteq", "time_start_lteq", "time_start_lted"] {
                let path = format!("/termination_cdrs?filter[{name}]={}", wrong.replace(' ', "%20"));
                assert_eq!(api.refused(&path).await, (400, "107".to_owned()), "{path}");
            }
        }
        assert_eq!(api.refused("/termination_cdrs?filter[duration]=1").await, (400, "102".to_owned()));

        let c = one.incoming(&app, "c", json!({})).await;
        let d = other.incoming(&app, "d", json!({})).await;
        let domain = text(&one.trunk["attributes"]["domain"]);
        for (filter, expected) in [
            (format!("filter[id]={c}"), vec![c.clone()]),
            ("filter[customer.id]=2".to_owned(), vec![d.clone()]),
            (format!("filter[domain]={domain}"), vec![c.clone()]),
            (format!("filter[domain]={domain},x"), vec![c.clone()]),
            ("filter[domain]=x".to_owned(), vec![]),
        ] {
            assert_eq!(api.ids(&format!("/incoming_trunk_cdrs?{filter}")).await, expected, "{filter}");
        }
        assert_eq!(api.refused("/incoming_trunk_cdrs?filter[success]=true").await, (400, "102".to_owned()));
        api.delete(&format!("/incoming_trunks/{}", text(&one.trunk["id"]))).await.expect(204);
        assert_eq!(api.ids(&format!("/incoming_trunk_cdrs?filter[domain]={domain}")).await, [c], "after its deletion");
    }

    async fn a_page_is_refused_for_its_filter_alone(app: App) {
        let api = Api::of(&app).await;
        let ways = ways(&app, &api, "7001").await;
        for leg in ["a", "b", "c"] {
            ways.outgoing(&app, leg, json!({})).await;
        }
        let moments: Vec<_> = (0..250).map(|second| format!("2031-02-03T04:{:02}:{:02}Z", second / 60 + 5, second % 60)).collect();
        let query = format!("filter[time_start]={},2031-02-03T04:05:06Z&page[size]=1", moments.join(","));
        let read = async |page: usize| api.get(&format!("/termination_cdrs?{query}&page[number]={page}")).await.status;
        let first = read(1).await;
        assert!([200, 400].contains(&first));
        assert_eq!([read(2).await, read(3).await, read(2).await], [first; 3], "the place of a page costs no condition");
    }

    async fn records_outlive_what_they_name(app: App) {
        let api = Api::of(&app).await;
        let ways = ways(&app, &api, "7001").await;
        let (out, came) = (ways.outgoing(&app, "a", json!({})).await, ways.incoming(&app, "b", json!({})).await);
        api.delete("/customers/7001").await.expect(204);
        api.customer("7001").await;
        for (path, names) in [
            (format!("/termination_cdrs/{out}"), vec!["customer", "termination_route", "termination_gateway"]),
            (format!("/incoming_trunk_cdrs/{came}"), vec!["customer", "incoming_trunk"]),
        ] {
            let shown = api.read(&format!("{path}?include={}", names.join(","))).await;
            assert!(shown.get("included").is_none(), "{shown}");
            for name in names {
                assert_eq!(shown["data"]["relationships"][name]["data"], Value::Null, "{name}");
                assert_eq!(api.read(&format!("{path}/{name}")).await, json!({ "data": null }));
            }
        }
        assert_eq!(api.ids("/termination_cdrs?filter[customer.id]=7001").await, [""; 0]);
        assert_eq!(api.ids("/termination_cdrs").await, [out]);
    }

    async fn every_attribute_sorts(app: App) {
        let api = Api::of(&app).await;
        let ways = ways(&app, &api, "7001").await;
        let a = ways.outgoing(&app, "a", json!({ "callerNumber": "9", "disconnectCode": 486, "startedAt": "2031-02-03T04:05:07Z" })).await;
        let b = ways.outgoing(&app, "b", json!({ "callerNumber": "10", "disconnectCode": 200, "endedAt": "2031-02-03T04:05:09Z" })).await;
        let c = ways.outgoing(&app, "c", json!({ "disconnectCode": 486 })).await;
        for (sort, expected) in [
            ("src_number_in", [&b, &a, &c]), // nulls last
            ("-src_number_in", [&c, &a, &b]),
            ("-aleg_code", [&a, &c, &b]),
            ("-aleg_code,-id", [&c, &a, &b]),
            ("time_start", [&b, &c, &a]),
            ("-time_start", [&a, &b, &c]),
            ("time_end", [&b, &a, &c]),
            ("-duration", [&b, &a, &c]),
            ("-id", [&c, &b, &a]),
        ] {
            let shown = api.ids(&format!("/termination_cdrs?sort={sort}")).await;
            assert_eq!(shown.iter().collect::<Vec<_>>(), expected, "{sort}");
        }
        let first = api.read("/termination_cdrs").await["data"][0]["attributes"].clone();
        for name in first.as_object().unwrap().keys() {
            assert_eq!(api.ids(&format!("/termination_cdrs?sort=-{name}")).await.len(), 3, "{name}");
        }
        assert_eq!(api.refused("/termination_cdrs?sort=customer").await, (400, "114".to_owned()));
    }
}
