//! Deleting a key.

use axum::extract::State;
use axum::http::StatusCode;
use errand_store::keys;

use crate::AppState;
use crate::api::at::{InProject, Projects};
use crate::error::ApiError;

/// Deletes a key: what is sent with it is refused.
#[utoipa::path(
    delete,
    path = "/keys/{key_id}/",
    summary = "Delete a key",
    responses((status = NO_CONTENT), (status = NOT_FOUND)),
)]
pub(super) async fn delete(
    State(state): State<AppState>,
    at: InProject<Projects>,
) -> Result<StatusCode, ApiError> {
    let key = super::named(&state, &at).await?;
    let mut tx = state.db.begin().await?;
    keys::delete(&mut tx, key.id).await?;
    at.by
        .note(format!("deleted the key {} of {}", key.label, at.project.slug));
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
