//! Forgetting a release.

use axum::extract::State;
use axum::http::StatusCode;
use errand_model::ProjectId;
use errand_store::releases;

use super::place::Place;
use crate::AppState;
use crate::error::ApiError;

/// Forgets a release that no event came from.
#[utoipa::path(
    delete,
    path = "/releases/{version}/",
    summary = "Delete a release",
    responses((status = NO_CONTENT), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn delete(State(state): State<AppState>, place: Place) -> Result<StatusCode, ApiError> {
    let found = place.found(&state).await?;
    let projects: Vec<ProjectId> = found.iter().map(|release| release.project).collect();
    let mut tx = state.db.begin().await?;
    releases::delete(&mut tx, &projects, place.version()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
