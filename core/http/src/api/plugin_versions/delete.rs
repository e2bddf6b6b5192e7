//! Taking a version of a plugin away.

use axum::extract::State;
use axum::http::StatusCode;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::error::{ApiError, Error};

/// Takes a version away. Installations that are held to no version go on with the newest of the others; where there is
/// none, their deliveries are held until there is.
#[utoipa::path(
    delete,
    path = "/plugin-versions/{plugin}/{version}/",
    summary = "Take a version of a plugin away",
    responses((status = NO_CONTENT), (status = NOT_FOUND), (status = CONFLICT, description = "It is part of the hub.")),
)]
pub(super) async fn delete(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
) -> Result<StatusCode, ApiError> {
    let (plugin, version) = (at.by.path.text("plugin"), at.by.path.text("version"));
    at.by.note(format!("took {plugin} {version} away"));
    let removed = state.plugin_shelf.remove(plugin, version).await;
    removed.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}
