//! What the event is called by: its id, level, platform, release, environment and the names beside them.

use std::borrow::Cow;

use errand_model::event::{Event, Text};
use errand_model::{EventId, Level};

use super::trim::{self, Limit};

/// Sets the id and the level, cuts names, and drops releases and environments that are none.
pub(super) fn normalize(event: &mut Event<'_>, event_id: EventId) -> Level {
    event.event_id = Some(Cow::Owned(event_id.to_string()));
    event.kind = None;
    let level = event
        .level
        .as_deref()
        .and_then(|level| level.parse().ok())
        .unwrap_or_default();
    event.level = Some(Cow::Borrowed(Level::as_str(level)));
    platform(event);
    trim::field(&mut event.logger, Limit::SHORT);
    trim::field(&mut event.transaction, Limit::NAME);
    trim::field(&mut event.culprit, Limit::NAME);
    trim::field(&mut event.server_name, Limit::SYMBOL);
    trim::field(&mut event.site, Limit::NAME);
    trim::field(&mut event.checksum, Limit::USER);
    trim::field(&mut event.dist, Limit::SHORT);
    unpad(&mut event.release);
    trim::field(&mut event.release, Limit::NAME);
    if event
        .release
        .as_deref()
        .is_some_and(|release| !is_release(release))
    {
        event.release = None;
    }
    // A distribution is one of a release.
    if event.release.is_none() {
        event.dist = None;
    }
    if event.environment.is_none() {
        // SDKs of old sent it as a tag.
        event.environment = event
            .tags
            .get("environment")
            .map(|value| Cow::Owned(value.to_owned()));
    }
    unpad(&mut event.environment);
    trim::field(&mut event.environment, Limit::SHORT);
    if event
        .environment
        .as_deref()
        .is_some_and(|environment| !is_environment(environment))
    {
        event.environment = None;
    }
    level
}

fn platform(event: &mut Event<'_>) {
    trim::field(&mut event.platform, Limit::SHORT);
    match &mut event.platform {
        None => event.platform = Some(Cow::Borrowed("other")),
        Some(platform) if platform.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            *platform = Cow::Owned(platform.to_ascii_lowercase());
        }
        Some(_) => {}
    }
}

fn unpad(field: &mut Option<Text<'_>>) {
    if let Some(text) = field {
        let trimmed = text.trim();
        if trimmed.len() != text.len() {
            *text = Cow::Owned(trimmed.to_owned());
        }
    }
}

/// Sentry's rule: it stands in URLs and file names.
fn is_release(release: &str) -> bool {
    let reserved = [".", "..", "latest"]
        .iter()
        .any(|name| release.eq_ignore_ascii_case(name));
    !reserved && !release.contains(['\n', '\r', '\t', '\u{c}', '/', '\\'])
}

/// Sentry's rule; `None` is what a Python program writes that has none.
fn is_environment(environment: &str) -> bool {
    !environment.eq_ignore_ascii_case("none") && !environment.contains(['\n', '\r', '\u{c}', '/'])
}
