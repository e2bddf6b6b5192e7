//! Taking a comment back.

use axum::extract::State;
use axum::http::StatusCode;
use errand_store::issues;

use crate::AppState;
use crate::api::at::InIssue;
use crate::error::ApiError;

/// Takes a comment back. Only who wrote it may.
#[utoipa::path(
    delete,
    path = "/{note}/",
    summary = "Delete a comment",
    responses((status = NO_CONTENT), (status = NOT_FOUND)),
)]
pub(super) async fn delete(State(state): State<AppState>, at: InIssue) -> Result<StatusCode, ApiError> {
    let id = super::id(&at)?;
    let actor = at.by.actor();
    let mut tx = state.db.begin().await?;
    issues::delete_comment(&mut tx, &actor, at.issue.id, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
