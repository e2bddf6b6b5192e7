//! Changing a project.

use axum::Json;
use axum::extract::State;

use super::settings::ProjectChanges;
use crate::AppState;
use crate::api::at::{InProject, Projects};
use crate::api::body::Body;
use crate::api::shape::organization::OrganizationShape;
use crate::api::shape::project::ProjectShape;
use crate::error::ApiError;
use crate::project_settings;

/// Changes what the body names. Fields that are not known are passed over.
#[utoipa::path(
    put,
    path = "/",
    summary = "Change a project",
    request_body = ProjectChanges,
    responses((status = OK, body = ProjectShape), (status = BAD_REQUEST), (status = CONFLICT), (status = NOT_FOUND)),
)]
pub(super) async fn update(
    State(state): State<AppState>,
    at: InProject<Projects>,
    Body(changes): Body<ProjectChanges>,
) -> Result<Json<ProjectShape>, ApiError> {
    let mut project = at.project;
    changes.apply(&mut project)?;
    at.by.note(format!("changed the settings of {}", project.slug));
    project_settings::save(&state, &project).await?;
    let organization = OrganizationShape::of(&at.organization);
    Ok(Json(ProjectShape::of(&project, Some(organization))))
}
