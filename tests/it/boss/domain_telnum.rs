use entity::{phone_number, value};
use sea_orm::ColumnTrait;
use serde_json::{Value, json};
use service::numbering::PhoneNumberUpdateInput;

use super::{Boss, Worded, gateway};
use crate::app::App;

const NUMBER: &str = "/domains/acme.example/telnums/4930555010";

fn fresh(number: &str, main: bool) -> Value {
    json!({
        "tn": number, "mainPhone": main, "location": "", "local": false, "crm": "", "responsible": "",
        "primegate": "", "roistat": "", "type": "account", "target": "", "targetName": "", "greeting": "",
        "custom": false, "disabled": false,
    })
}

/// A domain with two numbers, of which the first is its main one, and another with one.
async fn with_numbers(app: &App) -> Boss {
    let boss = Boss::of(app).await;
    let gateway = gateway(app, "a").await;
    for domain in ["acme.example", "other.example"] {
        boss.post(&format!("/domains/{domain}"), ()).await.done(201);
    }
    for (number, domain) in
        [("4930555010", "acme.example"), ("4930555009", "acme.example"), ("4930555012", "other.example")]
    {
        let body = json!({ "gateways": [gateway], "allocatedTo": domain });
        boss.post(&format!("/telnums/{number}"), body).await.done(201);
    }
    boss.post("/telnums/4930555013", json!({ "gateways": [gateway] })).await.done(201);
    boss
}

async fn change(app: &App, number: &str, with: impl FnOnce(&mut PhoneNumberUpdateInput)) {
    let system = App::system();
    let named = phone_number::Column::Number.eq(number);
    let row = app
        .services
        .find_one::<phone_number::Entity>(&system, named)
        .await
        .expect("a look")
        .expect("a number");
    let mut input = PhoneNumberUpdateInput::of(row.id);
    with(&mut input);
    app.services.update::<phone_number::Entity>(&system, input).await.expect("a change");
}

fn branch(kind: value::BranchType, target: &str) -> value::SchedulerBranch {
    let custom = !target.is_empty();
    let greeting = if custom { "hello-1" } else { "" }.to_owned();
    value::SchedulerBranch {
        kind,
        target: target.into(),
        target_name: target.to_uppercase(),
        greeting,
        custom,
    }
}

both! {
    async fn numbers_are_seen_in_their_domain_alone(app: App) {
        let boss = with_numbers(&app).await;
        boss.get("/domains/none.example/telnums").await.refused(404, "Domain Not Found");
        boss.get("/domains/none.example/telnums/4930555010").await.refused(404, "Domain Not Found");
        assert_eq!(boss.read("/domains/Acme.example/telnums").await, json!(["4930555009", "4930555010"]));
        assert_eq!(boss.read(NUMBER).await, fresh("4930555010", true));
        assert_eq!(boss.read("/domains/acme.example/telnums/4930555009").await, fresh("4930555009", false));
        boss.head(NUMBER).await.done(204);
        for other in ["4930555012", "4930555013", "123", "x", "12%00"] {
            let path = format!("/domains/acme.example/telnums/{other}");
            boss.get(&path).await.refused(404, "Telnum Not Found");
            boss.head(&path).await.expect(404);
            boss.put(&format!("{path}/disable"), ()).await.refused(404, "Telnum Not Found");
            boss.put(&format!("{path}/enable"), ()).await.refused(404, "Telnum Not Found");
        }
        boss.put("/domains/none.example/telnums/4930555010/enable", ()).await.refused(404, "Domain Not Found");
    }

    async fn a_number_is_switched_off_and_on(app: App) {
        let boss = with_numbers(&app).await;
        boss.put(&format!("{NUMBER}/enable"), ()).await.refused(403, "Telnum Already Enabled");
        boss.put(&format!("{NUMBER}/disable"), "not looked at").await.done(204);
        boss.put(&format!("{NUMBER}/disable"), ()).await.refused(403, "Telnum Already Disabled");
        assert_eq!(boss.read(NUMBER).await["disabled"], true);
        boss.put(&format!("{NUMBER}/enable"), ()).await.done(204);
        assert_eq!(boss.read(NUMBER).await, fresh("4930555010", true));
    }

    async fn both_shapes_are_shown(app: App) {
        let boss = with_numbers(&app).await;
        let mut shown = fresh("4930555010", true);
        change(&app, "4930555010", |input| {
            input.location = "Berlin".to_owned().into();
            input.local = true.into();
            input.crm = "amo".to_owned().into();
            input.responsible = "olga".to_owned().into();
            input.primegate = "pg".to_owned().into();
            input.roistat = "ri".to_owned().into();
            input.target = "700".to_owned().into();
            input.target_name = "Front desk".to_owned().into();
            input.greeting = "hello".to_owned().into();
            input.custom_greeting = true.into();
        }).await;
        for (key, value) in [
            ("location", json!("Berlin")), ("local", json!(true)), ("crm", json!("amo")), ("responsible", json!("olga")),
            ("primegate", json!("pg")), ("roistat", json!("ri")), ("target", json!("700")),
            ("targetName", json!("Front desk")), ("greeting", json!("hello")), ("custom", json!(true)),
        ] {
            shown[key] = value;
        }
        for (kind, word) in [
            (value::DestinationType::Group, "group"), (value::DestinationType::Ivr, "ivr"),
            (value::DestinationType::Fax, "fax"), (value::DestinationType::Account, "account"),
        ] {
            change(&app, "4930555010", |input| input.destination_type = kind.into()).await;
            shown["type"] = json!(word);
            assert_eq!(boss.read(NUMBER).await, shown);
        }
        let time = |from, to| Some(value::WorkingTime { from, to });
        let scheduler = value::Scheduler {
            work: branch(value::BranchType::Account, "ines"),
            rest: branch(value::BranchType::Hangup, ""),
            schedule: value::WeekSchedule {
                sunday: None, monday: time(28800, 61200), tuesday: time(0, 86400), wednesday: time(1, 2),
                thursday: time(3, 4), friday: time(28800, 50400), saturday: None,
            },
        };
        change(&app, "4930555010", |input| {
            input.destination_type = value::DestinationType::Scheduler.into();
            input.scheduler = Some(scheduler).into();
        }).await;
        let fields = shown.as_object_mut().expect("an object");
        for key in ["target", "targetName", "greeting", "custom"] {
            fields.remove(key);
        }
        shown["type"] = json!("scheduler");
        shown["work"] = json!({ "type": "account", "target": "ines", "targetName": "INES", "greeting": "hello-1", "custom": true });
        shown["rest"] = json!({ "type": "hangup", "target": "", "targetName": "", "greeting": "", "custom": false });
        shown["schedule"] = json!({
            "Sun": "holiday", "Mon": [28800, 61200], "Tue": [0, 86400], "Wed": [1, 2], "Thu": [3, 4],
            "Fri": [28800, 50400], "Sat": "holiday",
        });
        assert_eq!(boss.read(NUMBER).await, shown);
    }

    async fn what_a_domain_said_goes_when_the_number_does(app: App) {
        let boss = with_numbers(&app).await;
        let teach = || change(&app, "4930555010", |input| {
            input.location = "Berlin".to_owned().into();
            input.disabled = true.into();
        });
        teach().await;
        boss.put("/telnums/4930555010/allocate", json!({ "allocatedTo": "acme.example" })).await.done(204);
        assert_eq!(boss.read(NUMBER).await["location"], "Berlin", "it stays where it is");
        boss.put("/telnums/4930555010", json!({ "allocatedTo": "other.example" })).await.done(204);
        let there = boss.read("/domains/other.example/telnums/4930555010").await;
        assert_eq!(there, fresh("4930555010", false));
        boss.put("/telnums/4930555010/allocate", json!({ "allocatedTo": "acme.example" })).await.done(204);
        teach().await;
        boss.put("/telnums/4930555010/deallocate", ()).await.done(204);
        boss.put("/telnums/4930555010/allocate", json!({ "allocatedTo": "acme.example" })).await.done(204);
        let here = boss.read(NUMBER).await;
        assert_eq!((&here["location"], &here["disabled"]), (&json!(""), &json!(false)));
    }
}
