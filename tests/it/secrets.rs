//! Secrets: encrypted where they are kept, and told to nobody.

use serde_json::{Value, json};

use crate::{
    app::{App, PASSWORD, Setup},
    process::Process,
    store::Store,
};

/// A secret of each sort; none of them may be read anywhere.
const SECRETS: [&str; 6] = [
    "Tr0ub4dor-gateway",
    "Tr0ub4dor-sip",
    "tr0ub4dorevent",
    "Tr0ub4dor-bearer",
    "Tr0ub4dor-key",
    "Tr0ub4dor-login-1",
];

/// Everything that the database holds, as text.
async fn everything(store: &Store) -> String {
    let connection = store.connect().await;
    let mut text = String::new();
    for table in ["tenant", "\"user\"", "gateway", "sip_account", "session", "api_key", "change"] {
        use sea_orm::{ConnectionTrait, Statement};
        let backend = connection.get_database_backend();
        let rows = match backend {
            sea_orm::DbBackend::Postgres => format!("SELECT row_to_json(t)::text AS row FROM {table} t"),
            // Of each table what tells, as it is in the file.
            _ => match table {
                "tenant" => "SELECT quote(cdr_event_password) || quote(cdr_event_token) || quote(stir_shaken_key) || quote(domain) AS row FROM tenant".to_owned(),
                "\"user\"" => "SELECT login || quote(password) AS row FROM \"user\"".to_owned(),
                "gateway" => "SELECT name || quote(authorization_password) AS row FROM gateway".to_owned(),
                "sip_account" => "SELECT username || quote(password) AS row FROM sip_account".to_owned(),
                "session" => "SELECT quote(link_hash) || quote(refresh_hash) AS row FROM session".to_owned(),
                "api_key" => "SELECT name || key_prefix || key_hash AS row FROM api_key".to_owned(),
                _ => "SELECT kind || fields || actor AS row FROM change".to_owned(),
            },
        };
        let found =
            connection.query_all_raw(Statement::from_string(backend, rows.as_str())).await.expect(table);
        assert!(!found.is_empty(), "{table} is empty");
        for row in found {
            text += &row.try_get::<String>("", "row").expect(table);
            text.push('\n');
        }
    }
    text
}

/// Whether a text holds a secret, plain or in hexadecimal as databases show bytes.
fn holds(text: &str, secret: &str) -> bool {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    text.contains(secret) || text.to_lowercase().contains(&hex)
}

both! {
    async fn what_is_secret_is_encrypted_and_told_to_nobody(setup: Setup) {
        let store = setup.store;
        let server = Process::start(&store).await;
        let [gateway, sip, event, bearer, key, login] = SECRETS;
        let gql = async |query: String| {
            let answer = server.gql(&query).await.expect("an answer");
            assert!(answer.get("errors").is_none() && !answer.to_string().contains("\"code\""), "{answer}");
            answer
        };
        let mut shown = String::new();
        let writes = [
            format!(
                "mutation {{ tenantCreate(input: {{ domain: \"acme.example\", cdrEvent: {{ enabled: true, auth: BASIC, username: \"collector\", url: \"https://e.example\" }}, cdrEventPassword: \"{event}\", cdrEventToken: \"{bearer}\", stirShakenCert: \"cert\", stirShakenKey: \"{key}\" }}) {{ tenant {{ id hasCdrEventPassword hasCdrEventToken hasStirShakenKey }} userErrors {{ code }} }} }}"
            ),
            format!(
                "mutation {{ gatewayCreate(input: {{ name: \"carrier\", host: \"carrier.example\", authorizationPassword: \"{gateway}\" }}) {{ gateway {{ id hasAuthorizationPassword }} userErrors {{ code }} }} }}"
            ),
            format!(
                "mutation {{ sipAccountCreate(input: {{ tenantId: \"tenant_1\", username: \"phone\", password: \"{sip}\" }}) {{ sipAccount {{ id hasPassword }} userErrors {{ code }} }} }}"
            ),
            format!(
                "mutation {{ userCreate(input: {{ tenantId: \"tenant_1\", login: \"bob\", password: \"{login}\" }}) {{ user {{ id hasPassword }} userErrors {{ code }} }} }}"
            ),
            "mutation { apiKeyCreate(input: { name: \"script\" }) { key userErrors { code } } }".to_owned(),
        ];
        let mut told = Vec::new();
        for write in writes {
            let answer = gql(write).await;
            if let Some(text) = answer["data"]["apiKeyCreate"]["key"].as_str() {
                told.push(text.to_owned()); // this once
            } else {
                shown += &answer.to_string();
            }
        }
        let reset = gql("mutation { sipAccountResetPassword(input: { id: \"sip_account_1\" }) { password userErrors { code } } }".to_owned()).await;
        told.push(
            reset["data"]["sipAccountResetPassword"]["password"].as_str().expect("a password").to_owned(),
        );
        gql(format!("mutation {{ sipAccountUpdate(input: {{ id: \"sip_account_1\", password: \"{sip}\" }}) {{ sipAccount {{ id }} userErrors {{ code }} }} }}")).await;
        let body = "grant_type=password&username=bob%40acme.example&password=Tr0ub4dor-login-1";
        let headers = axum::http::HeaderMap::from_iter([crate::http::pair(
            "content-type",
            "application/x-www-form-urlencoded",
        )]);
        let tokens = server.http.send("POST", "/oauth/token", &headers, body.into()).await.expect(200).json();
        told.extend(
            ["access_token", "refresh_token"].map(|name| tokens[name].as_str().expect("a token").to_owned()),
        );
        let link = server
            .send("GET", "/sys/boss/v1/domains/acme.example/session", ())
            .await
            .expect("an answer")
            .expect(200)
            .json();
        let token =
            link["link"].as_str().and_then(|link| link.split("t=").nth(1)).expect("a token").to_owned();
        let refused = server.send("GET", &format!("/login?t={token}x"), ()).await.expect("an answer");
        assert_eq!(refused.status, 401);
        told.push(token);
        // A wrong write is told about without what was written.
        let refused = server.gql(&format!("mutation {{ userCreate(input: {{ tenantId: \"tenant_1\", login: \"bob\", password: \"{login}\" }}) {{ userErrors {{ code message }} }} }}")).await.expect("an answer");
        shown += &refused.to_string();
        shown += &server.gql(&format!("mutation {{ userCreate(input: {{ tenantId: \"tenant_1\", login: 5, password: \"{login}\" }}) {{ userErrors {{ code message }} }} }}")).await.expect("an answer").to_string();

        let stored = everything(&store).await;
        server.signal("TERM").await;
        let (code, output, log) = server.end().await;
        assert_eq!(code, Some(0));
        assert!(log.contains("answered"), "the log tells nothing: {log}");
        for secret in SECRETS.iter().copied().chain(told.iter().map(String::as_str)).chain([PASSWORD]) {
            assert!(!holds(&stored, secret), "{secret} is in the database");
            assert!(!log.contains(secret) && !output.contains(secret), "{secret} is in the log");
            // The password of a user in a document's error may be quoted by nobody.
            assert!(!shown.contains(secret), "{secret} is in an answer: {shown}");
        }
    }

    async fn a_secret_is_good_for_its_own_column_alone(app: App) {
        let operator = app.operator().await;
        let made = operator
            .mutate(
                "gatewayCreate",
                json!({ "name": "a", "host": "a.example", "authorizationPassword": "first" }),
                "gateway { id version }",
            )
            .await;
        let id = made.ok()["gateway"]["id"].clone();
        let before = app.changes().await;
        // The same secret again is no write, another one is.
        let set = async |password: Value| {
            let input = json!({ "id": id, "authorizationPassword": password });
            operator.mutate("gatewayUpdate", input, "gateway { version hasAuthorizationPassword }").await.ok()
                ["gateway"]
                .clone()
        };
        assert_eq!(set(json!("first")).await, json!({ "version": 1, "hasAuthorizationPassword": true }));
        assert_eq!(app.changes().await, before);
        assert_eq!(set(json!("second")).await, json!({ "version": 2, "hasAuthorizationPassword": true }));
        assert_eq!(set(Value::Null).await, json!({ "version": 3, "hasAuthorizationPassword": false }));
    }
}

once! {
    async fn keys_are_the_owners_alone(setup: Setup) {
        let app = setup.start().await;
        app.anon().get("/.well-known/jwks.json").await.expect(200);
        let folder = app.store.folder.join("data");
        assert!(crate::process::is_private(&folder));
        let mut files = 0;
        for entry in folder.read_dir().expect("the data directory") {
            let path = entry.expect("a file").path();
            if path.extension().is_some_and(|of| of == "lock") {
                continue; // with nothing in it
            }
            assert!(crate::process::is_private(&path), "{}", path.display());
            files += 1;
        }
        assert!(files >= 2, "the master key and the token keys");
    }
}
