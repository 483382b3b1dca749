//! One row of each kind, and values that its fields may have.

use std::collections::BTreeMap;

use entity::{Id, Kind, tenant, value::CallDirection};
use serde_json::{Map, Value, json};
use service::history::CdrIngestInput;

use crate::{
    app::{Actor, App},
    graph::{Graph, field_name, kind_of_id, type_name},
};

/// The ids of a tenant and of one row of each other kind that it has.
pub type Ids = BTreeMap<Kind, String>;

/// A value for a field of a kind; another one for another number. `None` is for fields of which
/// the type says enough.
pub fn sample(kind: Kind, field: &str, number: usize) -> Option<Value> {
    let odd = number % 2 == 1;
    let pick = |first: Value, second: Value| Some(if odd { first } else { second });
    let day = |enabled: bool| json!({ "enabled": enabled, "ranges": [{ "from": "08:00", "to": "12:30" }] });
    match (kind, field) {
        (Kind::Tenant, "domain") => Some(json!(format!("sample{number}.example"))),
        (Kind::Tenant, "customerId") => Some(json!(format!("customer-{number}"))),
        (Kind::Tenant, "timeZone") | (Kind::User, "timeZone") => {
            pick(json!("Europe/Riga"), json!("Asia/Tokyo"))
        }
        (Kind::Tenant, "currency") => pick(json!("EUR"), json!("CHF")),
        (Kind::Tenant | Kind::Holiday, "region") => pick(json!("DEU"), json!("LVA")),
        (Kind::Tenant, "accessUrl" | "callInteractiveUrl") => {
            Some(json!(format!("https://pbx{number}.example/in")))
        }
        (Kind::Tenant, "email" | "diskSpaceNotifyEmail" | "recordSendLinkTo") | (Kind::User, "email") => {
            Some(json!(format!("desk{number}@mail.example")))
        }
        (Kind::Tenant, "diskQuota" | "imDiskQuota" | "extensionImDiskQuota") => {
            Some(json!(format!("{}GB", number + 2)))
        }
        (Kind::Tenant, "customOptions") => Some(json!(format!("{{\"number\":{number}}}"))),
        (Kind::Tenant, "extDigits") => pick(json!(4), json!(5)),
        (Kind::Tenant, "services" | "activeCrm") => Some(json!(["record", format!("service{number}")])),
        (Kind::Tenant, "officeHours") => Some(json!({
            "monday": day(odd), "tuesday": day(true), "wednesday": day(true), "thursday": day(true),
            "friday": day(true), "saturday": day(false), "sunday": day(!odd),
        })),
        (Kind::Tenant, "outboundCallerIds") => {
            Some(json!([{ "providerId": "MQ==", "callerId": format!("49301{number}"), "description": null }]))
        }
        (Kind::Tenant, "e164") => Some(json!({
            "enabled": odd, "internationalCode": "00", "country": "France(33)", "areaCode": "1",
            "nationalCode": "0", "prefix": "+", "removeSpecialChars": odd, "removeDuplicateCountries": false,
            "removeDuplicateAreaCodes": false,
        })),
        (Kind::Tenant, "cdrEvent" | "extensionEvent") => Some(json!({
            "enabled": true, "auth": if odd { "BEARER" } else { "DISABLE" }, "username": null,
            "url": format!("https://events.example/{number}"),
        })),
        (Kind::Tenant, "cdrEventPassword" | "extensionEventPassword") => {
            Some(json!(format!("topsecret{number}")))
        }
        (Kind::Tenant, "passwordPolicy") => Some(json!({
            "minLength": 8 + number % 8, "maxLength": 32, "containsLetters": true, "containsNumbers": odd,
            "containsSpecialLetters": false, "disableSequentialCharacters": true, "disableRepeatingCharacters": true,
            "disableAccountInformation": true,
        })),
        (Kind::Tenant, "customHeadersAdded") => {
            Some(json!([{ "name": format!("X-Site-{number}"), "value": "berlin", "scope": "ALL" }]))
        }
        (Kind::Tenant, "customHeadersRelayed") => {
            Some(json!([{ "name": format!("X-Site-{number}"), "scope": "USER" }]))
        }
        (Kind::Tenant, "contactMatchLength") => Some(json!(6 + number)),
        (Kind::User, "login") => Some(json!(format!("sample{number}"))),
        (Kind::User, "mobile") => Some(json!(format!("4917012{number:05}"))),
        (Kind::User, "mobileDelay") => pick(json!(5), json!(10)),
        (Kind::User, "aliases") => Some(json!([format!("alias{number}"), "boss"])),
        (Kind::User | Kind::SipAccount, "password") => Some(json!(format!("Correct-Horse-{number}"))),
        (Kind::Extension, "number") => Some(json!(format!("{}", 200 + number))),
        (Kind::SipAccount, "username") => Some(json!(format!("phone{number}"))),
        (Kind::SipAccount, "allowedIps") => Some(json!(format!("10.{number}.0.0/16"))),
        (Kind::SipAccount | Kind::ExternalAccount, "internalCallerId" | "externalCallerId") => {
            Some(json!(format!("{}", 300 + number)))
        }
        (Kind::ExternalAccount, "accountId") => Some(json!(format!("sim-{number}"))),
        (Kind::PhoneNumber, "number") => Some(json!(format!("4930555{number:04}"))),
        (Kind::PhoneNumber, "scheduler") => Some(json!({
            "work": { "type": "ACCOUNT", "target": format!("sample{number}"), "targetName": "", "greeting": "", "custom": false },
            "rest": { "type": "HANGUP", "target": "", "targetName": "", "greeting": "", "custom": false },
            "schedule": {
                "monday": { "from": 32400, "to": 64800 }, "tuesday": null, "wednesday": null, "thursday": null,
                "friday": null, "saturday": null, "sunday": null,
            },
        })),
        (Kind::Gateway, "host") => Some(json!(format!("gw{number}.example"))),
        (Kind::Gateway | Kind::Trunk, "codecs") => {
            pick(json!(["OPUS", "G722"]), json!(["PCMA", "OPUS", "TELEPHONE_EVENT"]))
        }
        (Kind::Gateway | Kind::Route, "srcRewriteRule" | "dstRewriteRule") => {
            Some(json!(format!("^9(\\d{{{number}}})$")))
        }
        (Kind::Route, "srcPrefix" | "dstPrefix") => Some(json!(format!("49{number}"))),
        (Kind::DialPlan, "rules") => Some(
            json!([{ "pattern": format!("^0(\\d{{{number}}})$"), "replacement": "49\\1", "comment": null }]),
        ),
        (Kind::Holiday, "consecutive") => Some(json!(true)),
        (Kind::Holiday, "everyYear") => Some(json!(false)),
        (Kind::Holiday, "yearStart" | "yearEnd") => Some(json!(2030 + number)),
        (Kind::Holiday, "monthStart") => Some(json!(1 + number % 4)),
        (Kind::Holiday, "monthEnd") => Some(json!(6 + number % 6)),
        (Kind::Holiday, "dayStart") => Some(json!(1 + number % 9)),
        (Kind::Holiday, "dayEnd") => Some(json!(11 + number % 9)),
        (Kind::Holiday, "hourStart" | "minuteStart") => Some(json!(number % 8)),
        (Kind::Holiday, "hourEnd" | "minuteEnd") => Some(json!(10 + number % 8)),
        (Kind::ApiKey, "scopes") => pick(json!(["read"]), json!(["phone_number:write", "read"])),
        (Kind::ApiKey, "networks") => Some(json!([format!("10.{number}.0.0/16"), "192.0.2.1/32"])),
        (Kind::ApiKey, "expiresAt") => Some(json!(format!("20{}-01-01T00:00:00Z", 40 + number % 50))),
        _ => None,
    }
}

/// What a create must be told besides what the schema demands, and why.
pub fn companions(kind: Kind) -> Value {
    match kind {
        // In which year, and when: needed unless it comes back every year, and for one that does.
        Kind::Holiday => {
            json!({ "yearStart": 2030, "yearEnd": 2030, "monthStart": 5, "dayStart": 10, "monthEnd": 5, "dayEnd": 10 })
        }
        _ => json!({}),
    }
}

/// The smallest input that makes a row of this kind in the tenant.
pub fn create_input(graph: &Graph, kind: Kind, ids: &Ids, number: usize) -> Value {
    let mut input = Map::new();
    for field in graph.fields(&format!("{}CreateInput", type_name(kind))) {
        if field.is_required() || matches!((kind, field.name()), (Kind::ApiKey, "userId") | (_, "tenantId")) {
            input.insert(field.name().to_owned(), value(graph, kind, field.name(), ids, number));
        }
    }
    for (name, value) in companions(kind).as_object().into_iter().flatten() {
        input.entry(name).or_insert_with(|| value.clone());
    }
    Value::Object(input)
}

/// A value for one field of the input that makes or changes a kind.
pub fn value(graph: &Graph, kind: Kind, name: &str, ids: &Ids, number: usize) -> Value {
    let inputs = ["Update", "Create"].map(|verb| format!("{}{verb}Input", type_name(kind)));
    let mut fields = inputs.iter().filter(|of| graph.find(of).is_some()).flat_map(|of| graph.fields(of));
    let field = fields.find(|field| field.name() == name).unwrap_or_else(|| panic!("no {name} of {kind:?}"));
    if let Some(value) = sample(kind, name, number) {
        return value;
    }
    match (graph.kind_of(field.named_type()), field.named_type()) {
        (_, "ID") => {
            let id = json!(ids[&kind_of_id(name, &field_name(kind))]);
            if field.is_list() { json!([id]) } else { id }
        }
        (_, "String" | "Secret") if !field.is_list() => json!(format!("sample {number}")),
        (_, "Int") if !field.is_list() => json!(number + 1),
        (_, "Boolean") => json!(number % 2 == 1),
        ("ENUM", of) if !field.is_list() => {
            let words: Vec<_> = graph.words(of).collect();
            json!(words[number % words.len()])
        }
        (of, named) => panic!("{kind:?}.{name} ({of} {named}) needs a line in samples.rs"),
    }
}

/// In which order kinds are made: what others refer to comes first.
pub const ORDER: &[Kind] = &[
    Kind::UserGroup,
    Kind::DialPlan,
    Kind::Gateway,
    Kind::Route,
    Kind::User,
    Kind::Extension,
    Kind::SipAccount,
    Kind::PhoneNumber,
    Kind::ExternalAccount,
    Kind::Trunk,
    Kind::ApiKey,
    Kind::Holiday,
];

/// Whether clients make and change rows of this kind; sessions begin by logging in, and the records of
/// calls come from the switches.
pub fn is_written(kind: Kind) -> bool {
    !matches!(kind, Kind::Session | Kind::Cdr)
}

/// Makes one row of each kind in a tenant, as an operator does, and answers their ids.
pub async fn one_of_each(app: &App, graph: &Graph, domain: &str, number: usize) -> Ids {
    let operator = app.operator().await;
    let tenant = app.tenant(domain).await;
    let mut ids = Ids::from([(Kind::Tenant, tenant.id.to_string())]);
    for kind in ORDER {
        let input = create_input(graph, *kind, &ids, number);
        ids.insert(*kind, make(&operator, *kind, input).await);
    }
    // A session is made by logging in.
    let input = json!({ "tenantId": ids[&Kind::Tenant], "userId": ids[&Kind::User] });
    operator.mutate("sessionCreateLink", input, "link").await.ok();
    let query = "query($id: ID!) { sessions(filter: { tenantId: { eq: $id } }, last: 1) { nodes { id } } }";
    let found = operator.gql(query, json!({ "id": ids[&Kind::Tenant] })).await;
    let session = found["sessions"]["nodes"][0]["id"].as_str().expect("a session").to_owned();
    ids.insert(Kind::Session, session);
    ids.insert(Kind::Cdr, call(app, &ids, &format!("sample-{domain}-{number}")).await);
    assert_eq!(ids.len(), Kind::ALL.len(), "a kind is missing in samples.rs");
    ids
}

/// A call of a tenant that a switch tells of, with nothing but what every call has.
pub fn ended_call(leg: &str, tenant: Id<tenant::Entity>) -> CdrIngestInput {
    let (engine, leg) = ("switch1".to_owned(), leg.to_owned());
    CdrIngestInput {
        tenant_id: Some(tenant).into(),
        ..CdrIngestInput::of(engine, leg, CallDirection::Internal, chrono::Utc::now())
    }
}

/// Records a call that came in by the trunk and left by the gateway and the route among these, both its legs, and
/// answers the id of the one that left.
pub async fn call(app: &App, ids: &Ids, leg: &str) -> String {
    let tenant = ids[&Kind::Tenant].parse().expect("an id");
    let trunk = ids[&Kind::Trunk].parse().expect("an id");
    let tell = async |leg: &str, direction, more: fn(&Ids, &mut CdrIngestInput)| {
        let mut call = ended_call(leg, tenant);
        (call.direction, call.trunk_id) = (direction, Some(trunk).into());
        more(ids, &mut call);
        app.services.ingest_cdr(&App::system(), call).await.expect("a record of a call").id.to_string()
    };
    tell(&format!("{leg}-in"), CallDirection::Incoming, |_, _| ()).await;
    let left = |ids: &Ids, call: &mut CdrIngestInput| {
        call.gateway_id = Some(ids[&Kind::Gateway].parse().expect("an id")).into();
        call.route_id = Some(ids[&Kind::Route].parse().expect("an id")).into();
    };
    tell(leg, CallDirection::Outgoing, left).await
}

/// Makes a row and answers its id.
pub async fn make(actor: &Actor, kind: Kind, input: Value) -> String {
    let field = field_name(kind);
    let made = actor.mutate(&format!("{field}Create"), input.clone(), &format!("{field} {{ id }}")).await;
    let id = made.ok()[&field]["id"].as_str();
    id.unwrap_or_else(|| panic!("{field}Create of {input} made nothing: {}", made.json)).to_owned()
}
