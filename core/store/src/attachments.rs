//! Files that came with events.

use errand_model::{EventId, IssueId, ProjectId, Timestamp};

use crate::events::bytes16;
use crate::{Reads, Result, fetch_all, fetch_optional};

/// A file, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AttachmentInfo {
    /// Its id.
    pub id: i64,
    /// What to call it.
    pub name: String,
    /// What it is, as the SDK said.
    pub content_type: String,
    /// Sentry's kind: `event.attachment`, `event.minidump`, …
    pub kind: String,
    /// Its bytes.
    pub size: i64,
    /// When the hub got it, in microseconds since 1970.
    received: i64,
}

impl AttachmentInfo {
    /// When the hub got it.
    pub const fn received(&self) -> Timestamp {
        Timestamp::from_micros(self.received)
    }
}

/// Files of one event that are listed; an envelope holds fewer.
const LISTED: i64 = 200;

/// The files of an event.
pub async fn of_event(mut on: impl Reads, project: ProjectId, event: EventId) -> Result<Vec<AttachmentInfo>> {
    let sql = "SELECT id, name, content_type, kind, size, received FROM attachment \
               WHERE event_id = $1 AND project_id = $2 ORDER BY id LIMIT $3";
    fetch_all!(on, AttachmentInfo, sql, event.0.as_slice(), project.0, LISTED)
}

/// A file of an event, with its bytes.
pub async fn get(
    mut on: impl Reads,
    project: ProjectId,
    event: EventId,
    id: i64,
) -> Result<Option<(AttachmentInfo, Vec<u8>)>> {
    let sql = "SELECT id, name, content_type, kind, size, received FROM attachment \
               WHERE id = $1 AND event_id = $2 AND project_id = $3";
    let info = fetch_optional!(on, AttachmentInfo, sql, id, event.0.as_slice(), project.0)?;
    let Some(info) = info else {
        return Ok(None);
    };
    let sql = "SELECT content FROM attachment WHERE id = $1";
    let content = fetch_optional!(on, (Vec<u8>,), sql, id)?;
    Ok(content.map(|(content,)| (info, content)))
}

/// Events of an issue whose files are listed: its newest.
const EVENTS: i64 = 1_000;

/// The files of an issue's newest events with the event of each, the newest first.
pub async fn of_issue(mut on: impl Reads, issue: IssueId) -> Result<Vec<(EventId, AttachmentInfo)>> {
    let sql = "SELECT a.id, a.event_id, a.name, a.content_type, a.kind, a.size, a.received \
               FROM (SELECT event_id, project_id FROM event WHERE issue_id = $1 ORDER BY id DESC LIMIT $2) AS e \
               JOIN attachment a ON a.event_id = e.event_id AND a.project_id = e.project_id \
               ORDER BY a.id DESC LIMIT $3";
    let rows = fetch_all!(on, OfEvent, sql, issue.0, EVENTS, LISTED)?;
    let read = |row: OfEvent| Ok((EventId(bytes16("attachment.event_id", &row.event_id)?), row.info));
    rows.into_iter().map(read).collect()
}

#[derive(sqlx::FromRow)]
struct OfEvent {
    event_id: Vec<u8>,
    #[sqlx(flatten)]
    info: AttachmentInfo,
}
