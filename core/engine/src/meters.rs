//! What the engine's metrics mean.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Tells the recorder; once, when the engine starts.
pub(crate) fn describe() {
    describe_deliveries();
    describe_counter!(
        "errand_outcomes_total",
        "Items that ended at the door, by category and outcome"
    );
    describe_counter!("errand_events_total", "Events that were digested, by outcome");
    describe_counter!("errand_issues_created_total", "New issues");
    describe_counter!(
        "errand_digested_late_total",
        "Envelopes that were only checked when they came"
    );
    describe_counter!(
        "errand_dead_envelopes_total",
        "Envelopes set aside because they cannot be digested"
    );
    describe_histogram!("errand_digest_batch_records", "Envelopes in a transaction");
    describe_histogram!(
        "errand_digest_persist_seconds",
        Unit::Seconds,
        "Time that a transaction takes"
    );
    describe_gauge!(
        "errand_digest_lag_seconds",
        Unit::Seconds,
        "How long what is being stored has waited"
    );
    describe_gauge!("errand_queue_records", "Envelopes that wait to be digested");
    describe_gauge!(
        "errand_queue_bytes",
        Unit::Bytes,
        "Bytes of the queue that are not digested"
    );
    describe_gauge!(
        "errand_queue_memory_bytes",
        Unit::Bytes,
        "Memory of digested envelopes that wait"
    );
    describe_counter!("errand_queue_appended_total", "Envelopes appended to the queue");
    describe_counter!("errand_queue_syncs_total", "Syncs of the queue to its disk");
    describe_counter!(
        "errand_queue_lost_bytes_total",
        "Bytes of the queue that were damaged"
    );
    describe_histogram!(
        "errand_job_seconds",
        Unit::Seconds,
        "Time that a job takes, by job"
    );
    describe_counter!("errand_job_failures_total", "Jobs that failed, by job");
}

fn describe_deliveries() {
    describe_counter!("errand_lifecycle_total", "Happenings fanned out");
    describe_counter!("errand_deliveries_total", "Deliveries owed to installations");
    describe_counter!("errand_attempts_total", "Attempts at deliveries, by outcome");
    describe_counter!(
        "errand_plugin_calls_total",
        "Calls of plugins besides deliveries, by occasion and outcome"
    );
    describe_histogram!(
        "errand_attempt_seconds",
        Unit::Seconds,
        "Time that an attempt takes"
    );
    describe_gauge!("errand_attempts_running", "Attempts under way");
    describe_counter!(
        "errand_destinations_held_total",
        "Times that a destination was left alone because it was down or busy"
    );
    describe_counter!(
        "errand_installations_paused_total",
        "Times that an installation was paused until an admin acts"
    );
}
