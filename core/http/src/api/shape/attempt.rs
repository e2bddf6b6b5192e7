//! Attempts of plugins, at a delivery or at whatever else they were called for. The fields are our own.

use errand_model::delivery::AttemptOutcome;
use errand_store::deliveries::StoredAttempt;
use serde::Serialize;
use utoipa::ToSchema;

use super::Time;

/// One attempt at a delivery.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DeliveryAttempt)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttemptShape {
    pub(crate) id: String,
    pub(crate) started: Time,
    /// How long it took.
    pub(crate) wall_ms: i64,
    /// How long the plugin computed.
    pub(crate) cpu_ms: i64,
    /// The most memory that the plugin had.
    pub(crate) memory_bytes: i64,
    /// `done`, `ignored`, `retry`, `rate_limited`, `config`, `auth`, `permanent` or `crashed`.
    pub(crate) outcome: &'static str,
    /// Why.
    pub(crate) message: Option<String>,
    /// What the plugin logged.
    #[schema(value_type = Vec<Object>)]
    pub(crate) log: serde_json::Value,
    /// The requests that it made.
    #[schema(value_type = Vec<Object>)]
    pub(crate) requests: serde_json::Value,
    /// What it changed of issues, and where it was left out, why.
    #[schema(value_type = Vec<Object>)]
    pub(crate) changes: serde_json::Value,
}

impl AttemptShape {
    pub(crate) fn new(stored: &StoredAttempt) -> Self {
        let (outcome, message) = outcome_of(&stored.outcome);
        let list = |text: &str| serde_json::from_str(text).unwrap_or_default();
        AttemptShape {
            id: stored.id.to_string(),
            started: Time(stored.started),
            wall_ms: stored.wall_ms,
            cpu_ms: stored.cpu_ms,
            memory_bytes: stored.memory_bytes,
            outcome,
            message,
            log: list(&stored.log),
            requests: list(&stored.requests),
            changes: list(&stored.changes),
        }
    }
}

/// How an attempt ended, and why.
pub(crate) fn outcome_of(outcome: &AttemptOutcome) -> (&'static str, Option<String>) {
    let why = |text: &String| Some(text.clone());
    match outcome {
        AttemptOutcome::Done => ("done", None),
        AttemptOutcome::Ignored => ("ignored", None),
        AttemptOutcome::Retry { message, .. } => ("retry", why(message)),
        AttemptOutcome::RateLimited { after_ms } => {
            ("rate_limited", Some(format!("asked to wait {after_ms} ms")))
        }
        AttemptOutcome::Config { message } => ("config", why(message)),
        AttemptOutcome::Auth { message } => ("auth", why(message)),
        AttemptOutcome::Permanent { message } => ("permanent", why(message)),
        AttemptOutcome::Crashed { limit, message } => ("crashed", Some(format!("{limit}: {message}"))),
    }
}
