//! Deleting one issue.

use axum::extract::State;
use axum::http::StatusCode;
use errand_store::issues::{self, By};

use crate::AppState;
use crate::api::at::InIssue;
use crate::error::ApiError;

/// Deletes an issue with its events. Later events of its kind make a new one.
#[utoipa::path(
    delete,
    path = "/",
    summary = "Delete an issue",
    responses((status = ACCEPTED), (status = NOT_FOUND)),
)]
pub(super) async fn delete(State(state): State<AppState>, at: InIssue) -> Result<StatusCode, ApiError> {
    let by = By::new(at.by.actor());
    let mut tx = state.db.begin().await?;
    issues::delete(&mut tx, state.context(), &by, &[at.issue.id], false).await?;
    tx.commit().await?;
    Ok(StatusCode::ACCEPTED)
}
