//! One attempt: the plugin runs, and what came of it is put into a record.

use std::sync::Arc;
use std::time::Duration;

use errand_model::Timestamp;
use errand_model::delivery::AttemptOutcome;
use errand_plugin_host::{Attempt, DeliveryCall, DigestCall, RequestRecord};
use errand_store::deliveries::{self, Claimed, Ended};
use serde::Serialize;

use super::brief::{Brief, Plan};
use super::outcome;
use crate::hub::Hub;
use crate::plugins::Plugins;

/// How much longer than the deadline the plugin's own host may take to say that it was passed.
const GRACE: Duration = Duration::from_secs(5);

/// The longest destination that is told apart, in characters.
const HOST_CHARS: usize = 255;

/// Makes attempts.
pub(crate) struct Attempter {
    pub(crate) hub: Hub,
    pub(crate) plugins: Arc<dyn Plugins>,
    pub(crate) deadline: Duration,
}

impl Attempter {
    /// Tries a delivery, or those of a digest together.
    pub(crate) async fn attempt(&self, brief: Brief) -> Vec<Ended> {
        let started = self.hub.now();
        let Brief {
            claimed,
            others,
            plan,
            as_of,
        } = brief;
        let attempt = match plan {
            Plan::Call { plugin, call } => self.call(&plugin, *call).await,
            Plan::Together { plugin, call } => self.digest(&plugin, *call).await,
            Plan::End(outcome) => Attempt::not_run(outcome),
        };
        let outcome = outcome::bounded(attempt.outcome.clone(), claimed.event.at, self.hub.now());
        metrics::counter!("errand_attempts_total", "outcome" => outcome::name(&outcome)).increment(1);
        metrics::histogram!("errand_attempt_seconds").record(attempt.wall_ms as f64 / 1_000.0);
        let first = Ended {
            settings_as_of: as_of,
            host: destination(&attempt.requests),
            attempt: kept(started, outcome, &attempt),
            claimed,
        };
        let others = others
            .into_iter()
            .map(|claimed| beside(&first, claimed))
            .collect::<Vec<_>>();
        std::iter::once(first).chain(others).collect()
    }

    /// Runs the plugin for what was gathered.
    pub(crate) async fn digest(&self, plugin: &str, call: DigestCall) -> Attempt {
        within(self.deadline, self.plugins.digest(plugin, call))
            .await
            .unwrap_or_else(|late| late)
    }

    /// Runs the plugin.
    pub(crate) async fn call(&self, plugin: &str, call: DeliveryCall) -> Attempt {
        within(self.deadline, self.plugins.deliver(plugin, call))
            .await
            .unwrap_or_else(|late| late)
    }
}

/// The same attempt, as it is kept with another delivery of the digest: what it did stands with the first.
fn beside(first: &Ended, claimed: Claimed) -> Ended {
    let attempt = deliveries::Attempt {
        log: "[]".to_owned(),
        requests: "[]".to_owned(),
        changes: Vec::new(),
        cpu_ms: 0,
        ..first.attempt.clone()
    };
    Ended {
        claimed,
        attempt,
        ..first.clone()
    }
}

/// Waits for a call of a plugin. Its host ends it at the deadline; if the host itself hangs, it is ended here, with an
/// attempt that says so.
pub(crate) async fn within<T>(deadline: Duration, call: impl Future<Output = T>) -> Result<T, Attempt> {
    let limit = deadline + GRACE;
    let called = tokio::time::timeout(limit, call).await;
    called.map_err(|_| Attempt {
        wall_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
        ..Attempt::not_run(AttemptOutcome::Crashed {
            limit: outcome::WALL.to_owned(),
            message: format!("nothing came back within {} seconds", limit.as_secs()),
        })
    })
}

/// An attempt as it is kept, which began at `started` and is taken to have ended in `outcome`.
pub(crate) fn kept(started: Timestamp, outcome: AttemptOutcome, attempt: &Attempt) -> deliveries::Attempt {
    deliveries::Attempt {
        started,
        wall_ms: i64::try_from(attempt.wall_ms).unwrap_or(i64::MAX),
        cpu_ms: i64::try_from(attempt.cpu_ms).unwrap_or(i64::MAX),
        memory_bytes: i64::try_from(attempt.memory_bytes).unwrap_or(i64::MAX),
        outcome,
        log: text(&attempt.log),
        requests: text(&attempt.requests),
        explanation: attempt.explanation.clone(),
        changes: attempt.changes.clone(),
    }
}

/// Where the attempt went that decided it: the last request is the one that failed, if one did.
pub(crate) fn destination(requests: &[RequestRecord]) -> String {
    let url = requests.last().map_or("", |request| request.url.as_str());
    let (_, after) = url.split_once("://").unwrap_or_default();
    let host = after.split(['/', '?', '#']).next().unwrap_or_default();
    host.chars().take(HOST_CHARS).collect()
}

fn text<T: Serialize>(list: &[T]) -> String {
    // Plain records of text and numbers.
    serde_json::to_string(list).unwrap_or_else(|_| "[]".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(url: &str) -> RequestRecord {
        RequestRecord {
            method: "POST".to_owned(),
            url: url.to_owned(),
            status: None,
            error: None,
            ms: 0,
            sent_bytes: 0,
            received_bytes: 0,
            body: None,
        }
    }

    #[test]
    fn a_destination_is_host_and_port_of_the_last_request() {
        assert_eq!(destination(&[]), "");
        let requests = [
            request("https://a.example/login"),
            request("http://b.example:8080/x?…"),
        ];
        assert_eq!(destination(&requests), "b.example:8080");
        assert_eq!(destination(&[request("https://c.example")]), "c.example");
        assert_eq!(destination(&[request("(no URL)")]), "");
    }
}
