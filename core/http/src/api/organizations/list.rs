//! The organizations that a caller reaches.

use axum::extract::State;
use errand_store::organizations;

use crate::AppState;
use crate::api::at::{By, Organizations};
use crate::api::paging::{Paged, Paging};
use crate::api::shape::organization::OrganizationShape;
use crate::error::ApiError;

/// The organizations that the caller reaches, the oldest first.
#[utoipa::path(
    get,
    path = "/organizations/",
    summary = "List organizations",
    responses((status = OK, body = Vec<OrganizationShape>)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    by: By<Organizations>,
    paging: Paging,
) -> Result<Paged<OrganizationShape>, ApiError> {
    let mut all = organizations::list(&state.db).await?;
    all.retain(|each| by.caller.organization().is_none_or(|reached| reached == each.id));
    Ok(paging.whole(all, |each| OrganizationShape::of(&each)))
}
