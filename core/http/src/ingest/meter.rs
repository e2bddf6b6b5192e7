//! Counts the answers of ingest, without looking a metric up for each.

use axum::http::StatusCode;
use metrics::Counter;

/// The statuses that are counted by themselves; the others by their class.
const STATUSES: [(u16, &str); 12] = [
    (200, "200"),
    (201, "201"),
    (202, "202"),
    (400, "400"),
    (401, "401"),
    (403, "403"),
    (404, "404"),
    (408, "408"),
    (413, "413"),
    (429, "429"),
    (500, "500"),
    (503, "503"),
];

/// Counters of `errand_ingest_responses_total`, by status.
pub(crate) struct Meter {
    by_status: [Counter; STATUSES.len()],
    others: Counter,
}

impl Meter {
    /// Looks the counters up in the recorder that is installed now.
    pub(crate) fn new() -> Self {
        const NAME: &str = "errand_ingest_responses_total";
        metrics::describe_counter!(NAME, "Answers to SDKs, by HTTP status");
        Meter {
            by_status: STATUSES.map(|(_, status)| metrics::counter!(NAME, "status" => status)),
            others: metrics::counter!(NAME, "status" => "other"),
        }
    }

    pub(crate) fn count(&self, status: StatusCode) {
        let known = STATUSES.iter().zip(&self.by_status);
        let counter = known.into_iter().find(|((code, _), _)| *code == status.as_u16());
        counter.map_or(&self.others, |(_, counter)| counter).increment(1);
    }
}
