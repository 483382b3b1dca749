//! Who may do what: the role table, as it is felt at the door.

use entity::{Kind, value};
use serde_json::{Value, json};
use service::people::UserCreateInput;

use crate::{
    app::{Actor, App},
    graph::{Graph, field_name, type_name},
    samples::{create_input, is_written, one_of_each, value as sample},
};

/// What the server says that the caller may do to each kind.
async fn permissions(actor: &Actor) -> Vec<Value> {
    let query = "{ viewer { permissions { kind canRead canCreate canUpdate canDelete allTenants } } }";
    let answer = actor.gql(query, json!({})).await;
    answer["viewer"]["permissions"].as_array().expect("permissions").clone()
}

/// Somebody of this role in a tenant.
async fn somebody(app: &App, domain: &str, login: &str, role: value::Role) -> Actor {
    let tenant = app.tenant(domain).await;
    let input = UserCreateInput { role: role.into(), ..UserCreateInput::of(login.to_owned()) };
    app.account(Some(tenant.id), login, input).await;
    app.basic(&format!("{login}@{domain}"), crate::app::PASSWORD)
}

both! {
    async fn everybody_may_do_what_the_role_table_says_and_nothing_else(app: App) {
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        let ids = one_of_each(&app, &graph, "acme.example", 1).await;
        let actors = [
            ("an administrator", app.tenant_admin("acme.example").await, value::Role::TenantAdmin),
            ("a user", app.user("acme.example", "eve").await, value::Role::User),
            (
                "a restricted user",
                somebody(&app, "acme.example", "tim", value::Role::RestrictedUser).await,
                value::Role::RestrictedUser,
            ),
        ];
        let mut wrong = Vec::new();
        for (who, actor, role) in actors {
            for told in permissions(&actor).await {
                let kind = Kind::ALL
                    .iter()
                    .copied()
                    .find(|kind| told["kind"] == kind.word().to_uppercase())
                    .expect("a kind");
                let (field, id) = (field_name(kind), &ids[&kind]);
                assert_eq!(told["allTenants"], false, "{who}: {told}");
                for (action, key) in
                    service::Action::ALL.into_iter().zip(["canRead", "canCreate", "canUpdate", "canDelete"])
                {
                    let may = service::reach(role, kind, action).is_some();
                    assert_eq!(told[key], json!(may), "{who} {action:?} {kind:?}");
                }
                let list = graph.list(kind).expect("a list").name().to_owned();
                let mut tries =
                    vec![("canRead", actor.gql(&format!("{{ {list} {{ totalCount }} }}"), json!({})).await)];
                if is_written(kind) {
                    let input = match kind {
                        // It makes one for itself.
                        Kind::ApiKey => json!({ "name": "own" }),
                        _ => create_input(&graph, kind, &ids, 60 + role as usize),
                    };
                    tries.push((
                        "canCreate",
                        actor.mutate(&format!("{field}Create"), input, "userErrors { code }").await,
                    ));
                    let names = ["name", "label", "callerIdName", "comment"];
                    let update = format!("{}UpdateInput", type_name(kind));
                    let name =
                        names.into_iter().find(|name| graph.has_field(&update, name)).expect("a field");
                    let input = json!({ "id": id, (name): sample(&graph, kind, name, &ids, 61) });
                    tries.push((
                        "canUpdate",
                        actor.mutate(&format!("{field}Update"), input, "userErrors { code }").await,
                    ));
                }
                if kind != Kind::Cdr {
                    let stale = json!({ "id": id, "expectedVersion": 999_999 });
                    let delete = actor.mutate(&format!("{field}Delete"), stale, "deletedId").await;
                    tries.push(("canDelete", delete));
                }
                for (key, answer) in tries {
                    let forbidden = answer.code() == Some("FORBIDDEN");
                    if forbidden == (told[key] == true) {
                        wrong.push(format!("{who} {key} {kind:?}: {}", answer.json));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn a_user_sees_its_own_rows_and_no_others(app: App) {
        let operator = app.operator().await;
        let (bob, eve) = (app.user("acme.example", "bob").await, app.user("acme.example", "eve").await);
        let tenant = app.tenant("acme.example").await.id.to_string();
        let id =
            async |actor: &Actor| actor.gql("{ viewer { id } }", json!({})).await["viewer"]["id"].clone();
        let (bobs, eves) = (id(&bob).await, id(&eve).await);
        for (number, user) in [("201", &bobs), ("202", &eves)] {
            let input = json!({ "tenantId": tenant, "number": number, "userId": user });
            operator.mutate("extensionCreate", input, "extension { id }").await.ok();
            let input = json!({ "tenantId": tenant, "username": number, "userId": user });
            operator.mutate("sipAccountCreate", input, "sipAccount { id }").await.ok();
        }
        let query = "{ users { nodes { id } totalCount } extensions { nodes { number } totalCount } sipAccounts { nodes { username } totalCount } phoneNumbers { totalCount } }";
        let seen = bob.gql("{ users { nodes { id } totalCount } extensions { nodes { number } totalCount } sipAccounts { nodes { username } totalCount } }", json!({})).await;
        assert_eq!(seen["users"], json!({ "nodes": [{ "id": bobs }], "totalCount": 1 }));
        assert_eq!(seen["extensions"], json!({ "nodes": [{ "number": "201" }], "totalCount": 1 }));
        assert_eq!(seen["sipAccounts"], json!({ "nodes": [{ "username": "201" }], "totalCount": 1 }));
        // A part that it may not see does not hide the rest.
        let mixed = bob.gql(query, json!({})).await;
        assert_eq!(mixed.code(), Some("FORBIDDEN"));
        // Nor does it see them from the side.
        let around = bob
            .gql(
                "{ tenants { nodes { users { nodes { id } totalCount } extensions { totalCount } } } }",
                json!({}),
            )
            .await;
        let tenant = &around["tenants"]["nodes"][0];
        assert_eq!(
            (&tenant["users"], &tenant["extensions"]["totalCount"]),
            (&json!({ "nodes": [{ "id": bobs }], "totalCount": 1 }), &json!(1))
        );
        let other = bob
            .gql("query($id: ID!) { user(id: $id) { id } node(id: $id) { id } }", json!({ "id": eves }))
            .await;
        assert_eq!((&other["user"], &other["node"]), (&Value::Null, &Value::Null));
        let refused = bob.mutate("userUpdate", json!({ "id": eves, "name": "Eve" }), "user { id }").await;
        assert_eq!(refused.code(), Some("NOT_FOUND"));
        let filtered = bob.gql("query($id: ID!) { users(filter: { or: [{ tenantId: { isNull: true } }, { not: { login: { eq: \"bob\" } } }] }) { totalCount } sessions(filter: { userId: { eq: $id } }) { totalCount } }", json!({ "id": eves })).await;
        assert_eq!(
            (&filtered["users"]["totalCount"], &filtered["sessions"]["totalCount"]),
            (&json!(0), &json!(0))
        );
    }

    async fn an_administrator_makes_rows_in_its_own_tenant_whether_it_says_so_or_not(app: App) {
        let admin = app.tenant_admin("acme.example").await;
        let (acme, beta) = (
            app.tenant("acme.example").await.id.to_string(),
            app.tenant("beta.example").await.id.to_string(),
        );
        let silent = admin
            .mutate("userGroupCreate", json!({ "name": "Sales" }), "userGroup { id tenant { id } }")
            .await;
        assert_eq!(silent.ok()["userGroup"]["tenant"]["id"], json!(acme));
        let said = admin
            .mutate(
                "userGroupCreate",
                json!({ "name": "Support", "tenantId": acme }),
                "userGroup { tenant { id } }",
            )
            .await;
        assert_eq!(said.ok()["userGroup"]["tenant"]["id"], json!(acme));
        let before = app.changes().await;
        for (field, input) in [
            ("userGroupCreate", json!({ "name": "Spies", "tenantId": beta })),
            ("extensionCreate", json!({ "number": "201", "tenantId": beta })),
            ("userCreate", json!({ "login": "spy", "tenantId": beta })),
            ("gatewayCreate", json!({ "name": "Spy", "host": "spy.example", "tenantId": null })),
            ("dialPlanCreate", json!({ "name": "Spy", "tenantId": beta })),
        ] {
            let refused = admin.mutate(field, input.clone(), "userErrors { code }").await;
            assert_eq!(
                (refused.code(), refused.blamed().as_deref()),
                (Some("NOT_FOUND"), Some("tenantId")),
                "{field} of {input}"
            );
        }
        assert_eq!(app.changes().await, before);
        let operator = app
            .operator()
            .await
            .mutate("userGroupCreate", json!({ "name": "Nobody's" }), "userGroup { id }")
            .await;
        assert_eq!((operator.code(), operator.blamed().as_deref()), (Some("REQUIRED"), Some("tenantId")));
    }

    async fn a_row_of_another_tenant_cannot_be_referred_to(app: App) {
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        let theirs = one_of_each(&app, &graph, "beta.example", 2).await;
        let own = one_of_each(&app, &graph, "acme.example", 1).await;
        let admin = app.tenant_admin("acme.example").await;
        let before = app.changes().await;
        let references = [
            (Kind::Tenant, "dialPlanId", Kind::DialPlan),
            (Kind::User, "groupIds", Kind::UserGroup),
            (Kind::Extension, "userId", Kind::User),
            (Kind::Extension, "groupId", Kind::UserGroup),
            (Kind::Extension, "dialPlanId", Kind::DialPlan),
            (Kind::SipAccount, "userId", Kind::User),
            (Kind::SipAccount, "extensionId", Kind::Extension),
            (Kind::PhoneNumber, "extensionId", Kind::Extension),
            (Kind::ExternalAccount, "phoneNumberId", Kind::PhoneNumber),
            (Kind::Route, "gatewayId", Kind::Gateway),
        ];
        for (kind, name, of) in references {
            let value = if name.ends_with("Ids") { json!([theirs[&of]]) } else { json!(theirs[&of]) };
            let input = json!({ "id": own[&kind], (name): value });
            for (who, actor) in [("an operator", &operator), ("an administrator", &admin)] {
                let refused = actor
                    .mutate(&format!("{}Update", field_name(kind)), input.clone(), "userErrors { code }")
                    .await;
                let blamed = refused.blamed().unwrap_or_default();
                assert!(
                    matches!(refused.code(), Some("NOT_FOUND" | "INVALID")) && blamed.starts_with(name),
                    "{kind:?}.{name} by {who}: {}",
                    refused.json
                );
                // Whether there is such a row is not to be seen from the words.
                if who == "an administrator" {
                    let nowhere = json!({ "id": own[&kind], (name): match name.ends_with("Ids") {
                        true => json!([format!("{}_999999", of.word())]),
                        false => json!(format!("{}_999999", of.word())),
                    } });
                    let unknown = actor
                        .mutate(&format!("{}Update", field_name(kind)), nowhere, "userErrors { code }")
                        .await;
                    assert_eq!(unknown.user_errors(), refused.user_errors(), "{kind:?}.{name}");
                }
            }
        }
        assert_eq!(app.changes().await, before);
    }

    async fn what_is_the_operators_alone_is_not_the_administrators(app: App) {
        let admin = app.tenant_admin("acme.example").await;
        let id = app.tenant("acme.example").await.id.to_string();
        for input in [
            json!({ "frozen": true }),
            json!({ "billingType": "BILLABLE" }),
            json!({ "accountsLimit": 1000 }),
            json!({ "maxLinesIncoming": 999 }),
            json!({ "services": ["everything"] }),
            json!({ "enableBilling": true }),
            json!({ "extDigits": 4 }),
            json!({ "capacityLimit": 5 }),
        ] {
            let mut all = json!({ "id": id });
            all.as_object_mut().expect("an input").extend(input.as_object().expect("fields").clone());
            let refused = admin.mutate("tenantUpdate", all, "tenant { id }").await;
            let name = input.as_object().and_then(|fields| fields.keys().next().cloned());
            assert_eq!((refused.code(), refused.blamed()), (Some("FORBIDDEN"), name), "{input}");
        }
        for (field, input) in [
            ("tenantFreeze", json!({ "id": id })),
            ("tenantUnfreeze", json!({ "id": id })),
            ("tenantRecharge", json!({ "id": id, "amount": "5" })),
            ("tenantDelete", json!({ "id": id })),
        ] {
            let refused = admin.mutate(field, input, "userErrors { code }").await;
            assert_eq!(refused.code(), Some("FORBIDDEN"), "{field}: {}", refused.json);
        }
        admin
            .mutate(
                "tenantUpdate",
                json!({ "id": id, "name": "Acme Ltd", "enableNightMode": true }),
                "tenant { id }",
            )
            .await
            .ok();
        let own = json!({ "number": "49301234567", "tenantId": id });
        let made = app.operator().await.mutate("phoneNumberCreate", own, "phoneNumber { id }").await;
        let number = made.ok()["phoneNumber"]["id"].clone();
        for input in
            [json!({ "number": "49301234568" }), json!({ "tenantId": null }), json!({ "isAlias": true })]
        {
            let mut all = json!({ "id": number });
            all.as_object_mut().expect("an input").extend(input.as_object().expect("fields").clone());
            assert_eq!(
                admin.mutate("phoneNumberUpdate", all, "phoneNumber { id }").await.code(),
                Some("FORBIDDEN"),
                "{input}"
            );
        }
        admin
            .mutate("phoneNumberUpdate", json!({ "id": number, "location": "Berlin" }), "phoneNumber { id }")
            .await
            .ok();
    }

    async fn nobody_lifts_itself_up(app: App) {
        let (admin, bob) = (app.tenant_admin("acme.example").await, app.user("acme.example", "bob").await);
        let id =
            async |actor: &Actor| actor.gql("{ viewer { id } }", json!({})).await["viewer"]["id"].clone();
        let (admins, bobs) = (id(&admin).await, id(&bob).await);
        let tries = [
            (&bob, &bobs, json!({ "role": "TENANT_ADMIN" })),
            (&bob, &bobs, json!({ "access": "FULL", "role": "OPERATOR" })),
            (&bob, &bobs, json!({ "scope": "TENANT", "login": "root" })),
            (&bob, &bobs, json!({ "status": "BLOCKED" })),
            (&admin, &admins, json!({ "role": "OPERATOR" })),
            (&admin, &admins, json!({ "role": "USER" })),
            (&admin, &admins, json!({ "status": "BLOCKED" })),
            (&admin, &bobs, json!({ "role": "OPERATOR" })),
        ];
        for (actor, id, change) in tries {
            let mut input = json!({ "id": id });
            input.as_object_mut().expect("an input").extend(change.as_object().expect("fields").clone());
            let refused = actor.mutate("userUpdate", input, "user { id }").await;
            assert_eq!(refused.code(), Some("FORBIDDEN"), "{change}: {}", refused.json);
        }
        let refused =
            admin.mutate("userCreate", json!({ "login": "boss", "role": "OPERATOR" }), "user { id }").await;
        assert!(matches!(refused.code(), Some("FORBIDDEN")), "{}", refused.json);
        assert_eq!(
            admin.mutate("userDelete", json!({ "id": admins }), "deletedId").await.code(),
            Some("FORBIDDEN")
        );
        // What it may change of itself it may.
        bob.mutate(
            "userUpdate",
            json!({ "id": bobs, "name": "Bob Berg", "timeZone": "Europe/Riga" }),
            "user { id }",
        )
        .await
        .ok();
    }
}
