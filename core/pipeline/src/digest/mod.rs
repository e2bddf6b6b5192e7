//! The path of an event, step by step.

use errand_model::EventId;
use errand_model::digested::{DigestedEnvelope, DigestedEvent, ItemOutcome};
use errand_model::event::{Event, Text};
use errand_model::filters::FilterReason;
use errand_model::issue::EventKind;
use errand_model::outcome::{Category, Outcome};

use crate::envelope::{Envelope, Header};
use crate::filter::Sender;
use crate::normalize::{Input, Normalized};
use crate::project::ProjectContext;
use crate::{Malformed, decode, group, normalize, title};

/// A part of the work that is done, for who measures it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Headers and items are told apart.
    Framed,
    /// The event is read.
    Decoded,
    /// The event is made like others.
    Normalized,
    /// Secrets are removed.
    Scrubbed,
    /// Frames are judged and hashes made.
    Grouped,
    /// Title, culprit and tags are there.
    Named,
    /// The event is written as JSON.
    Written,
}

/// Makes of an envelope all that is to be stored and counted.
///
/// # Errors
/// [`Malformed`], exactly where [`check`] says so.
pub fn digest(input: &Input<'_>, project: &ProjectContext) -> Result<DigestedEnvelope, Malformed> {
    digest_in_stages(input, project, &mut |_| {})
}

/// Like [`digest`], and calls `done` after each part of the work.
///
/// # Errors
/// [`Malformed`], exactly where [`check`] says so.
pub fn digest_in_stages(
    input: &Input<'_>,
    project: &ProjectContext,
    done: &mut impl FnMut(Stage),
) -> Result<DigestedEnvelope, Malformed> {
    let envelope = Envelope::parse(input.body)?;
    done(Stage::Framed);
    let scratch = decode::Scratch::default();
    let occurrence = decode::occurrence(&envelope, &scratch)?;
    done(Stage::Decoded);
    let event_id = match &occurrence {
        Some(occurrence) => {
            Some(id_of(&envelope.header, &occurrence.event).unwrap_or(input.default_event_id))
        }
        None => envelope.header.event_id,
    };
    let takes_event = occurrence.is_some();
    let (mut event, mut filtered) = (None, None);
    if let (Some(occurrence), Some(event_id)) = (occurrence, event_id) {
        match digest_event(occurrence, event_id, &envelope.header, input, project, done) {
            Ok(taken) => event = Some(taken),
            Err(untaken) => filtered = Some((event_id, untaken)),
        }
    }
    let reason = filtered.map(|(_, untaken)| untaken.reason);
    let of = (project.project, input.received);
    let mut rest = decode::rest(&envelope, takes_event, event_id, reason, of);
    rest.outcomes
        .extend(filtered.map(|(_, untaken)| untaken.outcome()));
    Ok(DigestedEnvelope {
        event,
        filtered: filtered.map(|(event_id, _)| event_id),
        attachments: rest.attachments,
        user_reports: rest.user_reports,
        sessions: rest.sessions,
        outcomes: rest.outcomes,
    })
}

/// An event that a filter does not take.
#[derive(Clone, Copy, Debug)]
struct Untaken {
    category: Category,
    reason: FilterReason,
}

impl Untaken {
    fn outcome(self) -> ItemOutcome {
        ItemOutcome {
            category: self.category,
            outcome: Outcome::Filtered,
            reason: self.reason.as_str().to_owned(),
            quantity: 1,
        }
    }
}

/// Whether [`digest`] would take the envelope, without its work: what a busy hub asks before it queues one.
///
/// # Errors
/// What is wrong with it.
pub fn check(body: &[u8]) -> Result<(), Malformed> {
    check_and_identify(body).map(|_| ())
}

/// Like [`check`], and tells the id that the envelope's event brings with it; the outer option is none where there
/// is no event.
///
/// # Errors
/// What is wrong with it.
pub fn check_and_identify(body: &[u8]) -> Result<Option<Option<EventId>>, Malformed> {
    let envelope = Envelope::parse(body)?;
    let scratch = decode::Scratch::default();
    let occurrence = decode::occurrence(&envelope, &scratch)?;
    Ok(occurrence.map(|occurrence| id_of(&envelope.header, &occurrence.event)))
}

/// The envelope's word counts before the event's.
fn id_of(header: &Header<'_>, event: &Event<'_>) -> Option<EventId> {
    header
        .event_id
        .or_else(|| event.event_id.as_deref()?.parse().ok())
}

/// What is left to do once an event can be read. Nothing of it fails; a filter may not take it.
fn digest_event<'a>(
    occurrence: decode::Occurrence<'a>,
    event_id: EventId,
    header: &Header<'_>,
    input: &Input<'a>,
    project: &ProjectContext,
    done: &mut impl FnMut(Stage),
) -> Result<DigestedEvent, Untaken> {
    let decode::Occurrence {
        mut event,
        kind,
        from_browser,
    } = occurrence;
    let normalized = normalize::normalize(&mut event, event_id, input, header.sent_at, from_browser);
    done(Stage::Normalized);
    let sender = Sender {
        address: input.client_ip,
        user_agent: input.user_agent,
        is_browser: from_browser,
    };
    if let Some(reason) = project.filter.judge(&event, sender) {
        let category = title::kind(&event, kind).category();
        return Err(Untaken { category, reason });
    }
    project.scrubber.scrub(&mut event);
    let rewritten = project.scrubber.rewritten(&mut event);
    let event = match &rewritten {
        Some(text) => Event::from_json(text.as_bytes())
            .ok()
            .flatten()
            .unwrap_or_default(),
        None => event,
    };
    Ok(judged(event, kind, event_id, normalized, input, project, done))
}

/// The event as it is stored, once nothing is in it that should not be.
fn judged(
    mut event: Event<'_>,
    kind: Option<EventKind>,
    event_id: EventId,
    normalized: Normalized,
    input: &Input<'_>,
    project: &ProjectContext,
    done: &mut impl FnMut(Stage),
) -> DigestedEvent {
    normalize::promote(&mut event);
    project.identifiers.promote(&mut event);
    done(Stage::Scrubbed);
    group::normalize_stacktraces(&mut event, &project.rules);
    let grouping = group::group(&event, &project.rules);
    done(Stage::Grouped);
    let kind = title::kind(&event, kind);
    let naming = title::of(&event, kind);
    event.kind = Some(kind.as_str().into());
    if event.culprit.is_none() && !naming.culprit.is_empty() {
        event.culprit = Some(naming.culprit.clone().into());
    }
    let tags = event
        .tags
        .0
        .iter()
        .map(|(key, value)| (key.to_string(), value.to_string()))
        .collect();
    let hashes = grouping.hashes().collect();
    done(Stage::Named);
    let payload = serialize(&event, input.body.len());
    done(Stage::Written);
    DigestedEvent {
        project: project.project,
        event_id,
        timestamp: normalized.timestamp,
        received: input.received,
        kind,
        level: normalized.level,
        platform: owned(event.platform.as_ref()),
        logger: owned(event.logger.as_ref()),
        // A fingerprint rule may name the event.
        title: grouping.title.unwrap_or(naming.title),
        culprit: naming.culprit,
        metadata: naming.metadata,
        hashes,
        grouping: group::VERSION,
        release: event.release.as_deref().map(str::to_owned),
        environment: event.environment.as_deref().map(str::to_owned),
        user: normalize::identify(&event),
        tags,
        payload,
    }
}

fn owned(text: Option<&Text<'_>>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

/// Writing an event fails nowhere: it holds text, numbers and JSON that was read before.
fn serialize(event: &Event<'_>, hint: usize) -> Vec<u8> {
    let mut payload = Vec::with_capacity(hint + 1_024);
    match serde_json::to_writer(&mut payload, event) {
        Ok(()) => payload,
        Err(_) => b"{}".to_vec(),
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
