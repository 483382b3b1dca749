use serde_json::{Value, json};

use crate::app::App;

const SHOWN: &str =
    "holiday { id yearStart yearEnd monthStart dayStart hourStart hourEnd minuteStart minuteEnd everyYear }";

both! {
    async fn its_days_exist_and_its_end_comes_after_its_beginning(app: App) {
        let admin = app.tenant_admin("acme.example").await;
        let make = async |of: Value| {
            let mut input =
                json!({ "name": "Rest", "region": "DEU", "consecutive": false, "everyYear": false });
            input.as_object_mut().expect("an input").extend(of.as_object().expect("fields").clone());
            let made = admin.mutate("holidayCreate", input, SHOWN).await;
            (made.code().map(str::to_owned), made.blamed())
        };
        let good = (None, None);
        assert_eq!(make(json!({ "yearStart": 2028, "monthStart": 2, "dayStart": 29 })).await, good);
        assert_eq!(make(json!({ "everyYear": true, "monthStart": 2, "dayStart": 29 })).await, good);
        let span = json!({ "consecutive": true, "everyYear": true, "monthStart": 12, "dayStart": 24, "monthEnd": 1, "dayEnd": 1 });
        assert_eq!(make(span).await, good, "over New Year, every year");
        let wrong = [
            (json!({ "yearStart": 2030, "monthStart": 2, "dayStart": 29 }), "dayStart"),
            (json!({ "yearStart": 2030, "monthStart": 4, "dayStart": 31 }), "dayStart"),
            (json!({ "monthStart": 4, "dayStart": 3 }), "yearStart"),
            (json!({ "yearStart": 2030, "monthStart": 13, "dayStart": 3 }), "monthStart"),
            (json!({ "yearStart": 2030, "monthStart": 4, "dayStart": 3, "hourStart": 24 }), "hourStart"),
            (
                json!({ "yearStart": 2030, "monthStart": 4, "dayStart": 3, "hourStart": 12, "hourEnd": 11 }),
                "hourEnd",
            ),
            (json!({ "yearStart": 1969, "monthStart": 4, "dayStart": 3 }), "yearStart"),
            (json!({ "region": "XYZ", "yearStart": 2030, "monthStart": 4, "dayStart": 3 }), "region"),
            (
                json!({ "consecutive": true, "yearStart": 2030, "yearEnd": 2030, "monthStart": 5, "dayStart": 3, "monthEnd": 5, "dayEnd": 1 }),
                "dayEnd",
            ),
        ];
        for (of, field) in wrong {
            let (code, blamed) = make(of.clone()).await;
            assert!(code.is_some(), "{of}");
            assert_eq!(blamed.as_deref(), Some(field), "{of}");
        }
        assert_eq!(app.store.number("SELECT count(*) FROM holiday").await, 3);
    }

    async fn one_that_comes_back_has_no_year(app: App) {
        let admin = app.tenant_admin("acme.example").await;
        let input = json!({ "name": "Rest", "region": "DEU", "consecutive": false, "everyYear": true, "yearStart": 2030, "yearEnd": 2031, "monthStart": 5, "dayStart": 1 });
        let made = admin.mutate("holidayCreate", input, SHOWN).await;
        let holiday = made.ok()["holiday"].clone();
        assert_eq!((&holiday["yearStart"], &holiday["yearEnd"]), (&Value::Null, &Value::Null));
        let day = ["hourStart", "hourEnd", "minuteStart", "minuteEnd"].map(|name| holiday[name].clone());
        assert_eq!(day, [json!(0), json!(23), json!(0), json!(59)], "the whole day");
        let refused =
            admin.mutate("holidayUpdate", json!({ "id": holiday["id"], "everyYear": false }), SHOWN).await;
        assert_eq!((refused.code(), refused.blamed().as_deref()), (Some("REQUIRED"), Some("yearStart")));
    }
}
