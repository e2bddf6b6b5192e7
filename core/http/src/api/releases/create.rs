//! Making a release known.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_model::ProjectId;
use errand_store::issues::By;
use errand_store::releases;

use super::body::{self, NewReleaseBody, ReleaseBody};
use super::place::Place;
use super::render;
use crate::AppState;
use crate::api::body::Body;
use crate::api::error::missing;
use crate::api::shape::release::ReleaseShape;
use crate::error::{ApiError, Error};

/// Makes a release known to projects: those of the body, or the one of the path. To say it again says more of it; then the
/// body need not name the projects that know it.
#[utoipa::path(
    post,
    path = "/releases/",
    summary = "Make a release",
    request_body = NewReleaseBody,
    responses(
        (status = CREATED, body = ReleaseShape),
        (status = ALREADY_REPORTED, body = ReleaseShape, description = "All of the projects knew it."),
        (status = BAD_REQUEST),
        (status = NOT_FOUND),
    ),
)]
pub(super) async fn create(
    State(state): State<AppState>,
    place: Place,
    Body(release): Body<NewReleaseBody>,
) -> Result<(StatusCode, Json<ReleaseShape>), ApiError> {
    let version = body::version(&release.version)?;
    let projects = projects(&state, &place, version, &release.said).await?;
    if projects.is_empty() {
        return Err(ApiError(missing(
            "projects",
            "slugs or ids of the organization's projects",
        )));
    }
    let (details, commits) = (release.said.details()?, release.said.commits()?);
    let by = By::new(place.by.actor());
    let mut tx = state.db.begin().await?;
    let cx = state.context();
    let is_new = releases::create(&mut tx, cx, &by, &projects, version, &details).await?;
    if let Some(commits) = commits {
        releases::set_commits(&mut tx, cx, &by, &projects, version, &commits).await?;
    }
    tx.commit().await?;
    let status = match is_new {
        true => StatusCode::CREATED,
        false => StatusCode::ALREADY_REPORTED,
    };
    Ok((status, Json(render::shape(&state, &place, version).await?)))
}

/// The projects that it is about.
async fn projects(
    state: &AppState,
    place: &Place,
    version: &str,
    said: &ReleaseBody,
) -> Result<Vec<ProjectId>, Error> {
    if place.is_project {
        return Ok(place.ids());
    }
    if said.projects.is_empty() {
        let known = releases::named(&state.db, &place.ids(), &[version]).await?;
        return Ok(known.iter().map(|release| release.project).collect());
    }
    Ok(place
        .named(&said.projects)?
        .iter()
        .map(|project| project.id)
        .collect())
}
