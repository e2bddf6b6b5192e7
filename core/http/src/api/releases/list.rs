//! Lists of releases.

use axum::extract::State;
use errand_model::ProjectId;
use errand_model::project::Project;
use errand_store::releases::{self, Release};

use crate::AppState;
use crate::api::at::{InOrganization, InProject, Projects};
use crate::api::paging::{Paged, Paging};
use crate::api::query::QueryPairs;
use crate::api::shape::release::{ReleaseProject, ReleaseShape};
use crate::error::{ApiError, Error};

/// The releases of an organization's projects, the newest first. A version that several projects have is listed
/// once for each.
#[utoipa::path(
    get,
    path = "/releases/",
    summary = "List an organization's releases",
    params(("query" = Option<String>, Query, description = "Part of the version.")),
    responses((status = OK, body = Vec<ReleaseShape>), (status = NOT_FOUND)),
)]
pub(super) async fn of_organization(
    State(state): State<AppState>,
    at: InOrganization<Projects>,
    query: QueryPairs,
    paging: Paging,
) -> Result<Paged<ReleaseShape>, ApiError> {
    let projects = errand_store::projects::list(&state.db, Some(at.organization.id)).await?;
    Ok(list(&state, &projects, &query, &paging).await?)
}

/// The releases of a project, the newest first.
#[utoipa::path(
    get,
    path = "/releases/",
    summary = "List a project's releases",
    params(("query" = Option<String>, Query, description = "Part of the version.")),
    responses((status = OK, body = Vec<ReleaseShape>), (status = NOT_FOUND)),
)]
pub(super) async fn of_project(
    State(state): State<AppState>,
    at: InProject<Projects>,
    query: QueryPairs,
    paging: Paging,
) -> Result<Paged<ReleaseShape>, ApiError> {
    Ok(list(&state, &[at.project], &query, &paging).await?)
}

async fn list(
    state: &AppState,
    projects: &[Project],
    query: &QueryPairs,
    paging: &Paging,
) -> Result<Paged<ReleaseShape>, Error> {
    let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    let page = releases::list(&state.db, &ids, query.text("query"), paging.cursor, paging.limit).await?;
    Ok(paging.page(page, |release: Release| {
        let project = projects.iter().find(|project| project.id == release.project);
        let project = project.map(|project| ReleaseProject {
            id: project.id.to_string(),
            slug: project.slug.clone(),
            name: project.name.clone(),
        });
        let seen = Some((release.first_seen, release.last_seen));
        ReleaseShape::new(release.version, seen, project.into_iter().collect())
    }))
}
