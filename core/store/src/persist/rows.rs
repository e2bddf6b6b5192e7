//! The events themselves, and what came with them.

use errand_model::EventRow;
use errand_model::digested::{Attachment, UserReport};

use super::Arrival;
use super::gather::{Gathered, Incoming};
use crate::bulk::Bulk;
use crate::hashed::app_user_id;
use crate::{Context, Result, Tx, storage};

/// Without `ON CONFLICT`: which events are stored is known, and if another node was faster the batch starts again.
static EVENTS: Bulk = Bulk::new(
    "INSERT INTO event (id, project_id, event_id, issue_id, hash, timestamp, user_id, payload) VALUES ",
    8,
    "",
);

static ATTACHMENTS: Bulk = Bulk::new(
    "INSERT INTO attachment (id, project_id, event_id, name, content_type, kind, size, received, content) VALUES ",
    9,
    "",
);

static USER_REPORTS: Bulk = Bulk::new(
    "INSERT INTO user_report (id, project_id, event_id, name, email, comments, received) VALUES ",
    7,
    "",
);

/// Answers the row of each event.
pub(super) async fn insert(
    tx: &mut Tx,
    cx: Context<'_>,
    batch: &[Arrival],
    gathered: &Gathered<'_>,
) -> Result<Vec<EventRow>> {
    let events: Vec<(i64, &Incoming<'_>)> = gathered
        .events
        .iter()
        .map(|incoming| (cx.id(), incoming))
        .collect();
    EVENTS
        .execute(tx, &events, |arguments, (id, incoming)| {
            let event = incoming.event;
            arguments.add(*id)?;
            arguments.add(event.project.0)?;
            arguments.add(event.event_id.0.as_slice())?;
            arguments.add(incoming.issue.0)?;
            arguments.add(event.hashes.get(incoming.decisive).map(|hash| hash.0.as_slice()))?;
            arguments.add(event.timestamp.micros())?;
            let user = event.user.as_ref();
            arguments.add(user.map(|user| app_user_id(event.project, &user.key)))?;
            arguments.add(event.payload.as_slice())
        })
        .await?;
    let rows = events.iter().map(|(id, _)| EventRow(*id)).collect();
    let left_out = gathered.left_out();
    let kept = || {
        let is_kept = |(at, _): &(usize, &Arrival)| !left_out.contains(at);
        batch
            .iter()
            .enumerate()
            .filter(is_kept)
            .map(|(_, arrival)| &arrival.envelope)
    };
    let attachments: Vec<(i64, &Attachment)> = kept()
        .flat_map(|envelope| &envelope.attachments)
        .map(|attachment| (cx.id(), attachment))
        .collect();
    let reports: Vec<(i64, &UserReport)> = kept()
        .flat_map(|envelope| &envelope.user_reports)
        .map(|report| (cx.id(), report))
        .collect();
    insert_attachments(tx, &attachments).await?;
    insert_reports(tx, &reports).await?;
    let events = gathered.events.iter().map(|incoming| incoming.event);
    let events = events.map(|event| (event.project, 1, storage::bytes_of_event(event.payload.len())));
    let files = attachments
        .iter()
        .map(|(_, file)| (file.project, 0, file.content.len()));
    storage::add(tx, events.chain(files)).await?;
    Ok(rows)
}

async fn insert_attachments(tx: &mut Tx, rows: &[(i64, &Attachment)]) -> Result<()> {
    ATTACHMENTS
        .execute(tx, rows, |arguments, (id, attachment)| {
            arguments.add(*id)?;
            arguments.add(attachment.project.0)?;
            arguments.add(attachment.event_id.0.as_slice())?;
            arguments.add_text(Some(&attachment.name))?;
            arguments.add_text(Some(&attachment.content_type))?;
            arguments.add_text(Some(&attachment.kind))?;
            arguments.add(i64::try_from(attachment.content.len()).unwrap_or(i64::MAX))?;
            arguments.add(attachment.received.micros())?;
            arguments.add(attachment.content.as_slice())
        })
        .await
        .map(|_| ())
}

async fn insert_reports(tx: &mut Tx, rows: &[(i64, &UserReport)]) -> Result<()> {
    USER_REPORTS
        .execute(tx, rows, |arguments, (id, report)| {
            arguments.add(*id)?;
            arguments.add(report.project.0)?;
            arguments.add(report.event_id.0.as_slice())?;
            arguments.add_text(Some(&report.name))?;
            arguments.add_text(Some(&report.email))?;
            arguments.add_text(Some(&report.comments))?;
            arguments.add(report.received.micros())
        })
        .await
        .map(|_| ())
}
