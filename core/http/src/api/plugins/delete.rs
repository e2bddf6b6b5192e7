//! Taking a plugin out.

use axum::extract::State;
use axum::http::StatusCode;
use errand_store::installations;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::error::ApiError;

/// Takes a plugin out, with its deliveries and what it remembered.
#[utoipa::path(
    delete,
    path = "/plugins/{installation}/",
    summary = "Take a plugin out",
    responses((status = NO_CONTENT), (status = NOT_FOUND)),
)]
pub(super) async fn delete(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
) -> Result<StatusCode, ApiError> {
    let installation = super::named(&state, &at).await?;
    let mut tx = state.db.begin().await?;
    installations::delete(&mut tx, installation.id).await?;
    at.by.note(format!("took {} out", installation.name));
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
