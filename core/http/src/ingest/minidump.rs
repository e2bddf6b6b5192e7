//! `POST /api/{project}/minidump/`: a crash of a native program, as Breakpad and Crashpad send it.
//!
//! Either a form with the minidump and what else is known, or the minidump alone. Answers the event's id as
//! hyphenated text, which those clients show to people.

use axum::body::Body;
use axum::response::Response;
use errand_model::EventId;
use errand_pipeline::enclose::{self, File};

use super::visit::Visit;
use crate::error::Error;
use crate::multipart::{self, Upload};

/// The field of the form that holds the minidump.
const MINIDUMP_FIELD: &str = "upload_file_minidump";

pub(super) async fn post(visit: Visit, body: Body) -> Result<Response, Error> {
    let known = visit.admit().await?;
    let media_type = visit.media_type();
    let payload = visit.read(body, visit.file_cap(), Some(&known)).await?;
    let is_alone = matches!(
        media_type.as_str(),
        "application/octet-stream" | "application/x-dmp"
    );
    let made = if is_alone {
        let minidump = File {
            name: "minidump.dmp",
            content_type: Some("application/x-dmp"),
            content: &payload.body,
        };
        enclose::for_minidump(minidump, &[], &[], EventId::random())
    } else {
        let form = multipart::read(&visit.parts.headers, payload.body.clone()).await?;
        let at = form.files.iter().position(|file| file.field == MINIDUMP_FIELD);
        let mut files: Vec<_> = form.files.iter().map(Upload::as_file).collect();
        let Some(at) = at else {
            let detail = format!("the form has no file in the field {MINIDUMP_FIELD}");
            return Err(Error::bad_request(detail));
        };
        let minidump = files.remove(at);
        enclose::for_minidump(minidump, &files, &form.fields, EventId::random())
    };
    let (event_id, envelope) = made.map_err(|malformed| visit.malformed(&known, &malformed))?;
    let taken = visit.submit_made(&known, envelope).await?;
    Ok(taken.answer(taken.event_id.unwrap_or(event_id).hyphenated()))
}
