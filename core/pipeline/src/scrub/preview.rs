//! What settings would make of an event, without changing anything: place by place, before and after.

use errand_model::event::Event;
use errand_model::project::ProjectSettings;
use serde_json::Value;

use super::Scrubber;

/// Places that are told at most, and characters of each value.
const MAX_CHANGES: usize = 200;
const MAX_TEXT: usize = 400;

/// A place that would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where, in a rule's words: `extra.customer.name`.
    pub path: String,
    /// What stands there.
    pub before: String,
    /// What would; none where it would go.
    pub after: Option<String>,
}

/// What would become of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// The places that would change, in the order of the event.
    pub changes: Vec<Change>,
    /// Whether there are more than are told.
    pub is_cut: bool,
}

/// What `settings` would make of the event with this JSON; none where it cannot be read.
pub fn preview(settings: &ProjectSettings, payload: &[u8]) -> Option<Preview> {
    let event = Event::from_json(payload).ok()??;
    let before = serde_json::to_value(&event).ok()?;
    let mut event = event;
    let scrubber = Scrubber::compile(settings);
    scrubber.scrub(&mut event);
    let mut after = serde_json::to_value(&event).ok()?;
    scrubber.rules.apply(&mut after);
    let mut preview = Preview::default();
    compare(&before, Some(&after), &mut String::new(), &mut preview);
    Some(preview)
}

fn compare(before: &Value, after: Option<&Value>, path: &mut String, preview: &mut Preview) {
    if after == Some(before) {
        return;
    }
    match (before, after) {
        (Value::Object(fields), Some(Value::Object(others))) => {
            for (key, value) in fields {
                below(path, key, |path| compare(value, others.get(key), path, preview));
            }
        }
        (Value::Array(items), Some(Value::Array(others))) if items.len() == others.len() => {
            for (at, (value, other)) in items.iter().zip(others).enumerate() {
                below(path, &at.to_string(), |path| {
                    compare(value, Some(other), path, preview);
                });
            }
        }
        _ if preview.changes.len() == MAX_CHANGES => preview.is_cut = true,
        _ => preview.changes.push(Change {
            path: path.clone(),
            before: text(before),
            after: after.filter(|after| !after.is_null()).map(text),
        }),
    }
}

fn below(path: &mut String, key: &str, then: impl FnOnce(&mut String)) {
    let length = path.len();
    if length > 0 {
        path.push('.');
    }
    match key.contains(['.', ' ']) {
        true => path.extend(["'", key, "'"]),
        false => path.push_str(key),
    }
    then(path);
    path.truncate(length);
}

fn text(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(MAX_TEXT) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}
