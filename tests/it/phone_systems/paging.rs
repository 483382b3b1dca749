//! Pages and their links.

use super::*;

both! {
    async fn pages_are_linked(app: App) {
        let api = Api::of(&app).await;
        for id in ["1", "2", "3"] {
            api.customer(id).await;
        }
        let link = |query: &str| json!(format!("{}/customers?{query}", api.root));
        let list = api.read("/customers?page[size]=2&page[number]=2&sort=-name").await;
        assert_eq!(list["data"].as_array().unwrap().len(), 1);
        assert_eq!(list["data"][0]["id"], "1");
        assert_eq!(list["meta"], json!({ "record_count": 3 }));
        assert_eq!(list["links"], json!({
            "first": link("page%5Bnumber%5D=1&page%5Bsize%5D=2&sort=-name"),
            "prev": link("page%5Bnumber%5D=1&page%5Bsize%5D=2&sort=-name"),
            "last": link("page%5Bnumber%5D=2&page%5Bsize%5D=2&sort=-name"),
        }));
        let names: Vec<_> = list.as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, ["data", "meta", "links"]);

        let list = api.read("/customers?bogus=1&sort=name&filter[id]=1,2,3&fields[customers]=name,id&page[size]=1").await;
        let next = "fields%5Bcustomers%5D=name%2Cid&filter%5Bid%5D=1%2C2%2C3&page%5Bnumber%5D=2&page%5Bsize%5D=1&sort=name";
        assert_eq!(list["links"]["next"], link(next));
        assert!(list["links"].get("prev").is_none());
        let path = text(&list["links"]["next"]).strip_prefix(&api.root).unwrap().to_owned();
        assert_eq!(api.ids(&path).await, ["2"]);

        let beyond = api.read("/customers?page[number]=9&page[size]=2").await;
        assert_eq!(beyond["data"], json!([]));
        assert_eq!(beyond["links"]["prev"], link("page%5Bnumber%5D=8&page%5Bsize%5D=2"));
        assert!(beyond["links"].get("next").is_none());
        assert_eq!(beyond["links"]["last"], link("page%5Bnumber%5D=2&page%5Bsize%5D=2"));
    }

    async fn an_empty_list_has_one_page(app: App) {
        let api = Api::of(&app).await;
        let list = api.read("/incoming_trunks").await;
        let page = format!("{}/incoming_trunks?page%5Bnumber%5D=1&page%5Bsize%5D=50", api.root);
        assert_eq!(list, json!({ "data": [], "meta": { "record_count": 0 }, "links": { "first": page, "last": page } }));
    }

    async fn page_numbers_have_bounds(app: App) {
        let api = Api::of(&app).await;
        for id in ["1", "2", "3"] {
            api.customer(id).await;
        }
        assert_eq!(api.ids("/customers?page[size]=1000").await.len(), 3);
        assert_eq!(api.ids("/customers?page=2").await, [""; 0]);
        assert_eq!(api.ids("/customers?page[offset]=2").await.len(), 3);
        assert_eq!(api.ids("/customers?page[size]=2x&page[number]=2").await, ["3"]);
        for wrong in [
            "page[size]=0", "page[size]=-1", "page[size]=1001", "page[size]=x", "page[size]=", "page[number]=0",
            "page[number]=-1", "page[number]=x", "page=0", "page=x", "page=", "page[size][]=1",
        ] {
            assert_eq!(api.refused(&format!("/customers?{wrong}")).await, (400, "118".to_owned()), "{wrong}");
        }
        let both = api.get("/customers?page[size]=1001&page[number]=0").await;
        assert!(text(&errors(&both)[0]["detail"]).contains("1000"));
        for huge in ["9223372036854775807", "99999999999999999999999", "4611686018427387904"] {
            assert_eq!(api.ids(&format!("/customers?page[size]=1000&page[number]={huge}")).await, [""; 0]);
        }
    }

    async fn heads_have_no_bodies(app: App) {
        let api = Api::of(&app).await;
        api.customer("7001").await;
        for path in ["/customers", "/customers/7001", "/customers/", "/customers/7001/"] {
            let reply = api.send("HEAD", path, ()).await;
            assert_eq!((reply.status, reply.header("content-type")), (200, Some(MEDIA_TYPE)), "{path}");
            assert!(reply.body.is_empty());
            assert_eq!(api.get(path).await.status, 200);
        }
        assert_eq!(api.send("HEAD", "/customers/nobody", ()).await.status, 404);
    }

    async fn whoever_follows_the_links_sees_all_of_a_list(app: App) {
        let api = Api::of(&app).await;
        let numbers = (10..27).map(|number| format!("49{number}"));
        api.customer("7001").await;
        for (at, number) in numbers.enumerate() {
            let attributes = json!({ "number": number, "enabled": at % 3 != 0 });
            api.make("available_did_numbers", attributes, of("7001")).await;
        }
        let page = async |path: &str| {
            let list = api.read(path.strip_prefix(&api.root).unwrap_or(path)).await;
            let numbers = list["data"].as_array().unwrap().iter();
            let numbers: Vec<_> = numbers.map(|one| text(&one["attributes"]["number"]).to_owned()).collect();
            (numbers, list["links"]["next"].as_str().map(str::to_owned))
        };
        let walk = async |sort: &str, size: usize| {
            let mut next = Some(format!("/available_did_numbers?sort={sort}&page[size]={size}"));
            let mut seen = Vec::new();
            while let Some(path) = next {
                let (numbers, after) = page(&path).await;
                seen.extend(numbers);
                next = after;
            }
            seen
        };
        // Twice, because the second walk begins each page where the first ended one; rows come and go in between.
        for sort in ["number", "-number", "id", "-id", "enabled,number", "-enabled,number", "enabled,-id"] {
            let whole = page(&format!("/available_did_numbers?sort={sort}&page[size]=1000")).await.0;
            assert_eq!(walk(sort, 4).await, whole, "{sort}");
            let new = api.make("available_did_numbers", json!({ "number": "4900", "enabled": false }), of("7001")).await;
            let last = api.make("available_did_numbers", json!({ "number": "4999" }), of("7001")).await;
            let whole = page(&format!("/available_did_numbers?sort={sort}&page[size]=1000")).await.0;
            assert_eq!(whole.len(), 19);
            for number in [5, 2, 4, 1, 3] {
                let path = format!("/available_did_numbers?sort={sort}&page[size]=4&page[number]={number}");
                let from = 4 * (number - 1);
                assert_eq!(page(&path).await.0, whole[from..(from + 4).min(19)], "{sort} {number}");
            }
            for one in [&new, &last] {
                api.delete(&format!("/available_did_numbers/{}", text(&one["id"]))).await.expect(204);
            }
            assert_eq!(walk(sort, 4).await, whole.into_iter().filter(|number| number != "4900" && number != "4999").collect::<Vec<_>>(), "{sort}");
        }
    }
}
