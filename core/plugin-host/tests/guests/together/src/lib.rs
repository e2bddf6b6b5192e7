//! A plugin that hears of many changes at once, and of none by itself.

use errand_plugin_sdk::{Call, Digests, Event, Failure, Outcome, Plugin, export, log, manifest};
use serde_json::Value;

manifest!("../plugin.json");

struct Together;

impl Plugin for Together {
    type Settings = Value;
}

impl Digests for Together {
    fn on_digest(call: &Call, group: &str, events: &[Event], _: &Value) -> Result<Outcome, Failure> {
        let ids: Vec<_> = events.iter().map(|event| event.issue.short_id.as_str()).collect();
        let (key, attempt) = (&call.idempotency_key, call.attempt);
        log::info(&format!(
            "{group}: {} under {key}, attempt {attempt}",
            ids.join(" ")
        ));
        Ok(Outcome::Done)
    }
}

export!(Together: Digests);
