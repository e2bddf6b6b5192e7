//! One configured plugin.

use axum::Json;
use axum::extract::State;
use errand_store::projects;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::shape::delivery::InstallationShape;
use crate::error::ApiError;

/// One configured plugin.
#[utoipa::path(
    get,
    path = "/plugins/{installation}/",
    summary = "Get a configured plugin",
    responses((status = OK, body = InstallationShape), (status = NOT_FOUND)),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
) -> Result<Json<InstallationShape>, ApiError> {
    let installation = super::named(&state, &at).await?;
    let projects = projects::list(&state.db, Some(at.organization.id)).await?;
    let mut around = super::around(&state, &at, std::slice::from_ref(&installation)).await?;
    let around = around.remove(&installation.id).unwrap_or_default();
    Ok(Json(super::shape(&installation, &projects, around)))
}
