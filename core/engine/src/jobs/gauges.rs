//! Says how much waits to be digested, also while the database fails and nothing is.

use std::time::Duration;

use errand_queue::Queue;
use errand_store::persist::Arrival;

use super::round::Round;

pub(super) const EVERY: Duration = Duration::from_secs(5);

/// `lag` is for how many seconds what is being stored has waited.
pub(super) fn round(queue: &Queue<Arrival>, lag: f64) -> Round {
    let backlog = queue.backlog();
    metrics::gauge!("errand_queue_records").set(backlog.records as f64);
    metrics::gauge!("errand_queue_bytes").set(backlog.bytes as f64);
    metrics::gauge!("errand_queue_memory_bytes").set(backlog.memory_bytes as f64);
    metrics::gauge!("errand_digest_lag_seconds").set(lag);
    metrics::counter!("errand_queue_appended_total").absolute(backlog.appended);
    metrics::counter!("errand_queue_syncs_total").absolute(backlog.syncs);
    metrics::counter!("errand_queue_lost_bytes_total").absolute(backlog.lost_bytes);
    Round::Done
}
