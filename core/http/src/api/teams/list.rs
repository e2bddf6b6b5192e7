//! The teams of an organization.

use axum::extract::State;
use errand_store::teams;

use super::TeamShape;
use crate::AppState;
use crate::api::at::{InOrganization, Teams};
use crate::api::paging::{Paged, Paging};
use crate::error::ApiError;

/// The teams of an organization, by name.
#[utoipa::path(
    get,
    path = "/teams/",
    summary = "List teams",
    responses((status = OK, body = Vec<TeamShape>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InOrganization<Teams>,
    paging: Paging,
) -> Result<Paged<TeamShape>, ApiError> {
    let all = teams::list(&state.db, at.organization.id).await?;
    Ok(paging.whole(all, |team| TeamShape::of(&team)))
}
