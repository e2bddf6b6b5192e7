//! Who is in a team, and which projects are its.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_store::teams;

use super::named;
use crate::AppState;
use crate::api::at::{InOrganization, InProject, Projects, Teams};
use crate::api::paging::{Paged, Paging};
use crate::api::shape::member::MemberShape;
use crate::api::shape::project::ProjectShape;
use crate::error::ApiError;

/// Who is in a team, by name.
#[utoipa::path(
    get,
    path = "/members/",
    summary = "List a team's members",
    responses((status = OK, body = Vec<MemberShape>), (status = NOT_FOUND)),
)]
pub(super) async fn members(
    State(state): State<AppState>,
    at: InOrganization<Teams>,
    paging: Paging,
) -> Result<Paged<MemberShape>, ApiError> {
    let (team, _) = named(&state, &at).await?;
    let all = teams::members(&state.db, team.id).await?;
    Ok(paging.whole(all, |person| MemberShape::of(&person)))
}

/// The projects of a team that the caller sees, by name.
#[utoipa::path(
    get,
    path = "/projects/",
    summary = "List a team's projects",
    responses((status = OK, body = Vec<ProjectShape>), (status = NOT_FOUND)),
)]
pub(super) async fn projects(
    State(state): State<AppState>,
    at: InOrganization<Teams>,
    paging: Paging,
) -> Result<Paged<ProjectShape>, ApiError> {
    let (team, _) = named(&state, &at).await?;
    let theirs = teams::projects(&state.db, team.id).await?;
    let mut seen = at.projects(&state.db).await?;
    seen.retain(|project| theirs.contains(&project.id));
    Ok(paging.whole(seen, |project| ProjectShape::of(&project, None)))
}

/// Gives a project to a team, besides those that it has. For members of the team, and who runs the hub.
#[utoipa::path(
    post,
    path = "/teams/{team}/",
    summary = "Give a project to a team",
    responses((status = CREATED, body = ProjectShape), (status = FORBIDDEN), (status = NOT_FOUND)),
)]
pub(super) async fn add_project(
    State(state): State<AppState>,
    at: InProject<Projects>,
) -> Result<(StatusCode, Json<ProjectShape>), ApiError> {
    let team = super::of_project_to_run(&state, &at).await?;
    let mut tx = state.db.begin().await?;
    teams::add_project(&mut tx, team.id, at.project.id).await?;
    at.by.note(format!("gave {} to #{}", at.project.slug, team.slug));
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(ProjectShape::of(&at.project, None))))
}

/// Takes a project from a team. For members of the team, and who runs the hub.
#[utoipa::path(
    delete,
    path = "/teams/{team}/",
    summary = "Take a project from a team",
    responses((status = OK, body = ProjectShape), (status = FORBIDDEN), (status = NOT_FOUND)),
)]
pub(super) async fn remove_project(
    State(state): State<AppState>,
    at: InProject<Projects>,
) -> Result<Json<ProjectShape>, ApiError> {
    let team = super::of_project_to_run(&state, &at).await?;
    let mut tx = state.db.begin().await?;
    teams::remove_project(&mut tx, team.id, at.project.id).await?;
    at.by
        .note(format!("took {} from #{}", at.project.slug, team.slug));
    tx.commit().await?;
    Ok(Json(ProjectShape::of(&at.project, None)))
}
