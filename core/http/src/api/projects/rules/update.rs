//! Saving rules.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::RulesShape;
use crate::AppState;
use crate::api::at::{InProject, Projects};
use crate::api::body::Body;
use crate::error::ApiError;
use crate::rules::saved;

/// Rules to be saved.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct RulesBody {
    /// Their text.
    text: String,
    /// Whether they are followed; `true` where it is missing.
    enabled: Option<bool>,
}

/// Saves the alert rules of a project, all of them, if nothing is wrong with them. Else each problem is a line that names
/// rule and line, and what is allowed.
#[utoipa::path(
    put,
    path = "/",
    summary = "Save a project's alert rules",
    request_body = RulesBody,
    responses((status = OK, body = RulesShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn update(
    State(state): State<AppState>,
    at: InProject<Projects>,
    Body(body): Body<RulesBody>,
) -> Result<Json<RulesShape>, ApiError> {
    super::check(&state, &body.text).await?;
    let is_enabled = body.enabled.unwrap_or(true);
    at.by
        .note(format!("changed the alert rules of {}", at.project.slug));
    let saved = saved::save(&state, &at.project, &body.text, is_enabled).await?;
    Ok(Json(RulesShape::new(Some(&saved))))
}
