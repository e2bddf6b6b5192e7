//! Closed tickets, which nobody can change: their customers are answered in a ticket that follows them.

use errand_plugin_sdk::once::{self, Fate};
use errand_plugin_sdk::{Failure, log};
use serde_json::{Value, json};

use crate::api::{Refusal, Seen};
use crate::desk::Desk;

/// Makes the ticket that follows a closed one, once for each `key`; answers its number, and whether it was made now. None
/// if Zendesk refuses it.
pub(crate) fn make(
    desk: &Desk<'_>,
    key: &str,
    closed: &Seen,
    change: impl FnOnce() -> Result<Value, Failure>,
) -> Result<Option<(u64, bool)>, Failure> {
    let name = format!("errand/{key}");
    let mine = match once::begin::<Option<u64>>(&format!("follow/{key}"))? {
        Fate::Done(made) => return Ok(made.map(|id| (id, false))),
        Fate::Fresh(mine) => mine,
        Fate::Unknown(mine) => match desk.find_made(&name)? {
            Some(made) => return mine.finish(Some(made.id)).map(|_| Some((made.id, true))),
            None => mine,
        },
    };
    let mut ticket = change()?;
    ticket["via_followup_source_id"] = json!(closed.id);
    ticket["external_id"] = json!(name);
    ticket["subject"] = json!(closed.subject.as_deref().unwrap_or("Your request"));
    if let Some(requester) = closed.requester_id {
        ticket["requester_id"] = json!(requester);
    }
    match desk.create(&name, &ticket) {
        Ok(made) => mine.finish(Some(made.id)).map(|_| Some((made.id, true))),
        Err(Refusal::Failed(failure @ Failure::Retry { .. })) => Err(failure),
        Err(Refusal::Failed(failure)) => {
            mine.forget()?;
            Err(failure)
        }
        Err(refused) => {
            log::error(&format!("#{} gets no follow-up: {refused:?}", closed.id));
            mine.finish(None::<u64>).map(|_| None)
        }
    }
}
