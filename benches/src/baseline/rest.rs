//! The hand-written handlers of L1 to L3: answers of the older APIs.

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::database::{Database, Given, Sql};
use super::{Baseline, Refusal, json, request_id};

const L1: Sql = Sql {
    postgres: include_str!("../../sql/postgres/l1.sql"),
    sqlite: include_str!("../../sql/sqlite/l1.sql"),
};

const L2: Sql = Sql {
    postgres: include_str!("../../sql/postgres/l2.sql"),
    sqlite: include_str!("../../sql/sqlite/l2.sql"),
};

const L3: &str = include_str!("../../sql/postgres/l3.sql");

/// The same for SQLite, which has no statement that does it all.
const L3_CHANGE: &str = "UPDATE phone_number SET gateway_ids = ?2, version = version + 1, updated_at = strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now') \
     WHERE number = ?1 AND (?3 IS NULL OR tenant_id = ?3) AND gateway_ids <> ?2 RETURNING id";
const L3_REST: [&str; 3] = [
    "DELETE FROM phone_number_gateway WHERE phone_number_id = ?1 \
     AND gateway_id NOT IN (SELECT value FROM json_each((SELECT gateway_ids FROM phone_number WHERE id = ?1)))",
    "INSERT OR IGNORE INTO phone_number_gateway (phone_number_id, gateway_id) \
     SELECT n.id, value FROM phone_number AS n, json_each(n.gateway_ids) WHERE n.id = ?1",
    "INSERT INTO change (tenant_id, kind, row_id, event, version, actor_id, actor, door, request_id, at, fields) \
     SELECT tenant_id, 'phone_number', id, 'UPDATED', version, ?2, ?3, 'boss', ?4, updated_at, \
     json_object('gateway_ids', json(gateway_ids)) FROM phone_number WHERE id = ?1",
];

/// Which page of a list.
#[derive(Deserialize)]
pub struct Page {
    #[serde(rename = "page[number]")]
    number: i64,
}

/// What to write of a number.
#[derive(Deserialize)]
pub struct Telnum {
    gateways: Vec<String>,
}

/// `GET /sys/boss/v1/telnums/{number}`
pub async fn telnum(
    State(app): State<Baseline>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Path(number): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let account = app.logins.account(&app.database, &headers, address.ip().to_canonical()).await?;
    let given = [Given::Text(Some(&number)), Given::Number(account.tenant)];
    let row = app.database.row::<(String,)>(&L1, &given).await?;
    row.map(|(text,)| json(text)).ok_or(Refusal::NotFound)
}

/// `GET /api/rest/public/operator/available_did_numbers`, a hundred at a time with their customers
pub async fn numbers(
    State(app): State<Baseline>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Query(page): Query<Page>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    const SIZE: i64 = 100;
    let account = app.logins.account(&app.database, &headers, address.ip().to_canonical()).await?;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).ok_or(Refusal::Unreadable)?;
    let base = format!("http://{host}/api/rest/public/operator");
    let offset = (page.number - 1).saturating_mul(SIZE);
    let given = [Given::Text(Some(&base)), Given::Number(Some(offset)), Given::Number(account.tenant)];
    let row = app.database.row::<(String, String, i64)>(&L2, &given).await?;
    let (data, included, count) = row.ok_or(Refusal::NotFound)?;
    let last = std::cmp::max((count + SIZE - 1) / SIZE, 1);
    let link = |name: &str, number: i64| {
        format!(
            "\"{name}\":\"{base}/available_did_numbers?include=customer&page%5Bnumber%5D={number}&page%5Bsize%5D={SIZE}&sort=number\""
        )
    };
    let mut links = vec![link("first", 1)];
    links.extend((page.number > 1).then(|| link("prev", page.number - 1)));
    links.extend((page.number < last).then(|| link("next", page.number + 1)));
    links.push(link("last", last));
    let text = format!(
        "{{\"data\":{data},\"included\":{included},\"meta\":{{\"record_count\":{count}}},\"links\":{{{}}}}}",
        links.join(",")
    );
    Ok(([(header::CONTENT_TYPE, "application/vnd.api+json")], text).into_response())
}

/// `PUT /sys/boss/v1/telnums/{number}`
pub async fn update_telnum(
    State(app): State<Baseline>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Path(number): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let account = app.logins.account(&app.database, &headers, address.ip().to_canonical()).await?;
    let body: Telnum = serde_json::from_slice(&body).map_err(|_| Refusal::Unreadable)?;
    let gateways: Result<Vec<i64>, _> = body.gateways.iter().map(|id| id.parse()).collect();
    let gateways = serde_json::to_string(&gateways.map_err(|_| Refusal::Unreadable)?).unwrap_or_default();
    let request_id = request_id();
    let changed: Option<(i64,)> = match &app.database {
        Database::Postgres(pool) => {
            let query = sqlx::query_as(L3).bind(&number).bind(gateways).bind(account.tenant).bind(account.id);
            query.bind(&account.login).bind(request_id).fetch_optional(pool).await?
        }
        Database::Sqlite(_, writer) => {
            let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
            let query = sqlx::query_as(L3_CHANGE).bind(number.clone()).bind(gateways).bind(account.tenant);
            let changed: Option<(i64,)> = query.fetch_optional(&mut *tx).await?;
            if let Some((id,)) = changed {
                for statement in L3_REST {
                    let query = sqlx::query(statement).bind(id).bind(account.id).bind(account.login.clone());
                    query.bind(request_id.clone()).execute(&mut *tx).await?;
                }
            }
            tx.commit().await?;
            changed
        }
    };
    if changed.is_none() {
        // What changes nothing is no write, and no error where there is such a number.
        let given = [Given::Text(Some(&number)), Given::Number(account.tenant)];
        app.database.row::<(String,)>(&L1, &given).await?.ok_or(Refusal::NotFound)?;
    }
    Ok(StatusCode::NO_CONTENT)
}
