//! What a stored event is counted by, read from its JSON as the pipeline did when it came: unmerging counts anew, and
//! searches look into events.

use errand_model::event::Event;
use errand_store::events::Said;
use errand_store::persist::EventFacts;

/// Reads a stored event. One that cannot be read counts as an event without tags and user.
pub(crate) fn of_event(payload: &[u8]) -> EventFacts {
    match Event::from_json(payload) {
        Ok(Some(event)) => facts(&event),
        _ => EventFacts::default(),
    }
}

/// The same, with the texts that words are looked for in: what was thrown, what was logged, where.
pub(crate) fn said(payload: &[u8]) -> Said {
    let Ok(Some(event)) = Event::from_json(payload) else {
        return Said::default();
    };
    let facts = facts(&event);
    let mut texts = vec![facts.title.clone(), facts.culprit.clone()];
    for exception in event.exception.iter() {
        let kind = exception.kind.as_deref().unwrap_or_default();
        let value = exception.value.as_deref().unwrap_or_default();
        texts.push(format!("{kind}: {value}"));
    }
    if let Some(entry) = &event.logentry {
        let written = [&entry.formatted, &entry.message].into_iter().flatten();
        texts.extend(written.map(ToString::to_string));
    }
    Said { facts, texts }
}

fn facts(event: &Event<'_>) -> EventFacts {
    let (kind, naming) = errand_pipeline::name(event);
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
        user: errand_pipeline::identify(event),
        tags: event
            .tags
            .0
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect(),
    }
}
