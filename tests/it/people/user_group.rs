use serde_json::json;

use crate::app::App;

both! {
    async fn a_name_is_unique_in_its_tenant(app: App) {
        let (admin, stranger) = (app.tenant_admin("acme.example").await, app.stranger().await);
        admin.mutate("userGroupCreate", json!({ "name": "Sales" }), "userGroup { id }").await.ok();
        stranger.mutate("userGroupCreate", json!({ "name": "Sales" }), "userGroup { id }").await.ok();
        let again = admin.mutate("userGroupCreate", json!({ "name": "Sales" }), "userGroup { id }").await;
        assert_eq!((again.code(), again.blamed().as_deref()), (Some("TAKEN"), Some("name")));
        let blank = admin.mutate("userGroupCreate", json!({ "name": " " }), "userGroup { id }").await;
        assert_eq!((blank.code(), blank.blamed().as_deref()), (Some("REQUIRED"), Some("name")));
    }

    async fn who_was_in_it_is_in_it_no_more(app: App) {
        let admin = app.tenant_admin("acme.example").await;
        let mut groups = Vec::new();
        for name in ["Sales", "Support"] {
            let made = admin.mutate("userGroupCreate", json!({ "name": name }), "userGroup { id }").await;
            groups.push(made.ok()["userGroup"]["id"].clone());
        }
        let bob = json!({ "login": "bob", "groupIds": [groups[1], groups[0], groups[1]] });
        let bob = admin.mutate("userCreate", bob, "user { id groups { name } }").await;
        assert_eq!(
            bob.ok()["user"]["groups"],
            json!([{ "name": "Support" }, { "name": "Sales" }]),
            "each once, in this order"
        );
        let query = "subscription { userChanged { event node { login groups { name } } } }";
        let mut stream = admin.subscribe(query, json!({})).await;
        admin.mutate("userGroupDelete", json!({ "id": groups[1] }), "deletedId").await.ok();
        let expected =
            json!({ "event": "UPDATED", "node": { "login": "bob", "groups": [{ "name": "Sales" }] } });
        assert_eq!(stream.next().await, expected);
    }
}
