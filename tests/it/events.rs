//! What is announced: one event for each accepted write, to whom may see it.

use entity::Kind;
use serde_json::{Value, json};

use crate::{
    app::{Actor, App, PASSWORD},
    graph::{Graph, field_name, type_name},
    samples::{create_input, is_written, one_of_each, value},
    socket::Subscription,
};

const CHANGES: &str = "subscription($kinds: [ResourceKind!], $tenant: ID, $since: String) {
  changes(kinds: $kinds, tenantId: $tenant, since: $since) { event cursor kind nodeId version node { id } }
}";

async fn changes(actor: &Actor, variables: Value) -> Subscription {
    actor.subscribe(CHANGES, variables).await
}

/// The word of a kind in the enum of kinds.
fn word(kind: Kind) -> String {
    kind.word().to_uppercase()
}

/// Renames a tenant, so that a stream has something to hear last: silence is proven by what comes after it.
async fn rename(app: &App, domain: &str, name: &str) -> String {
    let id = app.tenant(domain).await.id.to_string();
    let input = json!({ "id": id, "name": name });
    app.operator().await.mutate("tenantUpdate", input, "tenant { id }").await.ok();
    id
}

both! {
    async fn each_write_is_one_event_of_its_resource(app: App) {
        let operator = app.operator().await;
        let graph = Graph::of(&operator).await;
        let ids = one_of_each(&app, &graph, "acme.example", 1).await;
        for kind in Kind::ALL.iter().copied().filter(|kind| is_written(*kind)) {
            let field = field_name(kind);
            let query = format!(
                "subscription {{ {field}Changed {{ event cursor kind nodeId version node {{ id version }} }} }}"
            );
            let mut own = operator.subscribe(&query, json!({})).await;
            let mut all = changes(&operator, json!({ "kinds": [word(kind)] })).await;

            let input = create_input(&graph, kind, &ids, 2);
            let made = operator.mutate(&format!("{field}Create"), input, &format!("{field} {{ id }}")).await;
            let id = made.ok()[&*field]["id"].clone();
            let event = own.next().await;
            assert_eq!(event["node"]["id"], id, "{kind:?}: {event}");
            let told = |event: &Value| {
                (
                    event["event"].clone(),
                    event["kind"].clone(),
                    event["nodeId"].clone(),
                    event["version"].clone(),
                )
            };
            assert_eq!(told(&event), (json!("CREATED"), json!(word(kind)), id.clone(), json!(1)), "{kind:?}");

            let inputs = format!("{}UpdateInput", type_name(kind));
            let name = match kind {
                Kind::ExternalAccount | Kind::SipAccount => "callerIdName",
                Kind::Extension => "label",
                Kind::PhoneNumber => "comment",
                _ => "name",
            };
            assert!(graph.has_field(&inputs, name), "{inputs}.{name}");
            let input = json!({ "id": id, (name): value(&graph, kind, name, &ids, 9) });
            operator
                .mutate(&format!("{field}Update"), input.clone(), &format!("{field} {{ id }}"))
                .await
                .ok();
            // The same again is no write.
            operator.mutate(&format!("{field}Update"), input, &format!("{field} {{ id }}")).await.ok();
            let changed = own.next().await;
            assert_eq!(
                told(&changed),
                (json!("UPDATED"), json!(word(kind)), id.clone(), json!(2)),
                "{kind:?}"
            );
            assert_eq!(changed["node"]["version"], 2);

            operator.mutate(&format!("{field}Delete"), json!({ "id": id }), "deletedId").await.ok();
            let gone = own.next().await;
            assert_eq!(told(&gone), (json!("DELETED"), json!(word(kind)), id.clone(), json!(3)), "{kind:?}");
            assert_eq!(gone["node"], Value::Null);

            // The feed of all kinds tells the same, with the same cursors and nothing in between; a
            // row may be gone by the time that it is told.
            for expected in [event, changed, gone] {
                let heard = all.next().await;
                assert_eq!(told(&heard), told(&expected), "{kind:?}");
                assert_eq!(heard["cursor"], expected["cursor"], "{kind:?}");
            }
        }
    }

    async fn a_write_of_an_old_api_is_heard_of(app: App) {
        let operator = app.operator().await;
        let query = "subscription { phoneNumberChanged { event node { number tenant { domain } } } }";
        let mut stream = operator.subscribe(query, json!({})).await;
        app.telnum("49301234567", None).await.expect(201);
        let expected = json!({ "event": "CREATED", "node": { "number": "49301234567", "tenant": null } });
        assert_eq!(stream.next().await, expected);
        operator.delete("/sys/boss/v1/telnums/49301234567").await.expect(204);
        assert_eq!(stream.next().await, json!({ "event": "DELETED", "node": null }));
        // Nothing more until the next write.
        app.telnum("49301234568", None).await.expect(201);
        let expected = json!({ "event": "CREATED", "node": { "number": "49301234568", "tenant": null } });
        assert_eq!(stream.next().await, expected);
    }

    async fn a_refused_write_announces_nothing(app: App) {
        let operator = app.operator().await;
        app.telnum("49301234567", None).await.expect(201);
        let mut stream = changes(&operator, json!({})).await;
        operator.post("/sys/boss/v1/telnums/49301234567", json!({})).await.expect(409);
        operator.post("/sys/boss/v1/telnums/493012345x", json!({})).await.expect(400);
        let refused = operator
            .mutate("phoneNumberCreate", json!({ "number": "49301234567" }), "phoneNumber { id }")
            .await;
        assert_eq!(refused.code(), Some("TAKEN"));
        assert_eq!(refused.blamed().as_deref(), Some("number"));
        let refused =
            operator.mutate("tenantCreate", json!({ "domain": "no domain" }), "tenant { id }").await;
        assert_eq!(refused.code(), Some("INVALID"));
        let id = rename(&app, "acme.example", "Acme").await;
        assert_eq!(stream.next().await["event"], "CREATED");
        let renamed = stream.next().await;
        assert_eq!((&renamed["event"], &renamed["nodeId"]), (&json!("UPDATED"), &json!(id)));
    }

    async fn making_a_user_with_all_its_parts_is_one_event_of_user(app: App) {
        let operator = app.operator().await;
        app.tenant("acme.example").await;
        let mut stream = changes(&operator, json!({ "kinds": ["USER"] })).await;
        let body =
            json!({ "realName": "Bob", "extension": "201", "SIPPassword": "abc123", "password": "abc123" });
        operator.post("/sys/boss/v1/domains/acme.example/users/bob", body).await.expect(201);
        let event = stream.next().await;
        assert_eq!((&event["event"], &event["version"]), (&json!("CREATED"), &json!(1)));
        app.user("acme.example", "carol").await;
        let next = stream.next().await;
        assert_eq!(next["event"], "CREATED");
        assert_ne!(next["nodeId"], event["nodeId"], "one event of user");
        let mut stream = changes(&operator, json!({ "kinds": ["TENANT"] })).await;
        operator.put("/sys/boss/v1/domains/acme.example", json!({ "maxLines": [3, 4] })).await.expect(204);
        assert_eq!(stream.next().await["event"], "UPDATED");
        let beta = app.tenant("beta.example").await.id.to_string();
        assert_eq!(stream.next().await["nodeId"], json!(beta), "one event of tenant");
    }

    async fn a_row_that_moves_is_heard_of_in_both_tenants(app: App) {
        let operator = app.operator().await;
        let (here, there) = (app.tenant_admin("acme.example").await, app.tenant_admin("beta.example").await);
        let (acme, beta) = (app.tenant("acme.example").await, app.tenant("beta.example").await);
        let input = json!({ "number": "49301234567", "tenantId": acme.id.to_string() });
        let made = operator.mutate("phoneNumberCreate", input, "phoneNumber { id }").await;
        let id = made.ok()["phoneNumber"]["id"].clone();
        let kinds = json!({ "kinds": ["PHONE_NUMBER"] });
        let (mut left, mut came) = (changes(&here, kinds.clone()).await, changes(&there, kinds).await);
        let (mut of_acme, mut of_beta) = (
            changes(&operator, json!({ "kinds": ["PHONE_NUMBER"], "tenant": acme.id.to_string() })).await,
            changes(&operator, json!({ "kinds": ["PHONE_NUMBER"], "tenant": beta.id.to_string() })).await,
        );
        operator
            .mutate(
                "phoneNumberAllocate",
                json!({ "id": id, "tenantId": beta.id.to_string() }),
                "phoneNumber { id }",
            )
            .await
            .ok();
        let (gone, arrived) = (left.next().await, came.next().await);
        assert_eq!((&gone["event"], &gone["nodeId"], &gone["node"]), (&json!("UPDATED"), &id, &Value::Null));
        assert_eq!(
            (&arrived["event"], &arrived["nodeId"], &arrived["node"]["id"]),
            (&json!("UPDATED"), &id, &id)
        );
        assert_eq!(gone["cursor"], arrived["cursor"]);
        for stream in [&mut of_acme, &mut of_beta] {
            assert_eq!(stream.next().await["cursor"], gone["cursor"]);
        }
        // From now on it is none of the first one's business.
        operator
            .mutate("phoneNumberUpdate", json!({ "id": id, "comment": "moved" }), "phoneNumber { id }")
            .await
            .ok();
        assert_eq!(
            came.next().await["version"],
            json!(arrived["version"].as_i64().map(|version| version + 1))
        );
        let input = json!({ "number": "49301234568", "tenantId": acme.id.to_string() });
        let made = operator.mutate("phoneNumberCreate", input, "phoneNumber { id }").await;
        assert_eq!(left.next().await["nodeId"], made.ok()["phoneNumber"]["id"]);
    }

    async fn a_stream_begins_with_what_comes_now(app: App) {
        let operator = app.operator().await;
        let kinds = json!({ "kinds": ["PHONE_NUMBER"] });
        let mut first = changes(&operator, kinds.clone()).await;
        for turn in 0..10 {
            let number = format!("4930000{turn:04}");
            let made =
                operator.mutate("phoneNumberCreate", json!({ "number": number }), "phoneNumber { id }").await;
            let id = made.ok()["phoneNumber"]["id"].clone();
            assert_eq!(first.next().await["nodeId"], id);
            // What one has heard is in the past for the next.
            let mut stream = changes(&operator, kinds.clone()).await;
            operator.mutate("phoneNumberDelete", json!({ "id": id }), "deletedId").await.ok();
            let event = stream.next().await;
            assert_eq!((&event["event"], &event["nodeId"]), (&json!("DELETED"), &id));
            assert_eq!(first.next().await["cursor"], event["cursor"]);
        }
    }

    async fn who_loses_its_rights_loses_its_stream(app: App) {
        let operator = app.operator().await;
        let account = async |login: &str| {
            app.user("acme.example", login).await;
            let tenant = app.tenant("acme.example").await;
            let input = service::people::UserCreateInput::of(login.to_owned());
            app.account(Some(tenant.id), login, input).await.id.to_string()
        };
        let query = "subscription { changes { cursor } }";
        let wrongs = [
            ("blocked", json!({ "status": "BLOCKED" })),
            ("restricted", json!({ "role": "RESTRICTED_USER" })),
            ("reader", json!({ "access": "READ_ONLY" })),
        ];
        for (login, change) in wrongs {
            let id = account(login).await;
            let actor = app.user("acme.example", login).await;
            let mut stream = actor.subscribe(query, json!({})).await;
            let mut input = json!({ "id": id });
            input.as_object_mut().expect("an input").extend(change.as_object().expect("a change").clone());
            operator.mutate("userUpdate", input, "user { id }").await.ok();
            assert_eq!(stream.0.closed().await, 4403, "{login}");
        }
        let admin = app.tenant_admin("acme.example").await;
        let token = admin
            .form(
                "/oauth/token",
                &[("grant_type", "password"), ("username", "admin@acme.example"), ("password", PASSWORD)],
            )
            .await;
        let token = token.expect(200).json();
        let bearer = app.anon().bearing(token["access_token"].as_str().expect("a token"));
        let mut by_token = bearer.subscribe(query, json!({})).await;
        let mut by_password = admin.subscribe(query, json!({})).await;
        let mut other =
            app.stranger().await.subscribe("subscription { changes { nodeId } }", json!({})).await;
        app.anon()
            .form("/oauth/revoke", &[("token", token["refresh_token"].as_str().expect("a token"))])
            .await
            .expect(200);
        assert_eq!(by_token.0.closed().await, 4403, "logged out");
        operator.put("/sys/boss/v1/domains/acme.example/freeze", ()).await.expect(204);
        assert_eq!(by_password.0.closed().await, 4403, "frozen");
        // Others are not concerned.
        let id = rename(&app, "stranger.example", "Stranger").await;
        assert_eq!(other.next().await["nodeId"], json!(id));
    }
}
