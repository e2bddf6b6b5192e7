//! One project.

use axum::Json;

use crate::api::at::{InProject, Projects};
use crate::api::shape::organization::OrganizationShape;
use crate::api::shape::project::ProjectShape;
use crate::error::ApiError;

/// One project with its settings.
#[utoipa::path(
    get,
    path = "/",
    summary = "Get a project",
    responses((status = OK, body = ProjectShape), (status = NOT_FOUND)),
)]
pub(super) async fn get(at: InProject<Projects>) -> Result<Json<ProjectShape>, ApiError> {
    let organization = OrganizationShape::of(&at.organization);
    Ok(Json(ProjectShape::of(&at.project, Some(organization))))
}
