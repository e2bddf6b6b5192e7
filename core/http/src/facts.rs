//! What a stored event is counted by, read from its JSON as the pipeline did when it came: unmerging counts anew.

use errand_model::event::Event;
use errand_store::persist::EventFacts;

/// Reads a stored event. One that cannot be read counts as an event without tags and user.
pub(crate) fn of_event(payload: &[u8]) -> EventFacts {
    let Ok(Some(event)) = Event::from_json(payload) else {
        return EventFacts::default();
    };
    let (kind, naming) = errand_pipeline::name(&event);
    let text = |field: &Option<_>| field.as_deref().map(str::to_owned);
    EventFacts {
        kind,
        level: event
            .level
            .as_deref()
            .and_then(|level| level.parse().ok())
            .unwrap_or_default(),
        platform: text(&event.platform).unwrap_or_default(),
        logger: text(&event.logger).unwrap_or_default(),
        title: naming.title,
        culprit: text(&event.culprit).unwrap_or(naming.culprit),
        metadata: naming.metadata,
        release: text(&event.release),
        user: errand_pipeline::identify(&event),
        tags: event
            .tags
            .0
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect(),
    }
}
