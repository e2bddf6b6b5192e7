//! From an envelope's items to an event and to what becomes of the rest.
//!
//! All that can be malformed is found here: what follows (normalising, scrubbing, grouping) cannot fail. That is
//! why [`crate::check`] may stop after this step and still turn away exactly what [`crate::digest`] would.

pub(crate) mod form;
mod items;
mod native;
pub(crate) mod security;
mod sessions;

use std::cell::OnceCell;

use errand_model::EventId;
use errand_model::event::{Event, flaws};
use errand_model::issue::EventKind;
pub(crate) use items::rest;

use crate::Malformed;
use crate::envelope::{Envelope, Item, ItemKind};

/// Where a payload goes that had to be rewritten before it could be read; the event borrows from it.
#[derive(Debug, Default)]
pub(crate) struct Scratch(OnceCell<Vec<u8>>);

/// An event and where it came from.
#[derive(Debug)]
pub(crate) struct Occurrence<'a> {
    pub event: Event<'a>,
    /// What the item says that it is; none where the event's content decides.
    pub kind: Option<EventKind>,
    /// Whether the request's own `User-Agent` is the user's: browsers post security reports themselves.
    pub from_browser: bool,
}

/// Reads the envelope's event, if it holds one that this hub uses.
pub(crate) fn occurrence<'a>(
    envelope: &Envelope<'a>,
    scratch: &'a Scratch,
) -> Result<Option<Occurrence<'a>>, Malformed> {
    let Some((number, item)) = envelope.event_item() else {
        return Ok(native::occurrence(envelope));
    };
    let occurrence = match item.kind {
        ItemKind::RawSecurity => security::occurrence(item, number)?,
        ItemKind::Event | ItemKind::Security | ItemKind::Feedback => {
            let mut event = event(item, number, scratch)?;
            // Old SDKs send transactions as events.
            if event.kind.as_deref() == Some("transaction") {
                return Ok(None);
            }
            native::describe_crash(&mut event, envelope);
            Occurrence {
                event,
                kind: (item.kind == ItemKind::Feedback).then_some(EventKind::Feedback),
                from_browser: false,
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(occurrence))
}

/// Reads an event that stands alone, without an envelope around it.
pub(crate) fn event_alone<'a>(json: &'a [u8], scratch: &'a Scratch) -> Result<Event<'a>, Malformed> {
    payload(json, ItemKind::Event, 1, scratch)
}

fn event<'a>(item: &Item<'a>, number: usize, scratch: &'a Scratch) -> Result<Event<'a>, Malformed> {
    payload(item.payload, item.kind, number, scratch)
}

fn payload<'a>(
    json: &'a [u8],
    kind: ItemKind,
    number: usize,
    scratch: &'a Scratch,
) -> Result<Event<'a>, Malformed> {
    let problem = |problem: String| Malformed::Payload {
        item: number,
        kind: kind.as_str(),
        problem,
    };
    let read = match Event::from_json(json) {
        Ok(read) => read,
        // Some SDKs write what no JSON reader takes.
        Err(error) => match mended(json) {
            None => return Err(problem(error.to_string())),
            Some(mended) => {
                let mended = scratch.0.get_or_init(|| mended);
                Event::from_json(mended).map_err(|error| problem(error.to_string()))?
            }
        },
    };
    read.ok_or_else(|| problem("it is not a JSON object".to_owned()))
}

/// The payload with its flaws replaced; none where it has none.
fn mended(json: &[u8]) -> Option<Vec<u8>> {
    let mut mended = Vec::new();
    let mut copied = 0;
    for flaw in flaws(json) {
        mended.extend_from_slice(json.get(copied..flaw.range.start)?);
        mended.extend_from_slice(flaw.replacement.as_bytes());
        copied = flaw.range.end;
    }
    if copied == 0 {
        return None;
    }
    mended.extend_from_slice(json.get(copied..)?);
    Some(mended)
}

/// The id that an event's JSON gives, where it can be read.
pub(crate) fn event_id_of(json: &[u8]) -> Option<EventId> {
    #[derive(serde::Deserialize)]
    struct Id<'a> {
        #[serde(borrow)]
        event_id: Option<std::borrow::Cow<'a, str>>,
    }
    let id: Id<'_> = serde_json::from_slice(json).ok()?;
    id.event_id?.parse().ok()
}
