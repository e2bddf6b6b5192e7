//! `POST /api/{project}/events/{event_id}/attachments/`: files for an event that was sent before.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use errand_model::EventId;
use errand_pipeline::enclose;

use super::visit::Visit;
use crate::error::Error;
use crate::multipart::{self, Upload};

pub(super) async fn post(visit: Visit, body: Body) -> Result<Response, Error> {
    let known = visit.admit().await?;
    let event_id: EventId = visit
        .segment(3)
        .unwrap_or_default()
        .parse()
        .map_err(|error: errand_model::ParseIdError| Error::bad_request(error.to_string()))?;
    let payload = visit.read(body, visit.file_cap(), Some(&known)).await?;
    let form = multipart::read(&visit.parts.headers, payload.body.clone()).await?;
    if form.files.is_empty() {
        return Err(Error::bad_request("the form holds no file"));
    }
    let files: Vec<_> = form.files.iter().map(Upload::as_file).collect();
    let taken = visit
        .submit_made(&known, enclose::for_attachments(event_id, &files))
        .await?;
    Ok(taken.answer(StatusCode::CREATED))
}
