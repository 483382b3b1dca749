//! Load in a closed loop: each connection sends its next request when it has the answer to the last.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::task::JoinSet;

use crate::http::{Connection, find};

/// What one connection sends, one after the other; it sees the last answer, if there was one.
pub type Next = Box<dyn FnMut(Option<&[u8]>) -> Vec<u8> + Send>;

/// What a run of load came to.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// How long it took, in seconds.
    pub seconds: f64,
    /// How long each request took, in microseconds, ascending.
    pub times: Vec<u32>,
    /// How many bytes the bodies had.
    pub bytes: u64,
}

impl Run {
    /// How many requests were answered each second.
    pub fn rate(&self) -> f64 {
        self.times.len() as f64 / self.seconds
    }

    /// The time, in microseconds, that this share of the requests did not exceed.
    pub fn time(&self, share: f64) -> u32 {
        let last = self.times.len().saturating_sub(1);
        self.times.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
    }

    /// The mean size of a body.
    pub fn mean_bytes(&self) -> u64 {
        self.bytes / std::cmp::max(self.times.len() as u64, 1)
    }
}

/// Loads a server with as many connections as there are sequences of requests.
///
/// # Errors
/// When a connection breaks, and when an answer is no success: what fails fast would look fast.
pub async fn load(address: &str, sequences: Vec<Next>, how_long: Duration) -> Result<Run> {
    let address: Arc<str> = address.into();
    let mut workers = JoinSet::new();
    let start = Instant::now();
    for mut next in sequences {
        let address = address.clone();
        workers.spawn(async move {
            let mut connection = Connection::open(&address).await?;
            let (mut times, mut bytes) = (Vec::with_capacity(64 * 1024), 0);
            let mut request = next(None);
            while start.elapsed() < how_long {
                let sent = Instant::now();
                let answer = connection.exchange(&request).await?;
                times.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
                let text = || String::from_utf8_lossy(answer.body).chars().take(500).collect::<String>();
                ensure!((200..300).contains(&answer.status), "status {}: {}", answer.status, text());
                ensure!(!has_errors(answer.body), "{}", text());
                bytes += answer.body.len() as u64;
                request = next(Some(answer.body));
            }
            anyhow::Ok((times, bytes))
        });
    }
    let mut run = Run::default();
    while let Some(ended) = workers.join_next().await {
        let (times, bytes) = ended??;
        run.times.extend(times);
        run.bytes += bytes;
    }
    run.seconds = start.elapsed().as_secs_f64();
    run.times.sort_unstable();
    Ok(run)
}

/// Whether a GraphQL answer tells of errors, which stand at its beginning or at its end.
fn has_errors(body: &[u8]) -> bool {
    let tail = &body[body.len().saturating_sub(300)..];
    let marks: [&[u8]; 2] = [b",\"errors\":", b"\"userErrors\":[{"];
    body.starts_with(b"{\"errors\"") || marks.iter().any(|mark| find(tail, mark).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_by_share() {
        let run = Run { seconds: 2.0, times: (1..=101).collect(), bytes: 202 };
        assert_eq!((run.time(0.5), run.time(0.99), run.time(1.0)), (51, 100, 101));
        assert_eq!((run.rate(), run.mean_bytes()), (50.5, 2));
        assert_eq!(Run::default().time(0.5), 0);
    }

    #[test]
    fn errors_are_seen_wherever_they_stand() {
        for bad in [
            r#"{"errors":[{"message":"no"}]}"#,
            r#"{"data":null,"errors":[{"message":"no"}]}"#,
            r#"{"data":{"extensionUpdate":{"extension":null,"userErrors":[{"code":"CONFLICT"}]}}}"#,
        ] {
            assert!(has_errors(bad.as_bytes()), "{bad}");
        }
        assert!(!has_errors(br#"{"data":{"extensionUpdate":{"userErrors":[]}}}"#));
    }
}
