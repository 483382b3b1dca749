//! `fields`, `include`, `filter` and `sort`, and the order in which they are checked.

use entity::tenant;
use sea_orm::{ColumnTrait, sea_query::IntoCondition};
use service::Listing;

use super::*;

both! {
    async fn fields_are_chosen_by_type(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let id = api.did("4930100", "7001").await;
        let shown = async |query: &str| api.read(&format!("/available_did_numbers/{id}?{query}")).await;
        let only = shown("fields[available_did_numbers]=number").await["data"].clone();
        assert_eq!(only["attributes"], json!({ "number": "4930100" }));
        assert!(only.get("relationships").is_none() && only["links"]["self"].is_string());
        let only = shown("fields%5Bavailable_did_numbers%5D=customer").await["data"].clone();
        assert!(only.get("attributes").is_none());
        assert_eq!(only["relationships"]["customer"]["data"]["id"], "7001");
        let only = shown("fields[available_did_numbers]=id").await["data"].clone();
        let names: Vec<_> = only.as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, ["id", "type", "links"]);
        let hidden = shown("fields[available_did_numbers]=number&include=customer&fields[customers]=language").await;
        assert!(hidden["data"].get("relationships").is_none());
        assert_eq!(hidden["included"][0]["attributes"], json!({ "language": "EN" }));
        // A type that does not occur, an unknown parameter, and the last of two.
        shown("fields[incoming_trunks]=domain&bogus=1&fields[customers]=name&fields[customers]=language").await;
        for (wrong, code) in [
            ("fields=number", "119"),
            ("fields=", "119"),
            ("fields[bogus]=number", "101"),
            ("fields[available_did_numbers]=bogus", "104"),
            ("fields[available_did_numbers]=", "104"),
            ("fields[available_did_numbers]=number,%20enabled", "104"),
            ("fields[customers]=number", "104"),
        ] {
            let path = format!("/available_did_numbers/{id}?{wrong}");
            assert_eq!(api.refused(&path).await, (400, code.to_owned()), "{wrong}");
        }
        let reply = api.get(&format!("/available_did_numbers/{id}?fields[available_did_numbers]=")).await;
        assert!(text(&errors(&reply)[0]["detail"]).contains("nil"));
    }

    async fn fields_and_include_work_on_writes(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let data = json!({ "type": "available_did_numbers", "attributes": { "number": "1" }, "relationships": of("7001") });
        let path = "/available_did_numbers?include=customer&fields[customers]=name&fields[available_did_numbers]=number";
        let reply = api.post(path, json!({ "data": data })).await.expect(201);
        let made = reply.json();
        assert_eq!(made["included"][0]["attributes"], json!({ "name": "Customer 7001" }));
        assert_eq!(made["data"]["attributes"], json!({ "number": "1" }));
        let id = text(&made["data"]["id"]).to_owned();
        assert_eq!(reply.header("location"), Some(&*format!("{}/available_did_numbers/{id}", api.root)));
        let update = body("available_did_numbers", &id, json!({ "enabled": false }));
        let path = format!("/available_did_numbers/{id}?include=customer&fields[available_did_numbers]=enabled");
        let changed = api.patch(&path, update).await.expect(200).json();
        assert_eq!(changed["data"]["attributes"], json!({ "enabled": false }));
        assert_eq!(changed["included"].as_array().unwrap().len(), 1);
    }

    async fn lists_are_sorted(app: App) {
        let api = Api::of(&app).await;
        for (id, limit) in [("10", json!(5)), ("9", Value::Null), ("100", json!(1)), ("b", json!(5)), ("a", Value::Null)] {
            let attributes = json!({ "name": format!("n{id}"), "capacity_limit": limit });
            api.made("customers", json!({ "id": id, "type": "customers", "attributes": attributes })).await;
        }
        for (sort, expected) in [
            ("", ["9", "10", "100", "a", "b"]),
            ("id", ["9", "10", "100", "a", "b"]),
            ("-id", ["b", "a", "100", "10", "9"]),
            ("capacity_limit", ["100", "10", "b", "9", "a"]),
            ("-capacity_limit", ["9", "a", "10", "b", "100"]),
            ("-capacity_limit,-id", ["a", "9", "b", "10", "100"]),
            ("language,-name", ["b", "a", "9", "100", "10"]),
        ] {
            assert_eq!(api.ids(&format!("/customers?sort={sort}")).await, expected, "{sort}");
        }
        for wrong in ["bogus", "-bogus", "name,bogus", "%20name", "customer.name", "Name", "name%20"] {
            assert_eq!(api.refused(&format!("/customers?sort={wrong}")).await, (400, "114".to_owned()), "{wrong}");
        }
        assert_eq!(api.refused("/available_did_numbers?sort=customer").await, (400, "114".to_owned()));
        assert_eq!(api.refused("/available_did_numbers?sort=customer.name").await, (400, "114".to_owned()));
    }

    async fn every_attribute_sorts(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let did = api.did("4930100", "7001").await;
        let gateway = api.gateway("edge", None).await;
        api.make("incoming_trunks", json!({}), of("7001")).await;
        api.make("termination_routes", json!({ "name": "r" }), json!({ "gateway": to("termination_gateways", &gateway) })).await;
        let account = json!({ "id": "1", "type": "external_account_routes", "relationships": of("7001") });
        api.made("external_account_routes", account).await;
        assert!(!did.is_empty());
        for kind in ["customers", "incoming_trunks", "available_did_numbers", "termination_gateways", "termination_routes", "external_account_routes"] {
            let list = api.read(&format!("/{kind}")).await;
            for name in list["data"][0]["attributes"].as_object().unwrap().keys() {
                assert_eq!(api.ids(&format!("/{kind}?sort={name},-{name},id")).await.len(), 1, "{kind} {name}");
            }
        }
    }

    async fn a_repeated_sort_changes_nothing(app: App) {
        let api = Api::of(&app).await;
        for id in ["9", "10", "100"] {
            api.customer(id).await;
        }
        for kind in ["customers", "incoming_trunks", "available_did_numbers", "termination_gateways", "termination_routes", "external_account_routes", "sip_device_routes"] {
            for name in ["id", "-id", "id,-id"] {
                api.read(&format!("/{kind}?sort={}", vec![name; 2000].join(","))).await;
            }
        }
        api.read(&format!("/termination_gateways?sort={}", vec!["port,-name,id,codecs,host"; 2000].join(","))).await;
        assert_eq!(api.ids("/customers?sort=-id,id").await, ["100", "10", "9"]);
        assert_eq!(api.ids("/customers?sort=language,name,-language,-name").await, ["10", "100", "9"]);
        let wrong = format!("/customers?sort={},bogus", vec!["id"; 2000].join(","));
        assert_eq!(api.refused(&wrong).await, (400, "114".to_owned()));
    }

    async fn lists_sort_by_their_text(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        for codecs in [json!(["PCMU"]), json!(["PCMA", "PCMU"]), json!(["g729", "GSM", "OPUS"]), json!(["OPUS"]), json!(["telephone-event"]), json!(["G722"]), json!(["PCMA"]), json!(["PCMA", "G722"])] {
            api.make("incoming_trunks", json!({ "codecs": codecs }), of("7001")).await;
            api.make("termination_gateways", json!({ "name": "g", "host": "h", "codecs": codecs }), json!({})).await;
        }
        let mut expected = vec![
            json!(["G722"]), json!(["g729", "GSM", "OPUS"]), json!(["OPUS"]), json!(["PCMA", "G722"]), json!(["PCMA", "PCMU"]),
            json!(["PCMA"]), json!(["PCMU"]), json!(["telephone-event/8000"]),
        ];
        for sort in ["codecs", "-codecs"] {
            for kind in ["incoming_trunks", "termination_gateways"] {
                let list = api.read(&format!("/{kind}?sort={sort}")).await;
                let shown: Vec<_> = list["data"].as_array().unwrap().iter().map(|one| one["attributes"]["codecs"].clone()).collect();
                assert_eq!(shown, expected, "{kind} {sort}");
            }
            expected.reverse();
        }
    }

    async fn a_filter_takes_many_values(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        // A repeated value changes nothing.
        assert_eq!(api.ids(&format!("/customers?filter[id]={}", ",".repeat(33_000))).await, [""; 0]);
        assert_eq!(api.ids(&format!("/customers?filter[id]=7001{}", ",7001".repeat(10_000))).await, ["7001"]);
        let commas = ",".repeat(16_500);
        api.read(&format!("/termination_gateways?filter[name]={commas}&filter[host]={commas}&filter[customer.id]={commas}")).await;
        api.read(&format!("/customers?{}", vec!["filter[id][]="; 4_000].join("&"))).await;
        // A path has room for no more than these.
        let many: Vec<String> = (0..11_000).map(|number| number.to_string()).collect();
        assert_eq!(api.ids(&format!("/customers?filter[id]={}", many.join(","))).await, ["7001"]);
        // The place of a page does not make them too many.
        for number in ["5", "6", "7"] {
            api.did(number, "7001").await;
        }
        for (page, number) in [(1, "5"), (2, "6"), (3, "7"), (2, "6")] {
            let path = format!("/available_did_numbers?sort=number&page[size]=1&page[number]={page}&filter[number]={}", many.join(","));
            let list = api.read(&path).await;
            assert_eq!((&list["data"][0]["attributes"]["number"], &list["meta"]["record_count"]), (&json!(number), &json!(3)));
        }
        // What a statement cannot take is refused before a database is asked.
        let ids = |most: i64| tenant::Column::Id.is_in(0..most).into_condition();
        let some = |most| Listing { filter: ids(most), ..Listing::default() };
        let list = async |most| app.services.list_numbered::<tenant::Entity>(&App::system(), &some(most), 0, 1).await;
        assert!(list(30_000).await.is_ok());
        assert!(matches!(list(30_001).await, Err(service::Error::BadRequest(_))));
    }

    async fn filters_have_a_syntax(app: App) {
        let api = Api::of(&app).await;
        api.customer("a").await;
        api.customer("b").await;
        assert_eq!(api.ids("/customers?filter[id]=a").await, ["a"]);
        assert_eq!(api.ids("/customers?filter[id]=A").await, [""; 0]);
        assert_eq!(api.ids("/customers?filter%5Bid%5D%5B%5D=a&filter%5Bid%5D%5B%5D=b").await, ["a", "b"]);
        assert_eq!(api.ids("/customers?filter[id]=").await, [""; 0]);
        assert_eq!(api.ids("/customers?filter[id]=%22a%22,b").await, ["a", "b"]);
        assert_eq!(api.ids("/customers?filter[id]=%22a").await, [""; 0]);
        assert_eq!(api.refused("/customers?filter=a").await, (400, "120".to_owned()));
        assert_eq!(api.refused("/customers?filter[name]=a").await, (400, "102".to_owned()));
        assert_eq!(api.refused("/customers?filter[customer.id]=a").await, (400, "102".to_owned()));
        let count = api.read("/customers?filter[id]=a,b,c&page[size]=1").await;
        assert_eq!(count["meta"], json!({ "record_count": 2 }));
        let many: Vec<String> = (0..9000).map(|number| number.to_string()).collect();
        assert_eq!(api.ids(&format!("/customers?filter[id]={}", many.join(","))).await, [""; 0]);
    }

    async fn parts_are_checked_in_order(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        let codes = async |path: &str| {
            let reply = api.get(path).await.expect(400);
            errors(&reply).iter().map(|error| text(&error["code"]).to_owned()).collect::<Vec<_>>()
        };
        let all = "/available_did_numbers?page[size]=0&sort=x&filter[x]=1&include=x&fields=x";
        assert_eq!(codes(all).await, ["119"]);
        assert_eq!(codes(&all.replace("fields", "bogus")).await, ["112", "102"]);
        assert_eq!(codes("/available_did_numbers?page[size]=0&sort=x&include=x").await, ["112", "114"]);
        assert_eq!(codes("/available_did_numbers?page[size]=0&include=x,y").await, ["112", "118"]);
        assert_eq!(codes("/available_did_numbers?page[size]=0&filter[enabled]=x").await, ["107"]);
        assert_eq!(codes("/available_did_numbers?include=x").await, ["112"]);

        let post = async |path: &str, body: Value| {
            let reply = api.post(path, body).await.expect(400);
            errors(&reply).iter().map(|error| text(&error["code"]).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(post("/available_did_numbers?include=x", json!({ "data": { "type": "x" } })).await, ["112", "101"]);
        assert_eq!(post("/available_did_numbers?include=x", json!({ "data": { "type": "available_did_numbers" } })).await, ["112"]);
        assert_eq!(post("/available_did_numbers?include=x&fields=x", json!({})).await, ["119"]);
        // Only collections look at the rest.
        api.read("/customers/7001?filter=x&sort=x&page=x").await;
        assert_eq!(api.refused("/customers/nobody?include=x").await, (400, "112".to_owned()));
    }
}
