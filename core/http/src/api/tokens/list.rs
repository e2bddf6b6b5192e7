//! The tokens of an organization.

use axum::extract::State;
use errand_store::tokens;

use super::TokenShape;
use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::paging::{Paged, Paging};
use crate::error::ApiError;

/// The tokens of an organization, the newest first: all for who runs it, one's own for others. Their secrets are not kept.
#[utoipa::path(
    get,
    path = "/org-auth-tokens/",
    summary = "List tokens",
    responses((status = OK, body = Vec<TokenShape>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
    paging: Paging,
) -> Result<Paged<TokenShape>, ApiError> {
    let mut all = tokens::list(&state.db, at.organization.id).await?;
    all.retain(|token| super::is_for(&at.by, token));
    Ok(paging.whole(all, |token| TokenShape::of(&token)))
}
