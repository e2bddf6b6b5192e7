//! Files that came with events.

use errand_model::EventId;
use errand_store::attachments::AttachmentInfo;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Nothing, Time};

/// A file that came with an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attachment)]
pub(crate) struct AttachmentShape {
    id: String,
    event_id: String,
    name: String,
    mimetype: String,
    /// `event.attachment`, `event.minidump`, …
    #[serde(rename = "type")]
    kind: String,
    size: i64,
    headers: AttachmentHeaders,
    sha1: Nothing,
    #[serde(rename = "dateCreated")]
    date_created: Time,
}

/// What a download says of the file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttachmentHeaders {
    #[serde(rename = "Content-Type")]
    content_type: String,
}

impl AttachmentShape {
    pub(crate) fn of(event: EventId, file: AttachmentInfo) -> Self {
        AttachmentShape {
            id: file.id.to_string(),
            event_id: event.to_string(),
            mimetype: file.content_type.clone(),
            date_created: Time(file.received()),
            headers: AttachmentHeaders {
                content_type: file.content_type,
            },
            name: file.name,
            kind: file.kind,
            size: file.size,
            sha1: Nothing,
        }
    }
}
