//! Lists: pages by key in both directions, filters and orders, and what is no page.

use std::collections::BTreeSet;

use chrono::DateTime;
use entity::phone_number;
use serde_json::{Value, json};
use service::{Clock, numbering::PhoneNumberCreateInput};

use crate::app::{Actor, App, Setup};

pub const PAGE: &str = "query($filter: PhoneNumberFilter, $orderBy: [PhoneNumberOrder!], $first: Int, $after: String, $last: Int, $before: String) {
  phoneNumbers(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { number } } nodes { number } totalCount
    pageInfo { hasPreviousPage hasNextPage startCursor endCursor }
  }
}";

pub async fn page(actor: &Actor, variables: Value) -> Value {
    actor.gql(PAGE, variables).await["phoneNumbers"].clone()
}

pub fn numbers(page: &Value) -> Vec<String> {
    let nodes = page["nodes"].as_array().expect("nodes").iter();
    let numbers: Vec<_> = nodes.map(|node| node["number"].as_str().expect("a number").to_owned()).collect();
    let edges = page["edges"]
        .as_array()
        .expect("edges")
        .iter()
        .map(|edge| edge["node"]["number"].as_str().expect("a number").to_owned());
    assert!(edges.eq(numbers.iter().cloned()), "{page}");
    numbers
}

/// Makes a number through the domain, past the doors.
pub async fn number(app: &App, number: String, location: &str) {
    let input =
        PhoneNumberCreateInput { location: location.to_owned().into(), ..PhoneNumberCreateInput::of(number) };
    app.services.create::<phone_number::Entity>(&App::system(), input).await.expect("a number");
}

both! {
    async fn pages_hold_still_while_rows_come_between(app: App) {
        let operator = app.operator().await;
        // Spread over the order of the numbers, so that the order of making is another one.
        for at in 0..500 {
            number(&app, format!("49{:04}", at * 37 % 500 * 10), "").await;
        }
        let all: Vec<_> = (0..500).map(|at| format!("49{:04}", at * 10)).collect();
        for descending in [false, true] {
            let direction = if descending { "DESC" } else { "ASC" };
            let order = json!([{ "field": "NUMBER", "direction": direction }]);
            let mut expected = all.clone();
            if descending {
                expected.reverse();
            }
            // Forwards, while rows come before and behind the place.
            let (mut seen, mut after, mut turn) = (Vec::new(), Value::Null, 0);
            loop {
                let page = page(&operator, json!({ "orderBy": order, "first": 70, "after": after })).await;
                seen.extend(numbers(&page));
                assert_eq!(page["pageInfo"]["hasPreviousPage"], json!(!after.is_null()), "{page}");
                assert_eq!(page["pageInfo"]["startCursor"], page["edges"][0]["cursor"]);
                after = page["pageInfo"]["endCursor"].clone();
                if page["pageInfo"]["hasNextPage"] == false {
                    break;
                }
                number(&app, format!("49{turn:04}{}", u8::from(descending)), "").await;
                turn += 1;
            }
            let old: Vec<_> = seen.iter().filter(|number| all.contains(number)).cloned().collect();
            assert_eq!(old, expected, "{direction}: each old row once and in order");
            let once: BTreeSet<_> = seen.iter().collect();
            assert_eq!(once.len(), seen.len(), "{direction}: a row came twice");
            // Backwards from the end it is the same.
            let (mut seen, mut before) = (Vec::new(), Value::Null);
            loop {
                let page = page(&operator, json!({ "orderBy": order, "last": 90, "before": before })).await;
                let mut part = numbers(&page);
                assert_eq!(page["pageInfo"]["hasNextPage"], json!(!before.is_null()), "{page}");
                part.extend(seen);
                seen = part;
                before = page["pageInfo"]["startCursor"].clone();
                if page["pageInfo"]["hasPreviousPage"] == false {
                    break;
                }
            }
            let old: Vec<_> = seen.into_iter().filter(|number| all.contains(number)).collect();
            assert_eq!(old, expected, "{direction}: backwards");
        }
    }

    async fn rows_that_are_equal_come_in_one_order(setup: Setup) {
        let mut setup = setup;
        // All are made in the same moment.
        setup.clock = Clock::fixed(DateTime::from_timestamp(1_900_000_000, 123_456_000).expect("a time"));
        let app = setup.start().await;
        let operator = app.operator().await;
        for at in 0..25 {
            number(&app, format!("49{at:02}"), "").await;
        }
        for (field, direction) in [("CREATED_AT", "ASC"), ("CREATED_AT", "DESC"), ("UPDATED_AT", "ASC")] {
            let order = json!([{ "field": field, "direction": direction }]);
            let (mut seen, mut after) = (Vec::new(), Value::Null);
            loop {
                let page = page(&operator, json!({ "orderBy": order, "first": 4, "after": after })).await;
                seen.extend(numbers(&page));
                after = page["pageInfo"]["endCursor"].clone();
                if page["pageInfo"]["hasNextPage"] == false {
                    break;
                }
            }
            let mut expected: Vec<_> = (0..25).map(|at| format!("49{at:02}")).collect();
            if direction == "DESC" {
                expected.reverse();
            }
            assert_eq!(seen, expected, "{field} {direction}");
        }
    }

    async fn several_orders_are_applied_from_left_to_right(app: App) {
        let operator = app.operator().await;
        let graph = "mutation($input: UserGroupCreateInput!) { userGroupCreate(input: $input) { userGroup { id } userErrors { code } } }";
        for domain in ["acme.example", "beta.example"] {
            let tenant = app.tenant(domain).await.id.to_string();
            for (name, weight) in [("b", 2), ("a", 2), ("c", 1), ("Ä", 1), ("Z", 1), ("d", 3)] {
                operator
                    .gql(graph, json!({ "input": { "tenantId": tenant, "name": name, "weight": weight } }))
                    .await
                    .ok();
            }
        }
        let query = "query($orderBy: [UserGroupOrder!], $after: String) { userGroups(first: 5, orderBy: $orderBy, after: $after) { nodes { name weight } pageInfo { endCursor hasNextPage } } }";
        let order =
            json!([{ "field": "WEIGHT", "direction": "DESC" }, { "field": "NAME", "direction": "ASC" }]);
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let page =
                operator.gql(query, json!({ "orderBy": order, "after": after })).await["userGroups"].clone();
            seen.extend(
                page["nodes"]
                    .as_array()
                    .expect("nodes")
                    .iter()
                    .map(|node| format!("{}{}", node["weight"], node["name"].as_str().expect("a name"))),
            );
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        // By code point on both databases: capitals come first, letters with marks last.
        let expected = ["3d", "3d", "2a", "2a", "2b", "2b", "1Z", "1Z", "1c", "1c", "1Ä", "1Ä"];
        assert_eq!(seen, expected);
    }

    async fn behind_the_id_nothing_is_left_to_sort(app: App) {
        let operator = app.operator().await;
        for digits in ["493", "491", "492"] {
            number(&app, digits.to_owned(), "").await;
        }
        let by = |direction: &str| json!({ "orderBy": [{ "field": "ID", "direction": direction }, { "field": "NUMBER" }] });
        assert_eq!(numbers(&page(&operator, by("ASC")).await), ["493", "491", "492"]);
        assert_eq!(numbers(&page(&operator, by("DESC")).await), ["492", "491", "493"]);
    }

    async fn what_is_no_page_is_refused(app: App) {
        let operator = app.operator().await;
        for at in 0..3 {
            number(&app, format!("49{at}"), "").await;
        }
        let cursor = page(&operator, json!({ "first": 1 })).await["pageInfo"]["endCursor"].clone();
        let by_number = page(&operator, json!({ "first": 1, "orderBy": [{ "field": "NUMBER" }] })).await["pageInfo"]["endCursor"].clone();
        let forged = |json: &str| base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, json);
        let wrong = [
            json!({ "first": 0 }),
            json!({ "first": 201 }),
            json!({ "first": -1 }),
            json!({ "last": 0 }),
            json!({ "last": 201 }),
            json!({ "first": 2, "last": 2 }),
            json!({ "first": 2147483648_i64 }),
            json!({ "after": "" }),
            json!({ "after": "42" }),
            json!({ "before": "nothing" }),
            json!({ "after": by_number }),
            json!({ "after": cursor, "orderBy": [{ "field": "NUMBER" }] }),
            json!({ "after": by_number, "orderBy": [{ "field": "LOCATION" }] }),
            json!({ "after": forged("[]") }),
            json!({ "after": forged("[1]") }),
            json!({ "after": forged("[\"number,id\",1]") }),
            json!({ "after": forged("[\"id\"]") }),
            json!({ "after": forged("[\"id\",\"1\"]") }),
            json!({ "after": forged("[\"id\",1,2]") }),
            json!({ "after": forged("[\"id\",null]") }),
            json!({ "after": forged("[\"id\",{}]") }),
            json!({ "after": forged("[\"id\",1.5]") }),
            json!({ "after": forged("[\"id\",99999999999999999999]") }),
            json!({ "after": forged("{\"a\":1}") }),
            json!({
                "orderBy": [{ "field": "CREATED_AT" }],
                "after": forged("[\"created_at,id\",9223372036854775807,1]"),
            }),
            json!({ "orderBy": [{ "field": "NOTHING" }] }),
        ];
        for variables in wrong {
            let answer = operator.gql(PAGE, variables.clone()).await;
            // So many that nobody looks whether they fit on a page.
            let much = variables["first"].as_u64().is_some_and(|first| first > 500_000);
            let code = if much { "LIMIT_EXCEEDED" } else { "BAD_REQUEST" };
            assert_eq!(answer.code(), Some(code), "{variables}: {}", answer.json);
            assert!(
                answer.json["data"].is_null() || answer.json["data"]["phoneNumbers"].is_null(),
                "{}",
                answer.json
            );
        }
        // Odd, but a page: a place that no row has, and one with a text that no database stores.
        for cursor in [forged("[\"id\",0]"), forged("[\"id\",-5]"), forged("[\"id\",9223372036854775807]")] {
            page(&operator, json!({ "after": cursor })).await;
        }
        let answer = operator
            .gql(PAGE, json!({ "orderBy": [{ "field": "NUMBER" }], "after": forged("[\"number,id\",\"a\\u0000b\",1]") }))
            .await;
        assert!(matches!(answer.code(), None | Some("BAD_REQUEST")), "{}", answer.json);
        let answer = operator.gql(PAGE, json!({ "filter": { "number": { "eq": "a\u{0}b" } } })).await;
        assert!(matches!(answer.code(), None | Some("BAD_REQUEST")), "{}", answer.json);
        let empty = page(&operator, json!({ "filter": { "number": { "eq": "nothing" } } })).await;
        let info =
            json!({ "hasPreviousPage": false, "hasNextPage": false, "startCursor": null, "endCursor": null });
        assert_eq!((&empty["pageInfo"], &empty["totalCount"]), (&info, &json!(0)));
        // The largest page there may be, and the usual one.
        assert_eq!(numbers(&page(&operator, json!({ "first": 200 })).await).len(), 3);
        assert_eq!(numbers(&page(&operator, json!({})).await).len(), 3);
    }

    async fn lists_below_many_parents_are_each_their_own(app: App) {
        let operator = app.operator().await;
        for (at, domain) in ["a.example", "b.example", "c.example"].into_iter().enumerate() {
            let tenant = app.tenant(domain).await.id.to_string();
            for group in 0..=at {
                let input = json!({ "tenantId": tenant, "name": format!("{domain} {group}") });
                operator.mutate("userGroupCreate", input, "userGroup { id }").await.ok();
            }
        }
        let query = "query($after: String) { tenants(orderBy: [{ field: DOMAIN }]) { nodes { domain
            userGroups(first: 2, orderBy: [{ field: NAME, direction: DESC }]) { totalCount nodes { name tenant { domain } } pageInfo { hasNextPage endCursor } }
            more: userGroups(first: 1, after: $after) { nodes { name } }
        } } }";
        let tenants = operator.gql(query, json!({})).await["tenants"]["nodes"].clone();
        for (at, tenant) in tenants.as_array().expect("tenants").iter().enumerate() {
            let groups = &tenant["userGroups"];
            let domain = tenant["domain"].as_str().expect("a domain");
            assert_eq!(groups["totalCount"], json!(at + 1));
            assert_eq!(groups["pageInfo"]["hasNextPage"], json!(at == 2));
            let names: Vec<_> = groups["nodes"]
                .as_array()
                .expect("groups")
                .iter()
                .map(|group| group["name"].clone())
                .collect();
            let expected: Vec<_> =
                (0..=at).rev().take(2).map(|group| json!(format!("{domain} {group}"))).collect();
            assert_eq!(names, expected);
            assert!(
                groups["nodes"]
                    .as_array()
                    .expect("groups")
                    .iter()
                    .all(|group| group["tenant"]["domain"] == domain)
            );
            assert_eq!(tenant["more"]["nodes"], json!([{ "name": format!("{domain} 0") }]));
        }
    }
}
