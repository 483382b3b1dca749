//! `sip_device_routes`.

use entity::{Id, sip_account};
use service::people::SipAccountCreateInput;

use super::*;

/// Makes a SIP account as its customer would, and answers its id.
async fn account(app: &App, customer: &str, with: impl FnOnce(&mut SipAccountCreateInput)) -> String {
    use sea_orm::ColumnTrait;
    let named = entity::tenant::Column::CustomerId.eq(customer);
    let tenant =
        app.services.find_one::<entity::tenant::Entity>(&App::system(), named).await.unwrap().unwrap();
    let mut input = SipAccountCreateInput {
        tenant_id: Id::new(tenant.id.number()).into(),
        ..SipAccountCreateInput::of()
    };
    with(&mut input);
    app.services.create::<sip_account::Entity>(&App::system(), input).await.unwrap().uuid.to_string()
}

both! {
    async fn an_account_is_read_and_changed(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let id = account(&app, "7001", |_| {}).await;
        let path = format!("/sip_device_routes/{id}");
        let shown = api.read(&path).await["data"].clone();
        let attributes = shown["attributes"].clone();
        for name in ["username", "password"] {
            let made = text(&attributes[name]);
            assert!(made.len() == 10 && made.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{made}");
        }
        let names: Vec<_> = attributes.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, [
            "username", "password", "incoming_internal", "incoming_external", "outgoing_internal",
            "outgoing_external", "on_demand", "allow_external_calls", "caller_id_name", "internal_caller_id",
            "external_caller_id", "user_agent", "is_online", "use_allowed_ips", "allowed_ips",
        ]);
        assert_eq!(attributes["allowed_ips"], "0.0.0.0/0,0000:0000:0000:0000:0000:0000:0000:0000/0");
        assert_eq!(attributes["is_online"], false);

        let change = json!({ "use_allowed_ips": "true", "allowed_ips": "198.51.100.7, 2001:db8::5" });
        let changed = api.change("sip_device_routes", &id, change).await;
        assert_eq!(changed["attributes"]["use_allowed_ips"], true);
        let stored = "198.51.100.7/32,2001:0db8:0000:0000:0000:0000:0000:0005/128";
        assert_eq!(changed["attributes"]["allowed_ips"], stored);
        assert_eq!(api.read(&path).await["data"], changed);
        assert_eq!(changed["attributes"]["password"], attributes["password"]);
        let back = api.change("sip_device_routes", &id, json!({ "allowed_ips": null })).await;
        assert_eq!(back["attributes"]["allowed_ips"], attributes["allowed_ips"]);
        let put = api.send("PUT", &path, body("sip_device_routes", &id, json!({ "use_allowed_ips": false }))).await;
        assert_eq!(put.expect(200).json()["data"]["attributes"]["use_allowed_ips"], false);
    }

    async fn an_account_breaks_rules(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let id = account(&app, "7001", |_| {}).await;
        refuses(&api, "sip_device_routes", &id, &[
            ("allowed_ips", json!("nonsense"), "is invalid"),
            ("allowed_ips", json!(""), "is invalid"),
            ("allowed_ips", json!("10.0.0.1,,10.0.0.2"), "is invalid"),
            ("allowed_ips", json!("10.0.0.0/33"), "is invalid"),
            ("allowed_ips", json!(["10.0.0.1"]), "is invalid"),
            ("use_allowed_ips", Value::Null, "is not included in the list"),
            ("use_allowed_ips", json!(1), "is not included in the list"),
        ]).await;
        let wrong = json!({ "allowed_ips": "x", "use_allowed_ips": null });
        let told = invalid(api.patch(&format!("/sip_device_routes/{id}"), body("sip_device_routes", &id, wrong)).await);
        let expected = [("use_allowed_ips", "is not included in the list"), ("allowed_ips", "is invalid")];
        assert_eq!(told, expected.map(|(at, title)| (at.to_owned(), title.to_owned())));
        for attributes in [json!({ "username": "x" }), json!({ "password": "x" }), json!({ "is_online": true })] {
            let reply = api.patch(&format!("/sip_device_routes/{id}"), body("sip_device_routes", &id, attributes)).await;
            assert_eq!(one(reply), (400, "105".to_owned()));
        }
    }

    async fn accounts_are_not_made_or_removed_here(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        api.customer("other").await;
        let id = account(&app, "7001", |_| {}).await;
        let refused = api.post("/sip_device_routes", json!({})).await;
        assert_eq!(refused.header("allow").map(sorted), Some(vec!["GET", "HEAD"]));
        assert_eq!(one(refused), (405, "405".to_owned()));
        let refused = api.delete(&format!("/sip_device_routes/{id}")).await;
        assert_eq!(refused.header("allow").map(sorted), Some(vec!["GET", "HEAD", "PATCH", "PUT"]));
        assert_eq!(one(refused), (405, "405".to_owned()));
        is_fixed_customer(&api, "sip_device_routes", &id, Some("7001"), true).await;
    }

    async fn accounts_are_filtered(app: App) {
        let api = Api::of(&app).await;
        api.customer("1").await;
        api.customer("2").await;
        let a = account(&app, "1", |input| {
            input.username = "lena".to_owned().into();
            input.caller_id_name = Some("Lena, sales".to_owned()).into();
            input.internal_caller_id = Some("101".to_owned()).into();
        }).await;
        let b = account(&app, "2", |input| {
            input.username = "marc".to_owned().into();
            input.allow_external_calls = true.into();
            input.external_caller_id = Some("4930100".to_owned()).into();
        }).await;
        for (filter, expected) in [
            ("username]=lena", vec![&*a]),
            ("username]=Lena", vec![]),
            ("username]=lena,marc", vec![&*a, &*b]),
            ("username][]=lena&filter[username][]=marc", vec![&*a, &*b]),
            ("caller_id_name]=%22Lena,%20sales%22", vec![&*a]),
            ("caller_id_name]=Lena,%20sales", vec![]),
            ("caller_id_name][]=Lena,%20sales", vec![&*a]),
            ("allow_external_calls]=true", vec![&*b]),
            ("internal_caller_id]=101", vec![&*a]),
            ("external_caller_id]=4930100", vec![&*b]),
            ("external_caller_id]=", vec![]),
            ("customer.id]=2", vec![&*b]),
            ("id]=x", vec![]),
            ("username]=a%00b", vec![]),
        ] {
            assert_eq!(api.ids(&format!("/sip_device_routes?sort=username&filter[{filter}")).await, expected, "{filter}");
        }
    }
}
