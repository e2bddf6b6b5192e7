//! A call of a plugin, whatever it is made for: how long it is waited for, what its answer is taken for, and how it is kept.

mod outcome;

use std::time::Duration;

use errand_model::Timestamp;
use errand_model::delivery::AttemptOutcome;
use errand_plugin_host::{Attempt, RequestRecord};
use errand_store::deliveries;
use serde::Serialize;

pub(crate) use outcome::{bounded, name as outcome_name};

/// How much longer than the deadline the plugin's own host may take to say that it was passed.
const GRACE: Duration = Duration::from_secs(5);

/// The longest destination that is told apart, in characters.
const HOST_CHARS: usize = 255;

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
