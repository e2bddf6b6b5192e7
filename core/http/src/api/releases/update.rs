//! Saying more of a release.

use axum::Json;
use axum::extract::State;
use errand_model::ProjectId;
use errand_store::issues::By;
use errand_store::releases;

use super::body::ReleaseBody;
use super::place::Place;
use super::render;
use crate::AppState;
use crate::api::body::Body;
use crate::api::shape::release::ReleaseShape;
use crate::error::ApiError;

/// Changes what the body names, in all projects that know the release; those that the body names besides are told of it.
#[utoipa::path(
    put,
    path = "/releases/{version}/",
    summary = "Change a release",
    request_body = ReleaseBody,
    responses((status = OK, body = ReleaseShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn update(
    State(state): State<AppState>,
    place: Place,
    Body(said): Body<ReleaseBody>,
) -> Result<Json<ReleaseShape>, ApiError> {
    let found = place.found(&state).await?;
    let mut projects: Vec<ProjectId> = found.iter().map(|release| release.project).collect();
    if !place.is_project {
        projects.extend(place.named(&said.projects)?.iter().map(|project| project.id));
    }
    projects.sort_unstable();
    projects.dedup();
    let (details, commits) = (said.details()?, said.commits()?);
    let by = By::new(place.by.actor());
    let version = place.version();
    let mut tx = state.db.begin().await?;
    let cx = state.context();
    releases::create(&mut tx, cx, &by, &projects, version, &details).await?;
    if let Some(commits) = commits {
        releases::set_commits(&mut tx, cx, &by, &projects, version, &commits).await?;
    }
    tx.commit().await?;
    Ok(Json(render::shape(&state, &place, version).await?))
}
