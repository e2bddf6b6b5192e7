//! What came of trying a plugin's settings, as the page shows it.

use serde_json::Value;

use crate::deliveries::Rehearsal;
use crate::ui::attempt::in_words;
use crate::ui::json;

/// What came of it.
pub(super) struct TrialView {
    pub(super) is_dry_run: bool,
    pub(super) is_good: bool,
    pub(super) outcome: String,
    pub(super) explanation: Option<String>,
    pub(super) requests: Vec<RequestView>,
    pub(super) log: String,
    pub(super) changes: String,
}

/// A request that was made, or would have been.
pub(super) struct RequestView {
    pub(super) line: String,
    pub(super) body: String,
}

impl TrialView {
    pub(super) fn of(tried: Rehearsal, is_dry_run: bool) -> Self {
        use errand_model::delivery::AttemptOutcome::{Done, Ignored};
        let requests = tried.requests.as_array().into_iter().flatten();
        TrialView {
            is_dry_run,
            is_good: matches!(tried.outcome, Done | Ignored),
            outcome: in_words(&tried.outcome),
            explanation: tried.explanation,
            requests: requests.map(request).collect(),
            log: json::listed(&tried.log.to_string()),
            changes: json::listed(&tried.changes.to_string()),
        }
    }
}

fn request(record: &Value) -> RequestView {
    let text = |key| record.get(key).and_then(Value::as_str).unwrap_or_default();
    let outcome = match record.get("status").and_then(Value::as_u64) {
        Some(status) => format!("answered {status}"),
        None => text("error").to_owned(),
    };
    let body = text("body");
    let is_json = serde_json::from_str::<Value>(body).is_ok();
    RequestView {
        line: format!("{} {}: {outcome}", text("method"), text("url")),
        body: match is_json {
            true => json::indented(body.as_bytes()),
            false => body.to_owned(),
        },
    }
}
