//! Make, read, change and remove, for every kind and every field of it.

use std::collections::BTreeSet;

use entity::Kind;
use serde_json::{Map, Value, json};

use crate::{
    app::{Actor, App},
    graph::{Graph, field_name, type_name},
    samples::{self, Ids, create_input, make, one_of_each},
};

/// Fields that writing a field changes besides it, and why.
const ALONG: &[(Kind, &str, &[&str])] = &[
    // It tells when.
    (Kind::User, "password", &["passwordChangedAt"]),
    // Another scope names another thing.
    (Kind::User, "scopeExtensionId", &["scopeGroup"]),
    // What it shows outside and whether it may call there hang on its number.
    (Kind::ExternalAccount, "phoneNumberId", &["externalCallerId", "allowExternalCalls"]),
];

/// Fields that are tested elsewhere, because writing them changes much on purpose.
const ELSEWHERE: &[(Kind, &str, &str)] = &[
    (Kind::PhoneNumber, "tenantId", "a number that moves begins anew: numbering/phone_number.rs"),
    (Kind::Tenant, "defaultCallerNumber", "it follows its number: numbering/phone_number.rs"),
];

/// Whether a field is tested elsewhere.
fn is_elsewhere(kind: Kind, field: &str) -> bool {
    ELSEWHERE.iter().any(|one| one.0 == kind && one.1 == field)
}

/// What must be sent along with a field for it to be allowed, and why.
fn together(kind: Kind, field: &str, ids: &Ids, others: &Ids, at: usize) -> Map<String, Value> {
    let year = 2030 + at;
    let also = match (kind, field) {
        // A scope and what it names go together.
        (Kind::User, "scope") => json!({ "scope": "GROUP", "scopeGroupId": ids[&Kind::UserGroup] }),
        (Kind::User, "scopeGroupId") => json!({ "scope": "GROUP", "scopeGroupId": others[&Kind::UserGroup] }),
        (Kind::User, "scopeExtensionId") => {
            json!({ "scope": "EXTENSION", "scopeExtensionId": ids[&Kind::Extension] })
        }
        // Nobody belongs to a tenant and is an operator.
        (Kind::User, "role") => json!({ "role": "RESTRICTED_USER" }),
        // A certificate and its key go together.
        (Kind::Tenant, "stirShakenCert" | "stirShakenKey") => {
            json!({ "stirShakenCert": format!("cert {at}"), "stirShakenKey": format!("key {at}") })
        }
        // By length says by which.
        (Kind::Tenant, "contactMatchType") => {
            json!({ "contactMatchType": "MATCH_LENGTH", "contactMatchLength": 5 })
        }
        // By the time of the week says when.
        (Kind::PhoneNumber, "destinationType") => json!({ "destinationType": "IVR" }),
        // Who takes messages takes some.
        (Kind::PhoneNumber, "messageExtensionId") => {
            json!({ "messageExtensionId": ids[&Kind::Extension], "allowMessage": true })
        }
        (Kind::PhoneNumber, "allowMessage") => json!({ "messageExtensionId": null, "allowMessage": false }),
        // One that comes back has no year, one that does not has one.
        (Kind::Holiday, "everyYear") => json!({ "everyYear": true, "yearStart": null, "yearEnd": null }),
        (Kind::Holiday, "yearStart" | "yearEnd") => {
            json!({ "everyYear": false, "yearStart": year, "yearEnd": year })
        }
        _ => json!({}),
    };
    also.as_object().cloned().unwrap_or_default()
}

/// What a row must be for its fields to be taken away one by one.
fn relaxed(kind: Kind) -> Value {
    match kind {
        Kind::Holiday => json!({ "consecutive": false }),
        _ => json!({}),
    }
}

/// The whole row, as the graph shows it.
async fn row(graph: &Graph, actor: &Actor, kind: Kind, id: &str) -> Value {
    let field = field_name(kind);
    let query = format!("query($id: ID!) {{ {field}(id: $id) {{ {} }} }}", graph.selection(&type_name(kind)));
    actor.gql(&query, json!({ "id": id })).await[&*field].clone()
}

/// The field of the view that shows an input field.
fn shown(graph: &Graph, kind: Kind, input: &str) -> Option<String> {
    let of = type_name(kind);
    let capital = format!("has{}{}", input[..1].to_uppercase(), &input[1..]);
    let singular = input.trim_end_matches("Id").to_owned();
    let plural = input.strip_suffix("Ids").map(|stem| format!("{stem}s")).unwrap_or_default();
    [input.to_owned(), capital, singular, plural].into_iter().find(|name| graph.has_field(&of, name))
}

/// Whether a field shows what was written to it.
fn shows(shown: &Value, written: &Value) -> bool {
    match (shown, written) {
        (Value::Object(row), Value::String(id)) => row.get("id") == Some(&json!(id)),
        (Value::Array(rows), Value::Array(written)) if rows.iter().all(|row| row.get("id").is_some()) => {
            rows.iter().map(|row| &row["id"]).eq(written)
        }
        (Value::Bool(there), Value::String(_)) => *there, // a secret, of which only that is told
        (Value::String(shown), Value::String(written)) => {
            shown == written || shown.replace("+00:00", "Z") == *written
        }
        (shown, written) => shown == written,
    }
}

/// What differs between two states of a row, but what differs after every write.
fn difference(before: &Value, after: &Value) -> BTreeSet<String> {
    let fields = before.as_object().expect("a row").keys();
    let differs = fields.filter(|name| before[*name] != after[*name]);
    differs.filter(|name| !matches!(name.as_str(), "updatedAt" | "version")).cloned().collect()
}

fn removable() -> impl DoubleEndedIterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(|kind| *kind != Kind::Cdr)
}

fn writable() -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(|kind| samples::is_written(*kind))
}

both! {
    async fn a_row_is_read_back_as_it_was_made(app: App) {
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        let ids = one_of_each(&app, &graph, "acme.example", 1).await;
        for kind in writable() {
            let field = field_name(kind);
            let input = create_input(&graph, kind, &ids, 2);
            let selection = format!("{field} {{ {} }}", graph.selection(&type_name(kind)));
            let made = operator.mutate(&format!("{field}Create"), input.clone(), &selection).await;
            let made = made.ok()[&*field].clone();
            let read = row(&graph, &operator, kind, made["id"].as_str().expect("an id")).await;
            assert_eq!(made, read, "{kind:?} is not read as it was made");
            assert_eq!(read["version"], 1, "{kind:?}");
            assert_eq!(read["createdAt"], read["updatedAt"], "{kind:?}");
            for (name, written) in input.as_object().expect("an input") {
                if let Some(name) = shown(&graph, kind, name) {
                    assert!(
                        shows(&read[&name], written),
                        "{kind:?}.{name}: {} instead of {written}",
                        read[&name]
                    );
                }
            }
        }
    }

    async fn a_change_of_one_field_leaves_all_others(app: App) {
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        let ids = one_of_each(&app, &graph, "acme.example", 1).await;
        let others = more_of_each(&operator, &graph, &ids).await;
        let mut wrong = Vec::new();
        // The tenant last, because its fields bound those of the others.
        for kind in writable().filter(|kind| *kind != Kind::Tenant).chain([Kind::Tenant]) {
            let (field, id) = (field_name(kind), ids[&kind].clone());
            let update = format!("{field}Update");
            let inputs = format!("{}UpdateInput", type_name(kind));
            let names: Vec<_> = graph.fields(&inputs).map(|field| field.name().to_owned()).collect();
            let names = names.iter().filter(|name| {
                !matches!(name.as_str(), "id" | "expectedVersion") && !is_elsewhere(kind, name)
            });
            for (at, name) in names.enumerate() {
                let before = row(&graph, &operator, kind, &id).await;
                let changes = app.changes().await;
                let also = together(kind, name, &ids, &others, at);
                let written = match (also.get(name), before[name].as_bool()) {
                    (Some(value), _) => value.clone(),
                    (None, Some(value)) => json!(!value),
                    (None, None) => different(&graph, kind, name, [&ids, &others], at, &before),
                };
                let mut input = json!({ "id": id, (name): written });
                input.as_object_mut().expect("an input").extend(also.clone());
                let answer = operator.mutate(&update, input.clone(), &format!("{field} {{ version }}")).await;
                if answer.code().is_some() {
                    wrong.push(format!("{kind:?}.{name}: {input} was refused: {}", answer.json));
                    continue;
                }
                let after = row(&graph, &operator, kind, &id).await;
                let mut changed = difference(&before, &after);
                let place = shown(&graph, kind, name);
                if let Some(place) = &place
                    && !shows(&after[place], &written)
                {
                    wrong.push(format!("{kind:?}.{name}: shows {} instead of {written}", after[place]));
                }
                let along =
                    ALONG.iter().filter(|along| along.0 == kind && along.1 == name).flat_map(|along| along.2);
                for name in along
                    .map(|name| (*name).to_owned())
                    .chain(also.keys().filter_map(|name| shown(&graph, kind, name)))
                    .chain(place)
                {
                    changed.remove(&name);
                }
                if !changed.is_empty() {
                    wrong.push(format!("{kind:?}.{name}: also changed {changed:?}"));
                }
                if after["version"].as_i64() != before["version"].as_i64().map(|version| version + 1) {
                    wrong.push(format!(
                        "{kind:?}.{name}: version {} after {}",
                        after["version"], before["version"]
                    ));
                }
                if app.changes().await == changes {
                    wrong.push(format!("{kind:?}.{name}: nothing was announced"));
                }

                // The same again is no write.
                let changes = app.changes().await;
                // A password's hash has another salt.
                if (kind, name.as_str()) != (Kind::User, "password") {
                    operator.mutate(&update, input, &format!("{field} {{ version }}")).await.ok();
                    let again = row(&graph, &operator, kind, &id).await;
                    if again != after || app.changes().await != changes {
                        wrong.push(format!("{kind:?}.{name}: written a second time"));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn what_may_be_null_can_be_taken_away_again(app: App) {
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        let ids = one_of_each(&app, &graph, "acme.example", 1).await;
        let mut wrong = Vec::new();
        for kind in writable() {
            let (field, id) = (field_name(kind), ids[&kind].clone());
            let of = type_name(kind);
            let mut input = relaxed(kind);
            input["id"] = json!(id);
            operator.mutate(&format!("{field}Update"), input, &format!("{field} {{ id }}")).await.ok();
            for input in graph.fields(&format!("{of}UpdateInput")) {
                let name = input.name();
                let Some(place) = shown(&graph, kind, name) else { continue };
                let nullable = graph.fields(&of).any(|field| field.name() == place && field.is_nullable());
                let needed = graph
                    .fields(&format!("{of}CreateInput"))
                    .any(|field| field.name() == name && field.is_required());
                let nullable = nullable && !needed;
                // What is listed or told by yes and no cannot be null.
                if !nullable
                    || is_elsewhere(kind, name)
                    || matches!(name, "id" | "expectedVersion")
                    || !together(kind, name, &ids, &ids, 0).is_empty()
                {
                    continue;
                }
                let set = json!({ "id": id, (name): samples::value(&graph, kind, name, &ids, 3) });
                operator.mutate(&format!("{field}Update"), set, "userErrors { code }").await.ok();
                let clear = json!({ "id": id, (name): null });
                let answer = operator
                    .mutate(&format!("{field}Update"), clear, &format!("{field} {{ version }}"))
                    .await;
                let after = row(&graph, &operator, kind, &id).await;
                if answer.code().is_some() || !after[&place].is_null() {
                    wrong.push(format!("{kind:?}.{name}: {} after {}", after[&place], answer.json));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn what_the_schema_asks_for_is_all_that_may_be_asked_for(app: App) {
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        let ids = one_of_each(&app, &graph, "acme.example", 1).await;
        for kind in writable() {
            let of = format!("{}CreateInput", type_name(kind));
            let required = graph.fields(&of).filter(|field| field.is_required());
            let input = required
                .map(|one| (one.name().to_owned(), samples::value(&graph, kind, one.name(), &ids, 2)));
            let input = Value::Object(input.collect());
            let field = field_name(kind);
            let made =
                operator.mutate(&format!("{field}Create"), input.clone(), &format!("{field} {{ id }}")).await;
            // More may be needed, but then it is said and no fault of ours.
            assert!(made.errors().is_empty(), "{kind:?} of {input}: {}", made.json);
            assert!(
                matches!(made.code(), None | Some("REQUIRED" | "INVALID")),
                "{kind:?} of {input}: {}",
                made.json
            );
        }
    }

    async fn a_stale_version_writes_nothing(app: App) {
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        let ids = one_of_each(&app, &graph, "acme.example", 1).await;
        for kind in removable() {
            let (field, id) = (field_name(kind), &ids[&kind]);
            let before = row(&graph, &operator, kind, id).await;
            let changes = app.changes().await;
            let version = before["version"].as_i64().expect("a version") + 1;
            if samples::is_written(kind) {
                let inputs = format!("{}UpdateInput", type_name(kind));
                let name =
                    graph.fields(&inputs).map(|field| field.name().to_owned()).nth(2).expect("a field");
                let input = json!({ "id": id, "expectedVersion": version, (name.clone()): samples::value(&graph, kind, &name, &ids, 7) });
                let answer =
                    operator.mutate(&format!("{field}Update"), input, &format!("{field} {{ id }}")).await;
                assert_eq!(
                    (answer.code(), answer.blamed().as_deref()),
                    (Some("CONFLICT"), Some("expectedVersion")),
                    "{kind:?}"
                );
            }
            let input = json!({ "id": id, "expectedVersion": version });
            let answer = operator.mutate(&format!("{field}Delete"), input, "deletedId").await;
            assert_eq!(
                (answer.code(), answer.blamed().as_deref()),
                (Some("CONFLICT"), Some("expectedVersion")),
                "{kind:?}"
            );
            assert_eq!(row(&graph, &operator, kind, id).await, before);
            assert_eq!(app.changes().await, changes, "{kind:?}");
        }
    }

    async fn a_row_is_removed_once(app: App) {
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        let ids = one_of_each(&app, &graph, "acme.example", 1).await;
        // What others refer to goes last.
        for kind in removable().rev().filter(|kind| *kind != Kind::Tenant).chain([Kind::Tenant])
        {
            let (field, id) = (field_name(kind), ids[&kind].clone());
            let version = row(&graph, &operator, kind, &id).await["version"].clone();
            if version.is_null() {
                continue; // it went along with another one
            }
            let input = json!({ "id": id, "expectedVersion": version });
            let gone = operator.mutate(&format!("{field}Delete"), input.clone(), "deletedId").await;
            assert_eq!(gone.ok()["deletedId"], json!(id));
            assert_eq!(row(&graph, &operator, kind, &id).await, Value::Null, "{kind:?} is still there");
            let changes = app.changes().await;
            let again = operator.mutate(&format!("{field}Delete"), input, "deletedId").await;
            assert_eq!(again.code(), Some("NOT_FOUND"), "{kind:?}: {}", again.json);
            assert_eq!(app.changes().await, changes, "{kind:?}");
        }
    }

    async fn a_number_is_never_given_to_a_second_row(app: App) {
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        let ids = one_of_each(&app, &graph, "acme.example", 1).await;
        for kind in writable() {
            let first = make(&operator, kind, create_input(&graph, kind, &ids, 2)).await;
            let gone = operator
                .mutate(&format!("{}Delete", field_name(kind)), json!({ "id": first }), "deletedId")
                .await;
            gone.ok();
            let second = make(&operator, kind, create_input(&graph, kind, &ids, 2)).await;
            assert_ne!(first, second, "{kind:?}");
        }
    }
}

/// A second row of each kind in the same tenant.
async fn more_of_each(operator: &Actor, graph: &Graph, ids: &Ids) -> Ids {
    let mut others = ids.clone();
    for kind in writable().filter(|kind| *kind != Kind::Tenant) {
        others.insert(kind, make(operator, kind, create_input(graph, kind, ids, 50)).await);
    }
    others
}

/// A value for a field that it does not have yet.
fn different(graph: &Graph, kind: Kind, name: &str, ids: [&Ids; 2], at: usize, before: &Value) -> Value {
    let place = shown(graph, kind, name);
    let numbers = at + 2..at + 5;
    let values = numbers.flat_map(|number| ids.map(|ids| samples::value(graph, kind, name, ids, number)));
    let values: Vec<_> = values.collect();
    let same = |value: &Value| place.as_ref().is_some_and(|place| shows(&before[place], value));
    // What is true or false in the view is a secret of which only that is told.
    let secret = place.as_ref().is_some_and(|place| before[place].is_boolean());
    values.iter().find(|value| secret || !same(value)).unwrap_or(&values[0]).clone()
}
