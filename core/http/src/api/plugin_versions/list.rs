//! The versions of plugins.

use axum::extract::State;

use super::VersionShape;
use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::paging::{Paged, Paging};
use crate::error::ApiError;

/// The plugins that there are, in all their versions: by plugin, the newest first.
#[utoipa::path(
    get,
    path = "/plugin-versions/",
    summary = "List the versions of plugins",
    responses((status = OK, body = Vec<VersionShape>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    _: InOrganization<Organizations>,
    paging: Paging,
) -> Result<Paged<VersionShape>, ApiError> {
    Ok(paging.whole(state.plugin_shelf.versions(), VersionShape::from))
}
