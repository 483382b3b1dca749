//! The form of the schema itself.

use crate::{
    app::App,
    graph::{Graph, written},
};

/// Lists that are no connections, and what bounds them. This list may only shrink.
const BOUNDED: &[(&str, &str)] = &[
    ("*.userErrors", "as many as the input has fields"),
    ("*Connection.edges", "a page"),
    ("*Connection.nodes", "a page"),
    ("UserError.field", "a path"),
    ("Query.nodes", "as many as ids were sent, at most 200"),
    ("Viewer.permissions", "one for each kind"),
    ("Tenant.services", "at most 200 names"),
    ("Tenant.activeCrm", "at most 200 names"),
    ("Tenant.outboundCallerIds", "at most 200"),
    ("Tenant.customHeadersAdded", "at most 200"),
    ("Tenant.customHeadersRelayed", "at most 200"),
    ("OfficeDay.ranges", "at most 24"),
    ("User.aliases", "at most 100 names"),
    ("User.groups", "at most 200 ids"),
    ("PhoneNumber.gateways", "at most 200 ids"),
    ("Gateway.codecs", "there are seven codecs"),
    ("Trunk.codecs", "there are seven codecs"),
    ("DialPlan.rules", "at most 200 rules"),
    ("ApiKey.scopes", "at most 100 scopes"),
    ("ApiKey.networks", "at most 100 networks"),
];

once! {
    async fn everything_is_described(app: App) {
        let graph = Graph::of(&app.operator().await).await;
        let mut silent = Vec::new();
        for of in graph.types() {
            let name = of["name"].as_str().expect("a name");
            let mut ask = |place: String, described: &serde_json::Value| {
                if described.as_str().is_none_or(|text| text.trim().is_empty()) {
                    silent.push(place);
                }
            };
            if name != "ID" {
                ask(name.to_owned(), &of["description"]); // GraphQL's own says nothing
            }
            for field in graph.fields(name) {
                ask(format!("{name}.{}", field.name()), &field.0["description"]);
                for argument in field.arguments() {
                    ask(format!("{name}.{}({})", field.name(), argument.name()), &argument.0["description"]);
                }
            }
            for word in of["enumValues"].as_array().into_iter().flatten() {
                ask(format!("{name}.{}", word["name"]), &word["description"]);
            }
        }
        assert!(silent.is_empty(), "without a sentence: {silent:#?}");
    }

    async fn every_mutation_takes_one_input_and_answers_one_payload(app: App) {
        let graph = Graph::of(&app.operator().await).await;
        for field in graph.fields("Mutation") {
            let name = field.name();
            let arguments: Vec<_> =
                field.arguments().map(|one| (one.name(), written(&one.0["type"]))).collect();
            let [("input", of)] = arguments.as_slice() else { panic!("{name} takes {arguments:?}") };
            assert!(of.ends_with("Input!"), "{name} takes {of}");
            let payload = field.named_type();
            assert!(payload.ends_with("Payload"), "{name} answers {payload}");
            for part in ["userErrors", "query"] {
                assert!(graph.has_field(payload, part), "{payload} has no {part}");
            }
            assert!(
                !name.starts_with("create") && !name.starts_with("update") && !name.starts_with("delete"),
                "{name} begins with a verb"
            );
        }
    }

    async fn no_list_is_unbounded(app: App) {
        let graph = Graph::of(&app.operator().await).await;
        let mut used = vec![false; BOUNDED.len()];
        for of in graph.types().filter(|of| of["kind"] == "OBJECT") {
            let name = of["name"].as_str().expect("a name");
            for field in graph.fields(name).filter(|field| field.is_list()) {
                let fits = |pattern: &str| {
                    let (types, wanted) = pattern.split_once('.').expect("a pattern");
                    let fits = types.strip_prefix('*').map_or(types == name, |end| name.ends_with(end));
                    fits && wanted == field.name()
                };
                let at = BOUNDED.iter().position(|(pattern, _)| fits(pattern));
                let at = at.unwrap_or_else(|| panic!("{name}.{} may be as long as it likes", field.name()));
                used[at] = true;
            }
        }
        let unused: Vec<_> =
            BOUNDED.iter().zip(used).filter(|(_, used)| !used).map(|(entry, _)| entry).collect();
        assert!(unused.is_empty(), "these are no lists any more: {unused:?}");
    }

    async fn every_list_is_a_connection_of_the_same_form(app: App) {
        let graph = Graph::of(&app.operator().await).await;
        let wanted = ["edges", "nodes", "pageInfo", "totalCount"];
        let mut seen = 0;
        for of in
            graph.types().filter(|of| of["name"].as_str().is_some_and(|name| name.ends_with("Connection")))
        {
            let name = of["name"].as_str().expect("a name");
            let fields: Vec<_> = graph.fields(name).map(|field| field.name()).collect();
            assert_eq!(fields, wanted, "{name}");
            seen += 1;
        }
        assert_eq!(seen, entity::Kind::ALL.len());
        for of in graph.types().filter(|of| of["kind"] == "OBJECT") {
            let name = of["name"].as_str().expect("a name");
            for field in graph.fields(name).filter(|field| field.named_type().ends_with("Connection")) {
                let arguments: Vec<_> = field.arguments().map(|one| one.name()).collect();
                assert_eq!(
                    arguments,
                    ["filter", "orderBy", "first", "after", "last", "before"],
                    "{name}.{}",
                    field.name()
                );
            }
        }
    }

    async fn every_subscription_has_the_same_form(app: App) {
        let graph = Graph::of(&app.operator().await).await;
        for field in graph.fields("Subscription") {
            let arguments: Vec<_> = field.arguments().map(|one| one.name()).collect();
            let wanted: &[&str] = if field.name() == "changes" {
                &["tenantId", "kinds", "since"]
            } else {
                &["tenantId", "id", "since"]
            };
            assert_eq!(arguments, wanted, "{}", field.name());
            let fields: Vec<_> = graph.fields(field.named_type()).map(|field| field.name()).collect();
            assert_eq!(fields, ["event", "cursor", "kind", "nodeId", "version", "node"], "{}", field.name());
        }
    }

    async fn no_secret_can_be_read(app: App) {
        let graph = Graph::of(&app.operator().await).await;
        for of in graph.types().filter(|of| of["kind"] == "OBJECT") {
            let name = of["name"].as_str().expect("a name");
            for field in graph.fields(name) {
                assert_ne!(field.named_type(), "Secret", "{name}.{}", field.name());
                let lower = field.name().to_lowercase();
                let sounds = ["password", "token", "secret", "hash", "privatekey"]
                    .iter()
                    .any(|word| lower.contains(word));
                // Told once, when it is made; whether there is one; or about secrets and none itself.
                let told = [
                    "SipAccountResetPasswordPayload.password",
                    "Tenant.passwordPolicy",
                    "Tenant.passwordForceReset",
                    "User.passwordChangedAt",
                ];
                let fine = lower.starts_with("has")
                    || told.contains(&&*format!("{name}.{}", field.name()))
                    || name == "Mutation";
                assert!(!sounds || fine, "{name}.{} sounds like a secret", field.name());
            }
        }
    }
}
