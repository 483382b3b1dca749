//! How much one account may ask of GraphQL: points that come back by themselves, a second's worth at most.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use chrono::{DateTime, Utc};
use moka::{policy::EvictionPolicy, sync::Cache};
use service::Caller;

/// How many callers are remembered; who is forgotten begins anew.
const CALLERS: u64 = 100_000;
/// For how long a caller is remembered that does not call.
const IDLE: Duration = Duration::from_secs(3600);
/// Parts of a point, so that what a microsecond brings back is a whole number.
const PART: i64 = 1_000_000;
/// How many fields of an answer cost a point.
const FIELDS: u64 = 1000;

/// What an operation costs whose answer may have so many fields.
pub fn points(complexity: u64) -> u64 {
    1 + complexity / FIELDS
}

/// The points of all callers of this process.
pub struct Rate {
    limit: u32,
    known: Cache<(&'static str, i64), Bucket>,
    // Apart, so that a crowd of strangers makes nobody forgotten who is known.
    unknown: Cache<Option<IpAddr>, Bucket>,
}

type Bucket = Arc<Mutex<Spent>>;

/// What a caller has spent and not got back, in parts of a point.
#[derive(Debug, Default)]
struct Spent {
    parts: i64,
    at: i64,
}

/// What a caller has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The points of a second.
    pub limit: u32,
    /// The points that are left.
    pub remaining: u32,
    /// In how many seconds all are back.
    pub reset: u64,
    /// How many seconds to wait first; 0 for who may go on.
    pub wait: u64,
}

impl Rate {
    /// So many points each second; 0 is no bound.
    pub fn new(limit: u32) -> Self {
        Self { limit, known: cache(), unknown: cache() }
    }

    /// Takes points from who is calling, or from the address of who is not known; none when there is no bound.
    ///
    /// Whoever has any left may spend more than that, and pays it back by waiting. Who has to `wait` is not let in
    /// and pays nothing.
    pub fn charge(
        &self,
        caller: &Caller,
        address: Option<IpAddr>,
        points: u64,
        now: DateTime<Utc>,
    ) -> Option<Standing> {
        if self.limit == 0 {
            return None;
        }
        let account = caller.account().ok();
        let user = account.and_then(|account| Some(("user", account.id?.number())));
        let tenant = account.and_then(|account| Some(("tenant", account.tenant?.number())));
        let bucket = match user.or(tenant) {
            Some(who) => self.known.get_with(who, Bucket::default),
            None => self.unknown.get_with(address.map(network), Bucket::default),
        };
        let mut spent = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        Some(spent.charge(self.limit, points, now.timestamp_micros()))
    }
}

impl Spent {
    fn charge(&mut self, limit: u32, points: u64, now: i64) -> Standing {
        let a_second = i64::from(limit);
        let back = now.saturating_sub(self.at).max(0).saturating_mul(a_second);
        *self = Self { parts: self.parts.saturating_sub(back).max(0), at: now };
        let full = a_second * PART;
        let wait = match self.parts < full {
            true => {
                let cost = i64::try_from(points).unwrap_or(i64::MAX).saturating_mul(PART);
                self.parts = self.parts.saturating_add(cost);
                0
            }
            false => seconds(self.parts - full + 1, full),
        };
        let remaining = u32::try_from((full - self.parts).max(0) / PART).unwrap_or(limit);
        Standing { limit, remaining, reset: seconds(self.parts, full), wait }
    }
}

impl Standing {
    /// Writes it into the head of an answer, as draft-ietf-httpapi-ratelimit-headers-07 has it.
    pub fn write(&self, headers: &mut HeaderMap) {
        let names =
            ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"].map(HeaderName::from_static);
        let values = [self.limit.into(), self.remaining.into(), self.reset];
        for (name, value) in names.into_iter().zip(values) {
            headers.insert(name, HeaderValue::from(value));
        }
        if self.wait > 0 {
            headers.insert(header::RETRY_AFTER, self.wait.into());
        }
    }
}

/// How many seconds bring back so much, of which one brings back `each`; begun ones count.
fn seconds(parts: i64, each: i64) -> u64 {
    parts.unsigned_abs().div_ceil(each.unsigned_abs())
}

/// The address, of which one caller has but one: of the newer sort each has a whole network.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        older => older,
    }
}

fn cache<K: std::hash::Hash + Eq + Send + Sync + 'static>() -> Cache<K, Bucket> {
    let cache = Cache::builder().max_capacity(CALLERS).time_to_idle(IDLE);
    // Whoever is new is remembered, and not whoever comes most often.
    cache.eviction_policy(EvictionPolicy::lru()).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_come_back_and_may_be_overdrawn_once() {
        let mut spent = Spent::default();
        let mut charge = |points, now| {
            let standing = spent.charge(10, points, now);
            (standing.remaining, standing.reset, standing.wait)
        };
        assert_eq!(charge(4, 1_000_000), (6, 1, 0));
        assert_eq!(charge(1, 1_050_000), (5, 1, 0), "half a point is back");
        assert_eq!(charge(25, 1_050_000), (0, 3, 0), "more than there is");
        assert_eq!(charge(1, 1_050_000), (0, 3, 2), "19.5 are missing");
        assert_eq!(charge(1, 3_000_000), (0, 1, 1), "none is back");
        assert_eq!(charge(1, 3_100_000), (0, 1, 0));
        assert_eq!(charge(1, 2_000_000), (0, 1, 1), "a clock that goes back brings nothing");
        assert_eq!(charge(1, 4_000_000), (9, 1, 0));
        assert_eq!(charge(u64::MAX, 4_000_000).2, 0);
        assert!(charge(0, i64::MAX).2 == 0);
    }

    #[test]
    fn an_operation_costs_a_point_and_one_for_each_thousand_fields() {
        assert_eq!([0, 999, 1000, 500_000].map(points), [1, 1, 2, 501]);
    }

    #[test]
    fn strangers_are_told_apart_by_their_networks() {
        let same = |one: &str, other: &str| network(one.parse().unwrap()) == network(other.parse().unwrap());
        assert!(same("2001:db8::1", "2001:db8::ffff:1") && !same("2001:db8::1", "2001:db8:0:1::1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
    }
}
