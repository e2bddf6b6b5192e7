//! Says how much waits to be digested, also while the database fails and nothing is.

use std::time::Duration;

use super::runner::{Jobs, Round};

pub(super) const EVERY: Duration = Duration::from_secs(5);

pub(super) fn round(jobs: &Jobs) -> Round {
    let backlog = jobs.queue.backlog();
    metrics::gauge!("errand_queue_records").set(backlog.records as f64);
    metrics::gauge!("errand_queue_bytes").set(backlog.bytes as f64);
    metrics::gauge!("errand_queue_memory_bytes").set(backlog.memory_bytes as f64);
    metrics::gauge!("errand_digest_lag_seconds").set(jobs.lag.seconds(jobs.hub.now()));
    metrics::counter!("errand_queue_appended_total").absolute(backlog.appended);
    metrics::counter!("errand_queue_syncs_total").absolute(backlog.syncs);
    metrics::counter!("errand_queue_lost_bytes_total").absolute(backlog.lost_bytes);
    Round::Done
}
