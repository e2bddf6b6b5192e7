//! What plugins were told about an issue. Sentry has no such thing: the fields are our own.

use errand_model::Timestamp;
use errand_model::delivery::AttemptOutcome;
use errand_model::destination::Destination;
use errand_model::lifecycle::LifecycleEvent;
use errand_store::deliveries::{DeliveryRow, StoredAttempt};
use errand_store::installations::Installation;
use serde::Serialize;
use utoipa::ToSchema;

use super::Time;
use super::call::{HookShape, JobShape};
use super::grant::GrantShape;

/// A lifecycle event owed to an installed plugin.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryShape {
    pub(crate) id: String,
    pub(crate) installation_id: String,
    /// The plugin's name.
    pub(crate) plugin: String,
    /// About which issue.
    pub(crate) issue_id: String,
    /// What happened: `issue.created`.
    pub(crate) event: Option<&'static str>,
    /// `waiting`, `leased`, `done`, `ignored`, `parked`, `dead` or `superseded`.
    pub(crate) state: &'static str,
    /// Why it is parked or dead, or why it is tried again.
    pub(crate) reason: Option<String>,
    /// Attempts made.
    pub(crate) attempts: i32,
    /// The destination that failed it, which it waits for: host and port.
    pub(crate) destination: Option<String>,
    /// Whether somebody asked for it again after it was over.
    pub(crate) is_replay: bool,
    /// Not before.
    pub(crate) next_at: Time,
    pub(crate) date_created: Time,
}

impl DeliveryShape {
    /// Of a delivery to an installation, of what happened; either may be gone.
    pub(crate) fn new(
        row: DeliveryRow,
        installation: Option<&Installation>,
        event: Option<&LifecycleEvent>,
    ) -> Self {
        let delivery = row.delivery;
        DeliveryShape {
            id: delivery.id.to_string(),
            installation_id: delivery.installation.to_string(),
            plugin: installation
                .map(|installation| installation.plugin.clone())
                .unwrap_or_default(),
            issue_id: delivery.issue.to_string(),
            event: event.map(|event| event.change.name()),
            state: delivery.state.as_str(),
            reason: row.reason,
            attempts: delivery.attempts,
            destination: row.host,
            is_replay: delivery.is_replay,
            next_at: Time(delivery.next_at),
            date_created: Time(row.created),
        }
    }
}

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

/// A host that an installed plugin sends its requests to, and how it fares.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PluginDestination)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DestinationShape {
    /// Host and port; empty for attempts that made no request.
    pub(crate) host: String,
    /// `closed` where all is well; `busy` where it asked to be left alone; `open` where it is down; `half_open` where
    /// it was, and the next attempt is to show whether it is back.
    pub(crate) circuit: &'static str,
    /// Failures since it last answered.
    pub(crate) failures: i32,
    /// Nobody goes there before.
    pub(crate) held_until: Option<Time>,
    /// What was said last, while all is not well.
    pub(crate) reason: Option<String>,
}

impl DestinationShape {
    pub(crate) fn new(destination: Destination, now: Timestamp) -> Self {
        let circuit = destination.circuit(now);
        DestinationShape {
            host: destination.host,
            circuit: circuit.as_str(),
            failures: destination.failures,
            held_until: circuit.is_held().then_some(Time(destination.held_until)),
            reason: destination.reason,
        }
    }
}

/// A plugin configured for an organization or one of its projects.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PluginInstallation)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InstallationShape {
    pub(crate) id: String,
    pub(crate) plugin: String,
    /// The only version that runs for it; none for the newest that was agreed to.
    pub(crate) version: Option<String>,
    pub(crate) name: String,
    /// One project's, or none for all of the organization's.
    pub(crate) project: Option<String>,
    /// Its settings; secrets are masked.
    #[schema(value_type = Object)]
    pub(crate) config: serde_json::Value,
    /// What it may reach.
    pub(crate) grant: GrantShape,
    pub(crate) enabled: bool,
    /// Why its deliveries are held, while they are.
    pub(crate) paused: Option<String>,
    /// Where it sends its requests.
    pub(crate) destinations: Vec<DestinationShape>,
    /// What it has to do by the clock; known a moment after it is configured.
    pub(crate) jobs: Vec<JobShape>,
    /// Where other systems call it; for whoever may change it, since the addresses are not to be guessed.
    pub(crate) hooks: Vec<HookShape>,
    pub(crate) date_created: Time,
}
