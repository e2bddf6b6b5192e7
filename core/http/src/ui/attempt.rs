//! An attempt at something by a plugin, as pages show it.

use errand_model::Timestamp;
use errand_model::delivery::AttemptOutcome;
use errand_store::deliveries::StoredAttempt;

use super::json;

/// An attempt.
pub(crate) struct TryView {
    /// When it began.
    pub(crate) started: Timestamp,
    /// How long it took, in milliseconds.
    pub(crate) wall_ms: i64,
    /// How long it computed, in milliseconds.
    pub(crate) cpu_ms: i64,
    /// The most memory that it held, in bytes.
    pub(crate) memory: i64,
    /// How it ended, in words.
    pub(crate) outcome: String,
    /// What it logged.
    pub(crate) log: String,
    /// What it asked other systems.
    pub(crate) requests: String,
    /// What it changed in the hub.
    pub(crate) changes: String,
}

/// An attempt, as it is shown.
pub(crate) fn tried(stored: &StoredAttempt) -> TryView {
    TryView {
        started: stored.started,
        wall_ms: stored.wall_ms,
        cpu_ms: stored.cpu_ms,
        memory: stored.memory_bytes,
        outcome: in_words(&stored.outcome),
        log: json::listed(&stored.log),
        requests: json::listed(&stored.requests),
        changes: json::listed(&stored.changes),
    }
}

/// How it ended, in words.
pub(crate) fn in_words(outcome: &AttemptOutcome) -> String {
    match outcome {
        AttemptOutcome::Done => "done".to_owned(),
        AttemptOutcome::Ignored => "nothing to do".to_owned(),
        AttemptOutcome::Retry { message, .. } => format!("to be tried again: {message}"),
        AttemptOutcome::RateLimited { after_ms } => format!("asked to wait {} s", after_ms.div_ceil(1_000)),
        AttemptOutcome::Config { message } => format!("its settings are wrong: {message}"),
        AttemptOutcome::Auth { message } => format!("its credentials were refused: {message}"),
        AttemptOutcome::Permanent { message } => format!("it cannot work: {message}"),
        AttemptOutcome::Crashed { limit, message } => format!("crashed ({limit}): {message}"),
    }
}
