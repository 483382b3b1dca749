//! The hand-written handlers of Q1 to Q5: the body of a GraphQL request in, finished JSON out.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::response::Response;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, de::DeserializeOwned};

use super::database::{Database, Given, Sql};
use super::login::Account;
use super::{Baseline, Refusal, json, request_id};

/// Takes a statement of both dialects from the folder of statements.
macro_rules! sql {
    ($name:literal) => {
        Sql {
            postgres: include_str!(concat!("../../sql/postgres/", $name, ".sql")),
            sqlite: include_str!(concat!("../../sql/sqlite/", $name, ".sql")),
        }
    };
}

const Q1: Sql = sql!("q1");
const Q2: Sql = sql!("q2");
const Q3: Sql = sql!("q3");
const Q4: Sql = sql!("q4");
const COUNT: Sql = sql!("count");
const COUNT_OF_TENANT: Sql = sql!("count_of_tenant");
const Q5: &str = include_str!("../../sql/postgres/q5.sql");
const Q5_UPDATE: &str = include_str!("../../sql/sqlite/q5_update.sql");
const Q5_LOG: &str = include_str!("../../sql/sqlite/q5_log.sql");

/// What lies before the first row.
const BEGINNING: (i64, i64) = (-60_000_000_000_000_000, 0);

type Answer = Result<Response, Refusal>;
type From = ConnectInfo<SocketAddr>;

/// A GraphQL request; the document is read, and which one it is the path says.
#[derive(Deserialize)]
struct Asked<V> {
    query: String,
    variables: V,
}

#[derive(Deserialize)]
struct ById {
    id: String,
}

#[derive(Deserialize)]
struct ByTenant {
    tenant: String,
}

#[derive(Deserialize)]
struct Nothing {}

#[derive(Deserialize)]
struct Page {
    after: Option<String>,
}

#[derive(Deserialize)]
struct Change {
    input: Input,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    id: String,
    expected_version: Option<i64>,
    label: Option<String>,
}

pub async fn q1(State(app): State<Baseline>, from: From, headers: HeaderMap, body: Bytes) -> Answer {
    let (account, asked) = begin::<ById>(&app, from, &headers, &body).await?;
    let id = number(&asked.variables.id, "extension_")?;
    one(&app.database, &Q1, &[Given::Number(Some(id)), Given::Number(account.tenant)]).await
}

pub async fn q2(State(app): State<Baseline>, from: From, headers: HeaderMap, body: Bytes) -> Answer {
    let (account, asked) = begin::<ByTenant>(&app, from, &headers, &body).await?;
    let tenant = number(&asked.variables.tenant, "tenant_")?;
    one(&app.database, &Q2, &[Given::Number(Some(tenant)), Given::Number(account.tenant)]).await
}

pub async fn q3(State(app): State<Baseline>, from: From, headers: HeaderMap, body: Bytes) -> Answer {
    let (account, _) = begin::<Nothing>(&app, from, &headers, &body).await?;
    one(&app.database, &Q3, &[Given::Number(account.tenant)]).await
}

pub async fn q4(State(app): State<Baseline>, from: From, headers: HeaderMap, body: Bytes) -> Answer {
    const OUTGOING: Given<'static> = Given::Text(Some("OUTGOING"));
    let (account, asked) = begin::<Page>(&app, from, &headers, &body).await?;
    let (time, id) = asked.variables.after.as_deref().map_or(Ok(BEGINNING), place)?;
    let tenant = || Given::Number(account.tenant);
    let given = [OUTGOING, Given::Number(Some(time)), Given::Number(Some(id)), tenant()];
    let page = app.database.row::<(String, bool, Option<i64>, Option<i64>)>(&Q4, &given).await?;
    let (nodes, more, time, id) = page.ok_or(Refusal::NotFound)?;
    let count: Option<(i64,)> = match (asked.query.contains("totalCount"), account.tenant) {
        (true, None) => app.database.row(&COUNT, &[OUTGOING]).await?,
        (true, Some(_)) => app.database.row(&COUNT_OF_TENANT, &[OUTGOING, tenant()]).await?,
        (false, _) => None,
    };
    let count = count.map_or(String::new(), |(count,)| format!("\"totalCount\":{count},"));
    let end = match (time, id) {
        (Some(time), Some(id)) => format!("\"{}\"", cursor(time, id)),
        _ => "null".to_owned(),
    };
    Ok(json(format!(
        "{{\"data\":{{\"cdrs\":{{\"nodes\":{nodes},{count}\"pageInfo\":{{\"hasNextPage\":{more},\"endCursor\":{end}}}}}}}}}"
    )))
}

pub async fn q5(State(app): State<Baseline>, from: From, headers: HeaderMap, body: Bytes) -> Answer {
    let (account, asked) = begin::<Change>(&app, from, &headers, &body).await?;
    let Input { id, expected_version, label } = asked.variables.input;
    let id = number(&id, "extension_")?;
    let request_id = request_id();
    let changed: Option<(String,)> = match &app.database {
        Database::Postgres(pool) => {
            let query = sqlx::query_as(Q5).bind(id).bind(expected_version).bind(label).bind(account.tenant);
            query.bind(account.id).bind(&account.login).bind(request_id).fetch_optional(pool).await?
        }
        Database::Sqlite(_, writer) => {
            let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
            let query =
                sqlx::query_as(Q5_UPDATE).bind(id).bind(expected_version).bind(label).bind(account.tenant);
            let changed = query.fetch_optional(&mut *tx).await?;
            if changed.is_some() {
                let log = sqlx::query(Q5_LOG).bind(id).bind(account.id).bind(account.login.clone());
                log.bind(request_id).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            changed
        }
    };
    let conflict = || {
        "{\"data\":{\"extensionUpdate\":{\"extension\":null,\"userErrors\":[{\"code\":\"CONFLICT\"}]}}}"
            .to_owned()
    };
    Ok(json(changed.map_or_else(conflict, |(text,)| text)))
}

/// Who is calling and what is asked.
async fn begin<V: DeserializeOwned>(
    app: &Baseline,
    ConnectInfo(address): From,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(Arc<Account>, Asked<V>), Refusal> {
    let address: IpAddr = address.ip().to_canonical();
    let account = app.logins.account(&app.database, headers, address).await?;
    // Each handler may be used by every role; the statements keep to the account's tenant.
    if account.role == "RESTRICTED_USER" {
        return Err(Refusal::Unauthenticated);
    }
    let asked: Asked<V> = serde_json::from_slice(body).map_err(|_| Refusal::Unreadable)?;
    Ok((account, asked))
}

/// The answer that a statement makes.
async fn one(database: &Database, sql: &Sql, given: &[Given<'_>]) -> Answer {
    let row = database.row::<(String,)>(sql, given).await?;
    row.map(|(text,)| json(text)).ok_or(Refusal::NotFound)
}

/// The number in an opaque id.
fn number(id: &str, kind: &str) -> Result<i64, Refusal> {
    id.strip_prefix(kind).and_then(|number| number.parse().ok()).ok_or(Refusal::Unreadable)
}

/// A place in the list of calls, as the server writes it.
fn cursor(time: i64, id: i64) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("[\"started_at,id\",{time},{id}]"))
}

fn place(cursor: &str) -> Result<(i64, i64), Refusal> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| Refusal::Unreadable)?;
    let (_, time, id): (String, i64, i64) = serde_json::from_slice(&json).map_err(|_| Refusal::Unreadable)?;
    Ok((time, id))
}
