//! Files that came with an event.

use axum::Json;
use axum::extract::State;
use axum::http::header::{
    CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use errand_store::attachments::{self, AttachmentInfo};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::AppState;
use crate::api::at::{Events, InProject};
use crate::api::query::QueryPairs;
use crate::api::shape::attachment::AttachmentShape;
use crate::error::{ApiError, Error};

/// The files that came with an event.
#[utoipa::path(
    get,
    path = "/events/{event}/attachments/",
    summary = "List an event's attachments",
    responses((status = OK, body = Vec<AttachmentShape>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InProject<Events>,
) -> Result<Json<Vec<AttachmentShape>>, ApiError> {
    let event = super::event_id(&at)?;
    let files = attachments::of_event(&state.db, at.project.id, event).await?;
    Ok(Json(
        files
            .into_iter()
            .map(|file| AttachmentShape::of(event, file))
            .collect(),
    ))
}

/// Describes a file, or with `?download=1` sends it.
#[utoipa::path(
    get,
    path = "/events/{event}/attachments/{attachment}/",
    summary = "Download an attachment",
    params(("download" = Option<String>, Query, description = "Present, for the file itself.")),
    responses((status = OK, body = AttachmentShape), (status = NOT_FOUND)),
)]
pub(super) async fn download(
    State(state): State<AppState>,
    at: InProject<Events>,
    query: QueryPairs,
) -> Result<Response, ApiError> {
    let event = super::event_id(&at)?;
    let id = at.by.path.parse("attachment", "the id of an attachment")?;
    let found = attachments::get(&state.db, at.project.id, event, id).await?;
    let (file, content) = found.ok_or_else(|| Error::not_found("there is no such attachment"))?;
    if query.get("download").is_none() {
        return Ok(Json(AttachmentShape::of(event, file)).into_response());
    }
    Ok((sent_as_file(&file), content).into_response())
}

/// Whatever a sender calls it, a browser saves the file and never shows it as a page of the hub.
fn sent_as_file(file: &AttachmentInfo) -> [(HeaderName, HeaderValue); 3] {
    let name = utf8_percent_encode(&file.name, NON_ALPHANUMERIC);
    let disposition = format!("attachment; filename*=UTF-8''{name}");
    let octets = HeaderValue::from_static("application/octet-stream");
    [
        (CONTENT_TYPE, octets),
        (
            CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment")),
        ),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ]
}
