//! What the hub calls in plugins: one file for each interface that they may export.

pub(crate) mod actions;
pub(crate) mod choices;
pub(crate) mod configuration;
pub(crate) mod digests;
pub(crate) mod events;
pub(crate) mod forms;
pub(crate) mod hindsight;
pub(crate) mod inbound;
pub(crate) mod migration;
pub(crate) mod retrace;
pub(crate) mod schedule;

use errand_model::delivery::AttemptOutcome;

use crate::attempt::Attempt;
use crate::bindings::v1::errand::plugin::types::{Failure, Outcome};
use crate::component::Plugin;
use crate::instance::Usage;
use crate::record::sanitize;
use crate::secrets::Secrets;

/// The longest pause that a plugin may ask for: half a day.
const MAX_PAUSE_MS: u64 = 12 * 3_600 * 1_000;

/// What a plugin answered, as the hub records it.
fn outcome(result: Result<Outcome, Failure>, secrets: &Secrets) -> AttemptOutcome {
    match result {
        Ok(Outcome::Done) => AttemptOutcome::Done,
        Ok(Outcome::Ignored) => AttemptOutcome::Ignored,
        Err(failure) => failed(failure, secrets),
    }
}

/// A plugin's failure, as the hub records it.
fn failed(failure: Failure, secrets: &Secrets) -> AttemptOutcome {
    let clean = |message: &str| sanitize(&secrets.scrub(message));
    match failure {
        Failure::Retry(hint) => AttemptOutcome::Retry {
            message: clean(&hint.message),
            after_ms: hint.after_ms.map(|ms| ms.min(MAX_PAUSE_MS)),
        },
        Failure::RateLimited(after_ms) => AttemptOutcome::RateLimited {
            after_ms: after_ms.min(MAX_PAUSE_MS),
        },
        Failure::Config(problem) => AttemptOutcome::Config {
            message: match &problem.field {
                Some(field) => clean(&format!("{field}: {}", problem.message)),
                None => clean(&problem.message),
            },
        },
        Failure::Auth(message) => AttemptOutcome::Auth {
            message: clean(&message),
        },
        Failure::Permanent(message) => AttemptOutcome::Permanent {
            message: clean(&message),
        },
    }
}

/// The hub asked for what the plugin does not have.
fn unable(plugin: &Plugin, what: &str) -> AttemptOutcome {
    AttemptOutcome::Permanent {
        message: format!("the plugin '{}' {what}", plugin.manifest.id),
    }
}

/// What a call left behind, as it is written down.
fn attempt(outcome: AttemptOutcome, mut usage: Usage) -> Attempt {
    let verdict = usage.record.verdict.take();
    Attempt {
        outcome: judged(outcome, verdict),
        log: usage.record.log,
        requests: usage.record.requests,
        changes: usage.record.changes,
        explanation: usage.record.explanation,
        cpu_ms: u64::try_from(usage.cpu.as_millis()).unwrap_or(u64::MAX),
        memory_bytes: usage.memory as u64,
        wall_ms: u64::try_from(usage.wall.as_millis()).unwrap_or(u64::MAX),
    }
}

/// What the hub knows better than the plugin, where the plugin failed at it.
fn judged(outcome: AttemptOutcome, verdict: Option<AttemptOutcome>) -> AttemptOutcome {
    match outcome {
        AttemptOutcome::Done | AttemptOutcome::Ignored => outcome,
        failed => verdict.unwrap_or(failed),
    }
}

/// `message` of a failure that is told to an admin.
fn failure_text(failure: Failure) -> String {
    match failure {
        Failure::Retry(hint) => hint.message,
        Failure::RateLimited(ms) => format!("the other side wants to be left alone for {} s", ms / 1000),
        Failure::Config(problem) => problem.message,
        Failure::Auth(message) => format!("the credentials are refused: {message}"),
        Failure::Permanent(message) => message,
    }
}
