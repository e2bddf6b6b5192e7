//! From stored releases to their JSON.

use errand_model::ProjectId;
use errand_store::releases::{self, Release};

use super::place::Place;
use crate::AppState;
use crate::api::shape::release::{Beside, ReleaseShape};
use crate::error::Error;

/// Releases, each with what the place's projects say of it.
pub(super) async fn shapes(
    state: &AppState,
    place: &Place,
    all: &[Vec<Release>],
) -> Result<Vec<ReleaseShape>, Error> {
    let versions = all.iter().filter_map(|parts| parts.first());
    let versions: Vec<&str> = versions.map(|release| release.version.as_str()).collect();
    let ids: Vec<ProjectId> = place.ids();
    let new_issues = match versions.is_empty() {
        true => Vec::new(),
        false => releases::new_issues(&state.db, &ids, &versions).await?,
    };
    let deploys = releases::deploys_of(&state.db, place.organization.id, &versions).await?;
    let beside = Beside {
        projects: &place.projects,
        new_issues: &new_issues,
        deploys: &deploys,
    };
    Ok(all
        .iter()
        .filter_map(|parts| ReleaseShape::of(parts, &beside))
        .collect())
}

/// The release that the path names, as the database has it now.
pub(super) async fn shape(state: &AppState, place: &Place, version: &str) -> Result<ReleaseShape, Error> {
    let parts = releases::named(&state.db, &place.ids(), &[version]).await?;
    let shape = shapes(state, place, &[parts]).await?.pop();
    shape.ok_or_else(|| Error::not_found("there is no such release"))
}
