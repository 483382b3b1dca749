use serde_json::{Value, json};

use crate::app::{Actor, App};

const SHOWN: &str =
    "phoneNumber { id number mainPhone location disabled comment gateways { name } tenant { domain } }";

async fn write(actor: &Actor, field: &str, input: Value) -> Value {
    actor.mutate(field, input, SHOWN).await.ok()["phoneNumber"].clone()
}

async fn read(actor: &Actor, number: &str) -> Value {
    let query = "query($n: String!) { phoneNumber(number: $n) { mainPhone tenant { domain } version } }";
    actor.gql(query, json!({ "n": number })).await["phoneNumber"].clone()
}

both! {
    async fn one_number_of_a_tenant_is_its_main_one(app: App) {
        let operator = app.operator().await;
        let tenant = app.tenant("acme.example").await.id.to_string();
        let make = async |number: &str| {
            write(&operator, "phoneNumberCreate", json!({ "number": number, "tenantId": tenant })).await
        };
        let (first, second) = (make("4930001").await, make("4930002").await);
        assert_eq!((&first["mainPhone"], &second["mainPhone"]), (&json!(true), &json!(false)));
        let claimed =
            write(&operator, "phoneNumberUpdate", json!({ "id": second["id"], "mainPhone": true })).await;
        assert_eq!(claimed["mainPhone"], true);
        assert_eq!(read(&operator, "4930001").await["mainPhone"], false);
        let free = write(&operator, "phoneNumberCreate", json!({ "number": "4930003" })).await;
        assert_eq!((&free["mainPhone"], &free["tenant"]), (&json!(false), &Value::Null));
        let refused =
            operator.mutate("phoneNumberUpdate", json!({ "id": free["id"], "mainPhone": true }), SHOWN).await;
        assert_eq!((refused.code(), refused.blamed().as_deref()), (Some("INVALID"), Some("mainPhone")));
    }

    async fn a_number_that_moves_begins_anew(app: App) {
        let operator = app.operator().await;
        let (acme, beta) = (
            app.tenant("acme.example").await.id.to_string(),
            app.tenant("beta.example").await.id.to_string(),
        );
        let own = json!({ "name": "Own", "host": "own.example", "tenantId": acme });
        let own = operator.mutate("gatewayCreate", own, "gateway { id }").await.ok()["gateway"]["id"].clone();
        let shared = app.gateway().await.id.to_string();
        let input = json!({
            "number": "4930001", "tenantId": acme, "location": "Berlin", "comment": "old", "disabled": true, "gatewayIds": [own, shared],
        });
        let made = write(&operator, "phoneNumberCreate", input).await;
        assert_eq!(made["gateways"], json!([{ "name": "Own" }, { "name": "Carrier" }]));
        let input = json!({ "tenantId": acme, "accountId": "sim-1", "phoneNumberId": made["id"] });
        operator.mutate("externalAccountCreate", input, "externalAccount { id }").await.ok();
        operator
            .mutate("tenantUpdate", json!({ "id": acme, "defaultCallerNumber": "4930001" }), "tenant { id }")
            .await
            .ok();

        let moved =
            write(&operator, "phoneNumberAllocate", json!({ "id": made["id"], "tenantId": beta })).await;
        let expected = json!({
            "id": made["id"], "number": "4930001", "mainPhone": true, "location": "", "disabled": false, "comment": null,
            "gateways": [{ "name": "Carrier" }], "tenant": { "domain": "beta.example" },
        });
        assert_eq!(moved, expected, "nothing of the old tenant is left");
        let left = operator.gql("{ externalAccounts { nodes { externalCallerId allowExternalCalls } } tenant(domain: \"acme.example\") { defaultCallerNumber } }", json!({})).await;
        assert_eq!(
            left["externalAccounts"]["nodes"],
            json!([{ "externalCallerId": null, "allowExternalCalls": false }])
        );
        assert_eq!(left["tenant"]["defaultCallerNumber"], Value::Null);
        let free = write(&operator, "phoneNumberDeallocate", json!({ "id": made["id"] })).await;
        assert_eq!((&free["tenant"], &free["mainPhone"]), (&Value::Null, &json!(false)));
        // To where it is already is no change.
        let changes = app.changes().await;
        write(&operator, "phoneNumberDeallocate", json!({ "id": made["id"] })).await;
        assert_eq!(app.changes().await, changes);
    }

    async fn the_number_a_tenant_shows_follows_it(app: App) {
        let operator = app.operator().await;
        let acme = app.tenant("acme.example").await.id.to_string();
        let shows = async |number: Value| {
            let set = operator
                .mutate("tenantUpdate", json!({ "id": acme, "defaultCallerNumber": number }), "tenant { id }")
                .await;
            (set.code().map(str::to_owned), set.blamed())
        };
        let refused = (Some("INVALID".to_owned()), Some("defaultCallerNumber".to_owned()));
        assert_eq!(shows(json!("4930001")).await, refused);
        let made =
            write(&operator, "phoneNumberCreate", json!({ "number": "4930001", "tenantId": acme })).await;
        write(&operator, "phoneNumberCreate", json!({ "number": "4930009" })).await;
        assert_eq!(shows(json!("4930009")).await, refused, "a number of the pool");
        assert_eq!(shows(json!("4930001")).await, (None, None));
        write(&operator, "phoneNumberUpdate", json!({ "id": made["id"], "number": "4930002" })).await;
        let query = "{ tenant(domain: \"acme.example\") { defaultCallerNumber } }";
        assert_eq!(operator.gql(query, json!({})).await["tenant"]["defaultCallerNumber"], "4930002");
        operator.mutate("phoneNumberDelete", json!({ "id": made["id"] }), "deletedId").await.ok();
        assert_eq!(operator.gql(query, json!({})).await["tenant"]["defaultCallerNumber"], Value::Null);
    }

    async fn what_is_no_number_is_refused(app: App) {
        let operator = app.operator().await;
        let refused = async |input: Value| {
            let refused = operator.mutate("phoneNumberCreate", input, SHOWN).await;
            (refused.code().unwrap_or("none").to_owned(), refused.blamed().unwrap_or_default())
        };
        let of = |code: &str, field: &str| (code.to_owned(), field.to_owned());
        for wrong in ["+4930001", "49 30", "abc", &"1".repeat(21)] {
            assert_eq!(refused(json!({ "number": wrong })).await, of("INVALID", "number"), "{wrong}");
        }
        assert_eq!(refused(json!({ "number": "" })).await, of("REQUIRED", "number"));
        assert_eq!(
            refused(json!({ "number": "4930001", "tenantId": "tenant_99" })).await,
            of("NOT_FOUND", "tenantId")
        );
        assert_eq!(
            refused(json!({ "number": "4930001", "gatewayIds": ["gateway_99"] })).await,
            of("NOT_FOUND", "gatewayIds.0")
        );
        assert_eq!(
            refused(json!({ "number": "4930001", "destinationType": "SCHEDULER" })).await,
            of("REQUIRED", "scheduler")
        );
        assert_eq!(
            refused(json!({ "number": "4930001", "location": "x".repeat(256) })).await,
            of("TOO_LONG", "location")
        );
        let branch = |kind: &str| json!({ "type": kind });
        let times = |from: i32, to: i32| json!({ "monday": { "from": from, "to": to } });
        for (work, schedule, field) in [
            ("HANGUP", times(0, 1), "scheduler.work.type"),
            ("IVR", times(5, 5), "scheduler.schedule.monday.to"),
            ("IVR", times(0, 90_000), "scheduler.schedule.monday.to"),
        ] {
            let scheduler = json!({ "work": branch(work), "rest": branch("HANGUP"), "schedule": schedule });
            let (_, blamed) = refused(json!({ "number": "4930001", "scheduler": scheduler })).await;
            assert_eq!(blamed, field);
        }
        assert_eq!(app.store.number("SELECT count(*) FROM phone_number").await, 0);
    }
}
