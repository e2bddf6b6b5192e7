//! Revoking a token.

use axum::extract::State;
use axum::http::StatusCode;
use errand_model::TokenId;
use errand_store::tokens;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::error::{ApiError, Error};

/// Revokes a token, at once.
#[utoipa::path(
    delete,
    path = "/org-auth-tokens/{token}/",
    summary = "Revoke a token",
    responses((status = NO_CONTENT), (status = NOT_FOUND)),
)]
pub(super) async fn revoke(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
) -> Result<StatusCode, ApiError> {
    let id: TokenId = at.by.path.parse("token", "the id of a token")?;
    let all = tokens::list(&state.db, at.organization.id).await?;
    let found = all
        .iter()
        .find(|token| token.id == id && super::is_for(&at.by, token));
    let token = found.ok_or_else(|| Error::not_found("there is no such token"))?;
    let mut tx = state.db.begin().await?;
    tokens::delete(&mut tx, id).await?;
    at.by.note(format!("revoked the API token {}", token.name));
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
