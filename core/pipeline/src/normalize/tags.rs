//! The tags that the SDK sent: one value a key, within limits, none that the hub gives itself.

use std::borrow::Cow;

use errand_model::event::{Event, Text};

use super::trim::{self, Limit};

/// Tags of one event; the rest is dropped.
const MAX_TAGS: usize = 200;

/// Keys that stand for fields of the event: as tags they would say something else than the field.
const RESERVED: [&str; 5] = ["release", "dist", "user", "filename", "function"];

/// Cleans the tags.
pub(super) fn normalize(event: &mut Event<'_>) {
    let tags = std::mem::take(&mut event.tags.0);
    let mut kept: Vec<(Text<'_>, Text<'_>)> = Vec::with_capacity(tags.len() + 16);
    for (mut key, mut value) in tags {
        unpad(&mut key);
        unpad(&mut value);
        if key.is_empty() || value.is_empty() || RESERVED.contains(&key.as_ref()) || key == "environment" {
            continue;
        }
        if key.chars().any(char::is_whitespace) {
            key = Cow::Owned(key.split_whitespace().collect::<Vec<_>>().join("-"));
        }
        if value.contains('\n') {
            value = Cow::Owned(value.lines().collect::<Vec<_>>().join(" "));
        }
        trim::text(&mut key, Limit::NAME);
        trim::text(&mut value, Limit::NAME);
        if kept.len() < MAX_TAGS && !kept.iter().any(|(known, _)| *known == key) {
            kept.push((key, value));
        }
    }
    event.tags.0 = kept;
}

fn unpad(text: &mut Text<'_>) {
    let trimmed = text.trim();
    if trimmed.len() != text.len() {
        *text = Cow::Owned(trimmed.to_owned());
    }
}
