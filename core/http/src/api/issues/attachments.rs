//! The files that came with an issue's events.

use axum::extract::State;
use errand_store::attachments;

use crate::AppState;
use crate::api::at::InIssue;
use crate::api::paging::{Paged, Paging};
use crate::api::shape::attachment::AttachmentShape;
use crate::error::ApiError;

/// The files that came with an issue's newest events, the newest first.
#[utoipa::path(
    get,
    path = "/attachments/",
    summary = "List an issue's attachments",
    responses((status = OK, body = Vec<AttachmentShape>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InIssue,
    paging: Paging,
) -> Result<Paged<AttachmentShape>, ApiError> {
    let files = attachments::of_issue(&state.db, at.issue.id).await?;
    Ok(paging.whole(files, |(event, file)| AttachmentShape::of(event, file)))
}
