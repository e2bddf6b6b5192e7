//! The configured plugins of an organization.

use axum::extract::State;
use errand_store::{installations, projects};

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::paging::{Paged, Paging};
use crate::api::shape::delivery::InstallationShape;
use crate::error::ApiError;

/// The configured plugins of an organization, the oldest first.
#[utoipa::path(
    get,
    path = "/plugins/",
    summary = "List configured plugins",
    responses((status = OK, body = Vec<InstallationShape>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
    paging: Paging,
) -> Result<Paged<InstallationShape>, ApiError> {
    let projects = projects::list(&state.db, Some(at.organization.id)).await?;
    let all = installations::list(&state.db, Some(at.organization.id)).await?;
    let mut around = super::around(&state, &at, &all).await?;
    Ok(paging.whole(all, |installation| {
        let around = around.remove(&installation.id).unwrap_or_default();
        super::shape(&installation, &projects, around)
    }))
}
