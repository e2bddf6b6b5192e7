//! Files that came with events.

use errand_model::{EventId, ProjectId, Timestamp};

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
