//! What is asked: for each query and candidate, the sequence of requests that one connection sends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sqlx::{PgConnection, SqliteConnection};

use crate::candidate::Who;
use crate::http::request;
use crate::load::Next;
use crate::seed::{Rows, operator_key};

/// How many rows of Q5 one connection changes in turn.
const OWN_ROWS: u32 = 50;

/// How many writes there were so far.
static WRITES: AtomicU64 = AtomicU64::new(0);

/// A measured query.
pub struct Case {
    /// What it is called.
    pub name: &'static str,
    /// What it asks, for people.
    pub sentence: &'static str,
    /// How many times the hand-written server's requests per processor time it should answer.
    pub aim: Option<f64>,
    /// Its document in our schema, its path in the hand-written server, and its document for PostGraphile.
    query: Query,
}

enum Query {
    GraphQl { ours: &'static str, path: &'static str, postgraphile: &'static str, variables: Variables },
    Rest(fn(&Turn) -> Asked),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variables {
    Extension,
    Tenant,
    None,
    First,
    Deep,
    Update,
}

macro_rules! graphql {
    ($file:literal, $path:literal, $variables:ident) => {
        Query::GraphQl {
            ours: include_str!(concat!("../queries/", $file, ".graphql")),
            path: $path,
            postgraphile: include_str!(concat!("../queries/postgraphile/", $file, ".graphql")),
            variables: Variables::$variables,
        }
    };
}

/// All that is measured by requests.
pub const CASES: &[Case] = &[
    Case {
        name: "Q1",
        sentence: "one extension by its id, 8 fields",
        aim: Some(0.8),
        query: graphql!("q1", "/q1", Extension),
    },
    Case {
        name: "Q2",
        sentence: "100 extensions of a tenant by number, 8 fields",
        aim: Some(0.6),
        query: graphql!("q2", "/q2", Tenant),
    },
    Case {
        name: "Q3",
        sentence: "20 tenants, 10 extensions of each, their users, their SIP accounts",
        aim: Some(0.8),
        query: graphql!("q3", "/q3", None),
    },
    Case {
        name: "Q4 first",
        sentence: "the first 50 outgoing calls by time, with a cursor for more",
        aim: Some(0.8),
        query: graphql!("q4", "/q4", First),
    },
    Case {
        name: "Q4 deep",
        sentence: "page 20,000 of the same: a million rows deep",
        aim: Some(0.8),
        query: graphql!("q4", "/q4", Deep),
    },
    Case {
        name: "Q4 count",
        sentence: "the deep page with `totalCount`",
        aim: Some(0.8),
        query: graphql!("q4_count", "/q4", Deep),
    },
    Case {
        name: "Q5",
        sentence: "an extension's label, with `expectedVersion`",
        aim: Some(0.8),
        query: graphql!("q5", "/q5", Update),
    },
    Case { name: "L1", sentence: "boss: one number by its digits", aim: None, query: Query::Rest(telnum) },
    Case {
        name: "L2",
        sentence: "phone_systems: 100 numbers by their digits, with their customers",
        aim: None,
        query: Query::Rest(numbers),
    },
    Case {
        name: "L3",
        sentence: "boss: another gateway for a number",
        aim: None,
        query: Query::Rest(change_telnum),
    },
];

/// Where a sequence of requests is.
struct Turn {
    connection: u32,
    /// How many requests the connection has sent.
    sent: u32,
    /// A number that jumps about.
    random: u32,
    rows: Rows,
}

/// A request: method, path, type of its body, body.
type Asked = (&'static str, String, &'static str, String);

fn telnum(turn: &Turn) -> Asked {
    ("GET", telnum_path(turn.random % turn.rows.numbers + 1), "application/json", String::new())
}

fn numbers(turn: &Turn) -> Asked {
    let page = turn.random % (turn.rows.numbers / 100) + 1;
    let query = format!("include=customer&page%5Bnumber%5D={page}&page%5Bsize%5D=100&sort=number");
    let path = format!("/api/rest/public/operator/available_did_numbers?{query}");
    ("GET", path, "application/vnd.api+json", String::new())
}

/// Each connection has its own numbers, and gives each the other of two gateways in turn.
fn change_telnum(turn: &Turn) -> Asked {
    let own = std::cmp::min(OWN_ROWS, turn.rows.numbers / 100);
    let number = turn.connection * own + turn.sent % own + 1;
    let gateway = turn.sent / own % 9 + 2;
    let body = json!({ "gateways": [gateway.to_string(), "1"] });
    ("PUT", telnum_path(number), "application/json", body.to_string())
}

fn telnum_path(number: u32) -> String {
    format!("/sys/boss/v1/telnums/{}", 49_301_000_000_u64 + u64::from(number))
}

/// What requests need to know of the rows.
#[derive(Clone, Debug)]
pub struct Facts {
    /// How many there are.
    pub rows: Rows,
    /// The place before page 20,000: microseconds since 1970, and the id.
    pub deep: (i64, i64),
    /// The same place as PostGraphile tells it.
    pub deep_for_postgraphile: Option<String>,
}

impl Facts {
    /// Finds the last row before the deep page.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of_postgres(rows: Rows, connection: &mut PgConnection) -> Result<Self> {
        let statement = "SELECT (extract(epoch FROM started_at) * 1000000)::bigint, id FROM cdr \
            WHERE direction = 'OUTGOING' ORDER BY started_at, id OFFSET $1 LIMIT 1";
        let deep = sqlx::query_as(statement).bind(before_deep(rows)).fetch_one(connection).await?;
        Ok(Self { rows, deep, deep_for_postgraphile: None })
    }

    /// Finds the last row before the deep page.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of_sqlite(rows: Rows, connection: &mut SqliteConnection) -> Result<Self> {
        let statement = "SELECT CAST(strftime('%s', started_at) AS integer) * 1000000, id FROM cdr \
            WHERE direction = 'OUTGOING' ORDER BY started_at, id LIMIT 1 OFFSET ?1";
        let deep = sqlx::query_as(statement).bind(before_deep(rows)).fetch_one(connection).await?;
        Ok(Self { rows, deep, deep_for_postgraphile: None })
    }
}

/// How many outgoing calls come before the last row of the page before the deep one.
pub fn before_deep(rows: Rows) -> i64 {
    // 48 of 50 are outgoing: of 1,050,000 a little more than 20,000 pages.
    i64::from(rows.cdrs) * 20 / 21 - 51
}

impl Case {
    /// The requests of each connection; none when the candidate does not have this.
    pub fn sequences(&self, who: Who, host: &str, facts: &Facts, connections: u32) -> Option<Vec<Next>> {
        let connections = (0..connections).map(|connection| self.sequence(who, host, facts, connection));
        connections.collect()
    }

    /// The first request, for comparing answers.
    pub fn first(&self, who: Who, host: &str, facts: &Facts) -> Option<Vec<u8>> {
        // The same texts for each candidate.
        WRITES.store(0, Ordering::Relaxed);
        self.sequence(who, host, facts, 0).map(|mut next| next(None))
    }

    fn sequence(&self, who: Who, host: &str, facts: &Facts, connection: u32) -> Option<Next> {
        let key = operator_key();
        let (host, facts) = (host.to_owned(), facts.clone());
        let mut turn = connection;
        match &self.query {
            Query::Rest(_) if who == Who::PostGraphile => None,
            Query::Rest(ask) => {
                let (ask, mut turn) =
                    (*ask, Turn { connection, sent: 0, random: connection, rows: facts.rows });
                Some(Box::new(move |_| {
                    turn.random = turn.random.wrapping_mul(69_069).wrapping_add(1);
                    let (method, path, content_type, body) = ask(&turn);
                    turn.sent = turn.sent.wrapping_add(1);
                    request(method, &path, &host, &key, content_type, &body)
                }))
            }
            Query::GraphQl { ours, path, postgraphile, variables } => {
                let (path, document) = match who {
                    Who::Ours => ("/graphql", *ours),
                    Who::HandWritten => (*path, *ours),
                    Who::PostGraphile => ("/graphql", *postgraphile),
                };
                let post = move |variables: Value| {
                    let body = json!({ "query": document, "variables": variables }).to_string();
                    request("POST", path, &host, &key, "application/json", &body)
                };
                match variables {
                    Variables::Update => Some(updates(who, connection, &facts, post)),
                    variables => {
                        let (variables, facts) = (*variables, Arc::new(facts));
                        Some(Box::new(move |_| {
                            turn = turn.wrapping_mul(69_069).wrapping_add(1);
                            post(reading(who, variables, &facts, turn))
                        }))
                    }
                }
            }
        }
    }
}

/// The variables of a query that reads.
fn reading(who: Who, variables: Variables, facts: &Facts, turn: u32) -> Value {
    let id = |kind: &str, number: u32| match who {
        Who::PostGraphile => json!(number.to_string()),
        _ => json!(format!("{kind}_{number}")),
    };
    match variables {
        Variables::Extension => json!({ "id": id("extension", turn % facts.rows.extensions + 1) }),
        Variables::Tenant => json!({ "tenant": id("tenant", turn % facts.rows.tenants + 1) }),
        Variables::First => json!({ "after": null }),
        Variables::Deep => {
            let (time, row) = facts.deep;
            let place = || BASE64_URL_SAFE_NO_PAD.encode(format!("[\"started_at,id\",{time},{row}]"));
            match who {
                Who::PostGraphile => json!({ "after": facts.deep_for_postgraphile }),
                _ => json!({ "after": place() }),
            }
        }
        Variables::None | Variables::Update => json!({}),
    }
}

/// Changes of a connection's own rows, each with the version that the answer before told.
fn updates(
    who: Who,
    connection: u32,
    facts: &Facts,
    post: impl Fn(Value) -> Vec<u8> + Send + 'static,
) -> Next {
    let own = std::cmp::min(OWN_ROWS, facts.rows.extensions / 100);
    let first = connection * own + 1;
    let mut versions: Vec<Option<i64>> = vec![None; own as usize];
    let mut count = 0_u64;
    Box::new(move |answer| {
        let last = (count.wrapping_sub(1) % u64::from(own)) as usize;
        if let (Some(answer), Some(version)) = (answer, versions.get_mut(last)) {
            *version = version_in(answer);
        }
        let at = (count % u64::from(own)) as usize;
        count += 1;
        let row = first + at as u32;
        // Another text each time, also in the next round: a write that changes nothing is none.
        let label = format!("Desk {row} {}", WRITES.fetch_add(1, Ordering::Relaxed));
        let version = versions.get(at).copied().flatten();
        post(match who {
            Who::PostGraphile => {
                json!({ "id": row.to_string(), "label": label, "version": version.unwrap_or(1) + 1 })
            }
            _ => {
                json!({ "input": { "id": format!("extension_{row}"), "expectedVersion": version, "label": label } })
            }
        })
    })
}

/// The version that an answer tells.
fn version_in(answer: &[u8]) -> Option<i64> {
    let text = str::from_utf8(answer).ok()?;
    let (_, rest) = text.split_once("\"version\":")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
