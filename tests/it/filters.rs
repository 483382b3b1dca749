//! Filters: which rows of a list.

use serde_json::{Value, json};

use crate::{
    app::{Actor, App},
    paging::{PAGE, number, numbers, page},
};

/// The filter's numbers in order.
async fn found(actor: &Actor, filter: Value) -> Vec<String> {
    let page =
        page(actor, json!({ "filter": filter, "orderBy": [{ "field": "NUMBER" }], "first": 200 })).await;
    let numbers = numbers(&page);
    assert_eq!(page["totalCount"], json!(numbers.len()));
    numbers
}

both! {
    async fn filters_narrow_a_list(app: App) {
        let operator = app.operator().await;
        let tenant = app.tenant("acme.example").await.id.to_string();
        let places = ["Berlin", "100% Bern", "a_b", "a\\b", "axb", "berlin", "", "Bär"];
        for (at, place) in places.into_iter().enumerate() {
            number(&app, format!("49{at}"), place).await;
        }
        let input = json!({ "number": "4999", "tenantId": tenant, "disabled": true });
        operator.mutate("phoneNumberCreate", input, "phoneNumber { id }").await.ok();
        let number = |filter: Value| json!({ "number": filter });
        assert_eq!(found(&operator, json!({})).await.len(), 9);
        assert_eq!(found(&operator, number(json!({ "eq": "492" }))).await, ["492"]);
        assert_eq!(found(&operator, number(json!({ "in": ["492", "494", "no"] }))).await, ["492", "494"]);
        assert_eq!(found(&operator, number(json!({ "in": [] }))).await, Vec::<String>::new());
        assert_eq!(found(&operator, number(json!({ "contains": "99" }))).await, ["4999"]);
        assert_eq!(found(&operator, number(json!({ "startsWith": "499" }))).await, ["4999"]);
        assert_eq!(found(&operator, number(json!({ "startsWith": "" }))).await.len(), 9);
        assert_eq!(found(&operator, number(json!({ "startsWith": "49", "contains": "3" }))).await, ["493"]);
        assert_eq!(found(&operator, json!({ "tenantId": { "eq": tenant } })).await, ["4999"]);
        assert_eq!(found(&operator, json!({ "tenantId": { "isNull": true } })).await.len(), 8);
        assert_eq!(found(&operator, json!({ "disabled": { "eq": true } })).await, ["4999"]);
        let either = json!({ "or": [number(json!({ "eq": "491" })), { "disabled": { "eq": true } }] });
        assert_eq!(found(&operator, either.clone()).await, ["491", "4999"]);
        assert_eq!(
            found(&operator, json!({ "and": [either.clone(), number(json!({ "eq": "491" }))] })).await,
            ["491"]
        );
        assert_eq!(found(&operator, json!({ "not": either })).await.len(), 7);
        assert_eq!(found(&operator, json!({ "or": [] })).await.len(), 0, "one of none");
        assert_eq!(found(&operator, json!({ "and": [] })).await.len(), 9, "all of none");
        assert_eq!(found(&operator, json!({ "createdAt": { "gt": "2100-01-01T00:00:00Z" } })).await.len(), 0);
        assert_eq!(
            found(&operator, json!({ "createdAt": { "lte": "2100-01-01T00:00:00+02:00" } })).await.len(),
            9
        );
        for wrong in [
            json!({ "number": "492" }),
            json!({ "nothing": {} }),
            json!({ "number": { "like": "%" } }),
            json!({ "tenantId": { "eq": "user_1" } }),
        ] {
            assert_eq!(
                operator.gql(PAGE, json!({ "filter": wrong })).await.code(),
                Some("BAD_REQUEST"),
                "{wrong}"
            );
        }
    }

    async fn not_is_all_the_rest_also_where_there_is_nothing(app: App) {
        let operator = app.operator().await;
        let tenant = app.tenant("acme.example").await.id.to_string();
        for (login, mobile) in [("ann", json!("37120000001")), ("bob", json!("37120000002")), ("cid", Value::Null)] {
            let input = json!({ "tenantId": tenant, "login": login, "mobile": mobile });
            operator.mutate("userCreate", input, "user { id }").await.ok();
        }
        let query = "query($f: UserFilter) { users(filter: $f, orderBy: [{ field: LOGIN }]) { nodes { login } } }";
        let named = async |not: Value| {
            let filter = json!({ "tenantId": { "eq": tenant }, "not": not });
            let page = operator.gql(query, json!({ "f": filter })).await["users"]["nodes"].clone();
            let names: Vec<_> = page.as_array().expect("nodes").iter().map(|node| node["login"].clone()).collect();
            json!(names)
        };
        assert_eq!(named(json!({ "mobile": { "eq": "37120000001" } })).await, json!(["bob", "cid"]));
        let both = json!({ "mobile": { "eq": "37120000001" }, "login": { "eq": "ann" } });
        assert_eq!(named(both).await, json!(["bob", "cid"]));
        assert_eq!(named(json!({ "not": { "mobile": { "eq": "37120000001" } } })).await, json!(["ann"]));
        assert_eq!(named(json!({})).await, json!([]), "nothing is left of all");
    }

    async fn a_filter_has_a_bound(app: App) {
        let operator = app.operator().await;
        let mut filter = json!({ "location": { "eq": "" } });
        let of = |filter: &Value| json!({ "filter": { "tenantId": { "isNull": true }, "and": [filter] } });
        for _ in 0..30 {
            let mut all = vec![filter.clone()];
            all.extend((0..49).map(|_| json!({ "tenantId": { "isNull": true } })));
            filter = json!({ "and": all });
        }
        assert_eq!(operator.gql(PAGE, of(&filter)).await.code(), Some("BAD_REQUEST"));
        let wide: Vec<_> = (0..50).map(|_| json!({ "not": { "tenantId": { "isNull": true } } })).collect();
        let wide = json!({ "or": [{ "or": wide }, { "and": wide }] });
        assert_eq!(operator.gql(PAGE, of(&wide)).await.code(), None);
    }

    async fn signs_of_the_database_are_only_signs(app: App) {
        let operator = app.operator().await;
        let tenant = app.tenant("acme.example").await.id.to_string();
        let names = ["100%", "a_b", "axb", "a\\b", "a'b", "a\"b", "Bär", "bär", "B%r", "\u{1F600}x"];
        for name in names {
            let input = json!({ "tenantId": tenant, "name": name });
            operator.mutate("userGroupCreate", input, "userGroup { id }").await.ok();
        }
        let query = "query($f: StringFilter) { userGroups(filter: { name: $f }, orderBy: [{ field: NAME }]) { nodes { name } totalCount } }";
        let named = async |filter: Value| {
            let page = operator.gql(query, json!({ "f": filter })).await["userGroups"].clone();
            let names = page["nodes"]
                .as_array()
                .expect("nodes")
                .iter()
                .map(|node| node["name"].as_str().expect("a name").to_owned());
            let names: Vec<_> = names.collect();
            assert_eq!(page["totalCount"], json!(names.len()));
            names
        };
        for (asked, expected) in [
            ("%", vec!["100%", "B%r"]),
            ("_", vec!["a_b"]),
            ("\\", vec!["a\\b"]),
            ("'", vec!["a'b"]),
            ("\"", vec!["a\"b"]),
            ("ä", vec!["Bär", "bär"]),
            ("B", vec!["B%r", "Bär"]),
            ("\u{1F600}", vec!["\u{1F600}x"]),
        ] {
            assert_eq!(named(json!({ "contains": asked })).await, expected, "contains {asked}");
        }
        for (asked, expected) in [
            ("a_", vec!["a_b"]),
            ("B%", vec!["B%r"]),
            ("B", vec!["B%r", "Bär"]),
            ("a\\", vec!["a\\b"]),
            ("\u{1F600}", vec!["\u{1F600}x"]),
        ] {
            assert_eq!(named(json!({ "startsWith": asked })).await, expected, "startsWith {asked}");
        }
        for name in names {
            assert_eq!(named(json!({ "eq": name })).await, [name]);
        }
    }
}
