//! Crashes of native programs, which come as attached files: a minidump, or Apple's crash report.
//!
//! Until such files are symbolicated here, an event without an exception of its own says what they are.

use std::borrow::Cow;

use errand_model::event::{Event, Exception, Mechanism};

use super::Occurrence;
use crate::envelope::{Envelope, Item};

/// The event of an envelope that holds only the files.
pub(super) fn occurrence<'a>(envelope: &Envelope<'a>) -> Option<Occurrence<'a>> {
    let mut event = Event::default();
    describe_crash(&mut event, envelope).then_some(Occurrence {
        event,
        kind: None,
        from_browser: false,
    })
}

/// Gives an event its exception, where a crash is attached and it has none. Says whether a crash is attached.
pub(super) fn describe_crash(event: &mut Event<'_>, envelope: &Envelope<'_>) -> bool {
    let kinds = envelope
        .items
        .iter()
        .map(|item| Item::text(item.header.attachment_type.as_ref()));
    let Some((name, mechanism)) = kinds.into_iter().find_map(crash_kind) else {
        return false;
    };
    if event.exception.is_empty() {
        event.platform.get_or_insert(Cow::Borrowed("native"));
        event.level.get_or_insert(Cow::Borrowed("fatal"));
        event.exception.push(Exception {
            kind: Some(Cow::Borrowed(name)),
            value: Some(Cow::Borrowed("The program crashed; the report is attached")),
            mechanism: Some(Mechanism {
                kind: Some(Cow::Borrowed(mechanism)),
                handled: Some(false),
                ..Mechanism::default()
            }),
            ..Exception::default()
        });
    }
    true
}

fn crash_kind(attachment_type: &str) -> Option<(&'static str, &'static str)> {
    match attachment_type {
        "event.minidump" => Some(("Minidump", "minidump")),
        "event.applecrashreport" => Some(("AppleCrashReport", "applecrashreport")),
        _ => None,
    }
}
