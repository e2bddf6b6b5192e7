//! The rules as they are.

use axum::Json;
use axum::extract::State;

use super::RulesShape;
use crate::AppState;
use crate::api::at::{InProject, Projects};
use crate::error::ApiError;
use crate::rules::saved;

/// The alert rules of a project.
#[utoipa::path(
    get,
    path = "/",
    summary = "Get a project's alert rules",
    responses((status = OK, body = RulesShape), (status = NOT_FOUND)),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    at: InProject<Projects>,
) -> Result<Json<RulesShape>, ApiError> {
    let installation = saved::of_project(&state, &at.project).await?;
    Ok(Json(RulesShape::new(installation.as_ref())))
}
