//! One team: looking at it, changing it, doing away with it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_store::teams;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{named, named_to_run};
use crate::AppState;
use crate::api::at::{InOrganization, Teams};
use crate::api::body::Body;
use crate::api::error::invalid;
use crate::api::shape::team::TeamShape;
use crate::error::ApiError;

/// A team.
#[utoipa::path(
    get,
    path = "/",
    summary = "Get a team",
    responses((status = OK, body = TeamShape), (status = NOT_FOUND)),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    at: InOrganization<Teams>,
) -> Result<Json<TeamShape>, ApiError> {
    let (team, membership) = named(&state, &at).await?;
    Ok(Json(TeamShape::of(&team, membership)))
}

/// What can be changed of a team; what is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TeamChanges {
    /// What to call it.
    name: Option<String>,
    /// Whether anybody may join, and everybody sees its projects.
    is_open: Option<bool>,
}

/// Changes a team. For its members, and who runs the hub.
#[utoipa::path(
    put,
    path = "/",
    summary = "Change a team",
    request_body = TeamChanges,
    responses((status = OK, body = TeamShape), (status = BAD_REQUEST), (status = FORBIDDEN), (status = NOT_FOUND)),
)]
pub(super) async fn update(
    State(state): State<AppState>,
    at: InOrganization<Teams>,
    Body(body): Body<TeamChanges>,
) -> Result<Json<TeamShape>, ApiError> {
    let (mut team, membership) = named_to_run(&state, &at).await?;
    if let Some(name) = body.name {
        if errand_model::project::name_problem(name.trim()).is_some() {
            return Err(ApiError(invalid("name", &name, "a line of 1 to 64 characters")));
        }
        name.trim().clone_into(&mut team.name);
    }
    team.is_open = body.is_open.unwrap_or(team.is_open);
    let mut tx = state.db.begin().await?;
    teams::update(&mut tx, &team).await?;
    at.by.note(format!("changed #{}: {}", team.slug, team.name));
    tx.commit().await?;
    Ok(Json(TeamShape::of(&team, membership)))
}

/// Does away with a team. Projects that only it has are everybody's then.
#[utoipa::path(
    delete,
    path = "/",
    summary = "Delete a team",
    responses((status = NO_CONTENT), (status = NOT_FOUND)),
)]
pub(super) async fn delete(
    State(state): State<AppState>,
    at: InOrganization<Teams>,
) -> Result<StatusCode, ApiError> {
    let (team, _) = named(&state, &at).await?;
    let mut tx = state.db.begin().await?;
    teams::delete(&mut tx, team.id).await?;
    at.by.note(format!("did away with the team #{}", team.slug));
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
