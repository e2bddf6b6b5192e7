//! What the hub calls in plugins: one file for each interface that they may export.

pub(crate) mod configuration;
pub(crate) mod events;

use errand_model::delivery::AttemptOutcome;

use crate::bindings::v1::errand::plugin::types::{Failure, Outcome};
use crate::record::sanitize;
use crate::secrets::Secrets;

/// The longest pause that a plugin may ask for: half a day.
const MAX_PAUSE_MS: u64 = 12 * 3_600 * 1_000;

/// What a plugin answered, as the hub records it.
fn outcome(result: Result<Outcome, Failure>, secrets: &Secrets) -> AttemptOutcome {
    let clean = |message: &str| sanitize(&secrets.scrub(message));
    match result {
        Ok(Outcome::Done) => AttemptOutcome::Done,
        Ok(Outcome::Ignored) => AttemptOutcome::Ignored,
        Err(Failure::Retry(hint)) => AttemptOutcome::Retry {
            message: clean(&hint.message),
            after_ms: hint.after_ms.map(|ms| ms.min(MAX_PAUSE_MS)),
        },
        Err(Failure::RateLimited(after_ms)) => AttemptOutcome::RateLimited {
            after_ms: after_ms.min(MAX_PAUSE_MS),
        },
        Err(Failure::Config(problem)) => AttemptOutcome::Config {
            message: match &problem.field {
                Some(field) => clean(&format!("{field}: {}", problem.message)),
                None => clean(&problem.message),
            },
        },
        Err(Failure::Auth(message)) => AttemptOutcome::Auth {
            message: clean(&message),
        },
        Err(Failure::Permanent(message)) => AttemptOutcome::Permanent {
            message: clean(&message),
        },
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
