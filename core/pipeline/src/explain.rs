//! Why an event would be grouped as it is, from its JSON: what `errand grouping explain` prints.

use errand_model::event::Event;
use errand_model::project::ProjectSettings;
use errand_model::{EventId, ProjectId, Timestamp};

use crate::decode::{self, Scratch};
use crate::group::{self, Explanation};
use crate::{ClientHints, Input, Malformed, ProjectContext, SettingsError, normalize};

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The event cannot be read.
    #[error(transparent)]
    Event(#[from] Malformed),
    /// The rules cannot be read.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// Takes an event the way to its grouping that [`crate::digest`] takes it, and explains what comes out.
///
/// An event that carries stack-trace rules with it (`_grouping.enhancements`, as exports of other hubs do) is
/// grouped by those too.
///
/// # Errors
/// An event or rules that cannot be read.
pub fn explain(json: &[u8], settings: &ProjectSettings) -> Result<Explanation, ExplainError> {
    let scratch = Scratch::default();
    let mut event = decode::event_alone(json, &scratch)?;
    let mut settings = settings.clone();
    settings.stack_trace_rules.push('\n');
    settings.stack_trace_rules.push_str(&own_rules(&event));
    let project = ProjectContext::compile(ProjectId(0), &settings)?;
    // Nothing of the request decides the grouping, so none is made up.
    let input = Input {
        body: json,
        received: event.timestamp.map_or(Timestamp::default(), |moment| moment.0),
        client_ip: None,
        user_agent: None,
        client_hints: ClientHints::default(),
        default_event_id: EventId([0; 16]),
    };
    normalize::normalize(&mut event, input.default_event_id, &input, None, false);
    project.scrubber.scrub(&mut event);
    normalize::promote(&mut event);
    group::normalize_stacktraces(&mut event, &project.rules);
    Ok(group::explain(&event, &project.rules))
}

fn own_rules(event: &Event<'_>) -> String {
    let grouping = event.other.get("_grouping").map(errand_model::event::Raw::value);
    let rules = grouping
        .as_ref()
        .and_then(|grouping| grouping["enhancements"].as_str());
    rules.unwrap_or_default().to_owned()
}
