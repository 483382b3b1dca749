//! What is too much of GraphQL is refused before it runs, each bound with its own words.

use serde_json::{Value, json};

use crate::app::{App, Setup};

/// The query with which tools ask for the whole schema, by the reference implementation.
const INTROSPECTION: &str = "
    query IntrospectionQuery { __schema {
        description queryType { name kind } mutationType { name kind } subscriptionType { name kind }
        types { ...FullType }
        directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } }
    } }
    fragment FullType on __Type {
        kind name description specifiedByURL isOneOf
        fields(includeDeprecated: true) {
            name description args(includeDeprecated: true) { ...InputValue }
            type { ...TypeRef } isDeprecated deprecationReason
        }
        inputFields(includeDeprecated: true) { ...InputValue }
        interfaces { ...TypeRef }
        enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
        possibleTypes { ...TypeRef }
    }
    fragment InputValue on __InputValue {
        name description type { ...TypeRef } defaultValue isDeprecated deprecationReason
    }
    fragment TypeRef on __Type {
        kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType {
            kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name }
        } } } } } } } }
    }";

once! {
    async fn what_is_too_much_is_refused_before_it_runs(app: App) {
        let operator = app.operator().await;
        let before = app.changes().await;
        let mut deep = "id".to_owned();
        for _ in 0..15 {
            deep = format!("tenant {{ {deep} }}");
        }
        let aliases: String = (0..51).map(|at| format!("a{at}: login ")).collect();
        let roots: String = (0..51).map(|at| format!("r{at}: __typename ")).collect();
        let directives = "@include(if: true) ".repeat(101);
        let tokens = "__typename ".repeat(10_000);
        let fragments: String = (0..201).map(|at| format!("fragment F{at} on Viewer {{ login }} ")).collect();
        let bomb: String = (0..20).map(|at| format!("fragment F{at} on Viewer {{ ...F{0} ...F{0} }} ", at + 1)).collect();
        let nested = "... on Viewer { ".repeat(40) + "login" + &"}".repeat(40);
        for (document, word) in [
            (format!("{{ users {{ {deep} }} }}"), "nest 15 deep"),
            (format!("{{ viewer {{ {aliases} }} v: viewer {{ {aliases} }} }}"), "100 aliases"),
            (format!("{{ viewer {{ ...F }} v: viewer {{ ...F }} }} fragment F on Viewer {{ {aliases} }}"), "100 aliases"),
            (format!("{{ {roots} }}"), "50 root fields"),
            (format!("{{ ...F }} fragment F on Query {{ {roots} }}"), "50 root fields"),
            (format!("{{ __typename {directives} }}"), "100 directives"),
            (format!("query {directives} {{ __typename }}"), "100 directives"),
            (format!("{{ {tokens} }}"), "10000 tokens"),
            (format!("{{ viewer {{ login }} }} {fragments}"), "200 fragments"),
            (format!("{{ viewer {{ ...F0 }} }} {bomb} fragment F20 on Viewer {{ login }}"), "10000 fields"),
            (format!("{{ viewer {{ {nested} }} }}"), "fields and fragments may nest"),
            (format!("{{ a(b: {}1{}) }}", "[".repeat(200), "]".repeat(200)), "brackets"),
            ("{ tenants(first: 200) { nodes { users(first: 200) { nodes { extensions(first: 200) { nodes { id } } } } } } }".to_owned(), "fewer rows"),
        ] {
            let short: String = document.chars().take(60).collect();
            for _ in 0..2 {
                let answer = operator.gql(&document, json!({})).await;
                assert_eq!(answer.code(), Some("LIMIT_EXCEEDED"), "{short}: {}", answer.json);
                let message = answer.json["errors"][0]["message"].as_str().unwrap_or_default();
                assert!(message.contains(word), "{short}: {message}");
                assert!(answer.json.get("data").is_none(), "{short}: {}", answer.json);
            }
        }
        let circle = "{ viewer { ...A } } fragment A on Viewer { login ...A }";
        assert_eq!(operator.gql(circle, json!({})).await.code(), Some("BAD_REQUEST"));
        let two = "subscription { ...F } fragment F on Subscription { a: changes { event } b: changes { event } }";
        assert_eq!(operator.gql(two, json!({})).await.code(), Some("BAD_REQUEST"));
        assert_eq!(app.changes().await, before, "something ran");
    }

    async fn what_is_just_enough_runs(app: App) {
        let operator = app.operator().await;
        let aliases: String = (0..100).map(|at| format!("a{at}: login ")).collect();
        let roots: String = (0..50).map(|at| format!("r{at}: __typename ")).collect();
        for document in [
            INTROSPECTION.to_owned(),
            format!("{{ viewer {{ {aliases} }} }}"),
            format!("{{ {roots} }}"),
        ] {
            let answer = operator.gql(&document, json!({})).await;
            assert!(answer.json.get("errors").is_none(), "{}", answer.json["errors"]);
        }
        let types = operator.gql(INTROSPECTION, json!({})).await;
        assert!(types["__schema"]["types"].as_array().is_some_and(|types| types.len() > 100));
    }

    async fn every_bound_is_configured(setup: Setup) {
        let mut setup = setup;
        let limits = &mut setup.config.limits;
        (limits.tokens, limits.depth, limits.aliases, limits.root_fields) = (30, 3, 1, 2);
        (limits.directives, limits.complexity) = (1, 20);
        let app = setup.start().await;
        let operator = app.operator().await;
        let rows = "query($n: Int) { tenants(first: $n) { totalCount } a: tenants(first: $n) { pageInfo { startCursor } } }";
        for (document, word) in [
            ("{ users { nodes { tenant { id } } } }", "3 deep"),
            ("{ a: __typename b: __typename }", "1 aliases"),
            ("{ __typename viewer { login } v: viewer { login } }", "2 root fields"),
            ("{ __typename @skip(if: true) viewer @skip(if: true) { login } }", "1 directives"),
            (rows, "30 tokens"),
            ("{ tenants(first: 21) { nodes { id } } }", "20: ask"),
        ] {
            let answer = operator.gql(document, json!({})).await;
            assert_eq!(answer.code(), Some("LIMIT_EXCEEDED"), "{document}: {}", answer.json);
            let message = answer.json["errors"][0]["message"].as_str().unwrap_or_default();
            assert!(message.contains(word), "{document}: {message}");
        }
        assert_eq!(operator.gql("{ viewer { login } }", Value::Null).await["viewer"]["login"], "root");
    }

    async fn the_variables_decide_what_a_known_document_costs(app: App) {
        let operator = app.operator().await;
        let query = "query($n: Int = 1) { tenants(first: $n) { nodes { users(first: $n) { nodes { extensions(first: $n) { nodes { id } } } } } } }";
        for (variables, code) in [
            (json!({}), None),
            (json!({ "n": 200 }), Some("LIMIT_EXCEEDED")),
            (json!({ "n": 2 }), None),
            (json!({ "n": 200 }), Some("LIMIT_EXCEEDED")),
        ] {
            assert_eq!(operator.gql(query, variables.clone()).await.code(), code, "{variables}");
        }
    }

    /// A list of ids is as long as it is.
    async fn ids_have_a_bound(app: App) {
        let ids: Vec<_> = (1..=201).map(|at| format!("tenant_{at}")).collect();
        let query = "query($i: [ID!]!) { nodes(ids: $i) { id } }";
        let answer = app.operator().await.gql(query, json!({ "i": ids })).await;
        assert_eq!(answer.code(), Some("LIMIT_EXCEEDED"), "{}", answer.json);
    }
}
