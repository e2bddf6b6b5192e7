//! Deleting a project.

use axum::extract::State;
use axum::http::StatusCode;
use errand_store::erase;

use crate::AppState;
use crate::api::at::{InProject, Projects};
use crate::error::ApiError;

/// Deletes a project with everything in it.
#[utoipa::path(
    delete,
    path = "/",
    summary = "Delete a project",
    responses((status = NO_CONTENT), (status = NOT_FOUND)),
)]
pub(super) async fn delete(
    State(state): State<AppState>,
    at: InProject<Projects>,
) -> Result<StatusCode, ApiError> {
    at.by
        .note(format!("did away with the project {}", at.project.slug));
    erase::project(&state.db, at.project.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
