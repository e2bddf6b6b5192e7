//! What a rule says when it has this plugin act: why, and who is to hear of it.

use std::collections::BTreeSet;

use errand_plugin_sdk::Event;
use serde_json::Value;

/// The addresses of the people whom the rule names; none if it names nobody, or this is no rule's doing.
pub(crate) fn people(event: &Event) -> BTreeSet<String> {
    let people = event.details.get("people").and_then(Value::as_array);
    let emails = people
        .into_iter()
        .flatten()
        .filter_map(|person| person["emails"].as_array());
    emails
        .flatten()
        .filter_map(|email| email.as_str().map(str::to_owned))
        .collect()
}

/// `Fatal in production: it is new`
pub(crate) fn headline(event: &Event) -> String {
    let text = |key: &str| event.details.get(key).and_then(Value::as_str).unwrap_or_default();
    format!("{}: {}", text("rule"), text("reason"))
}
