//! One organization.

use axum::Json;

use crate::api::at::{InOrganization, Organizations};
use crate::api::shape::organization::OrganizationShape;
use crate::error::ApiError;

/// One organization.
#[utoipa::path(
    get,
    path = "/",
    summary = "Get an organization",
    responses((status = OK, body = OrganizationShape), (status = NOT_FOUND)),
)]
pub(super) async fn get(at: InOrganization<Organizations>) -> Result<Json<OrganizationShape>, ApiError> {
    Ok(Json(OrganizationShape::of(&at.organization)))
}
