//! The projects that a caller sees.

use axum::extract::State;
use errand_store::projects;

use crate::AppState;
use crate::api::at::{By, InOrganization, Projects};
use crate::api::paging::{Paged, Paging};
use crate::api::shape::project::ProjectShape;
use crate::error::ApiError;

/// The projects of all organizations that the caller reaches, by name.
#[utoipa::path(
    get,
    path = "/projects/",
    summary = "List projects",
    responses((status = OK, body = Vec<ProjectShape>)),
)]
pub(super) async fn of_caller(
    State(state): State<AppState>,
    by: By<Projects>,
    paging: Paging,
) -> Result<Paged<ProjectShape>, ApiError> {
    let all = projects::seen(&state.db, by.caller.organization(), by.caller.viewer()).await?;
    Ok(paging.whole(all, |each| ProjectShape::of(&each, None)))
}

/// The projects of an organization, by name.
#[utoipa::path(
    get,
    path = "/projects/",
    summary = "List an organization's projects",
    responses((status = OK, body = Vec<ProjectShape>), (status = NOT_FOUND)),
)]
pub(super) async fn of_organization(
    State(state): State<AppState>,
    at: InOrganization<Projects>,
    paging: Paging,
) -> Result<Paged<ProjectShape>, ApiError> {
    let all = at.projects(&state.db).await?;
    Ok(paging.whole(all, |each| ProjectShape::of(&each, None)))
}
