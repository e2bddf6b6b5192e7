//! The tickets of an issue.

use axum::Json;
use axum::extract::State;
use errand_store::issues;

use crate::AppState;
use crate::api::at::InIssue;
use crate::api::shape::external_issue::ExternalIssueShape;
use crate::error::ApiError;

/// The tickets of other systems that an issue is linked with, the oldest link first.
#[utoipa::path(
    get,
    path = "/",
    summary = "List the tickets that an issue is linked with",
    responses((status = OK, body = Vec<ExternalIssueShape>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InIssue,
) -> Result<Json<Vec<ExternalIssueShape>>, ApiError> {
    let links = issues::links(&state.db, at.issue.id).await?;
    Ok(Json(links.into_iter().map(ExternalIssueShape::new).collect()))
}
