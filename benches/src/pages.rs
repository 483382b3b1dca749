//! P1: pages by number of a million calls, as a JSON:API client reads them that follows the links of each page.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::candidate::Candidate;
use crate::http::{Connection, request};
use crate::seed::operator_key;

/// How many rows a page has, and how often each is read; the middle one counts.
const SIZE: u64 = 50;
const TIMES: usize = 25;

/// Which lists are read.
pub const LISTS: &[(&str, &str)] = &[
    ("in the order of their ids", ""),
    ("the last one first", "sort=-time_start"),
    ("with all that they lead to", "include=customer,termination_gateway,termination_route"),
    ("of one customer", "filter%5Bcustomer.id%5D=7"),
];

/// What a list came to, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Pages {
    /// Its place in [`LISTS`].
    pub list: usize,
    /// How many calls it has.
    pub total: u64,
    /// The first page.
    pub first: f64,
    /// Which page was read after that before it.
    pub number: u64,
    /// That page, by the link of the one before it.
    pub deep: f64,
    /// The page before it, which nobody came to by a link.
    pub jump: f64,
}

/// Reads the first page of each list, and one at its end.
///
/// # Errors
/// When an answer is not what it must be.
pub async fn measure(candidate: &Candidate) -> Result<Vec<Pages>> {
    let mut reader =
        Reader { address: &candidate.address, connection: Connection::open(&candidate.address).await? };
    let mut found = Vec::new();
    for (list, (_, query)) in LISTS.iter().enumerate() {
        let page = |number: u64| {
            let page = format!("page%5Bnumber%5D={number}&page%5Bsize%5D={SIZE}");
            format!("/api/rest/public/operator/termination_cdrs?{query}&{page}")
        };
        let (_, document) = reader.read(&page(1)).await?;
        let total = document.pointer("/meta/record_count").and_then(Value::as_u64).context("no count")?;
        let number = std::cmp::min(20_000, total.div_ceil(SIZE));
        let (jump, before) = reader.read(&page(number - 1)).await?;
        let next = before.pointer("/links/next").and_then(Value::as_str).context("no next page")?;
        let (_, path) = next.split_once(candidate.address.as_str()).context("a link elsewhere")?;
        let (_, document) = reader.read(path).await?;
        let (mut first, mut deep) = (Vec::new(), Vec::new());
        // In turn, so that noise hits both alike.
        for _ in 0..TIMES {
            first.push(reader.read(&page(1)).await?.0);
            deep.push(reader.read(path).await?.0);
        }
        let (first, deep) = (middle(first), middle(deep));
        let rows = document["data"].as_array().map_or(0, Vec::len);
        ensure!(rows > 0, "page {number} is empty");
        found.push(Pages { list, total, first, number, deep, jump });
    }
    Ok(found)
}

struct Reader<'a> {
    address: &'a str,
    connection: Connection,
}

impl Reader<'_> {
    /// A document, and the milliseconds that it took.
    async fn read(&mut self, path: &str) -> Result<(f64, Value)> {
        let asked = request("GET", path, self.address, &operator_key(), "application/vnd.api+json", "");
        let began = Instant::now();
        let answer = self.connection.exchange(&asked).await?;
        let took = began.elapsed().as_secs_f64() * 1_000.0;
        ensure!(answer.status == 200, "{path}: {}", answer.status);
        Ok((took, serde_json::from_slice(answer.body)?))
    }
}

/// The middle one of several times.
fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
