//! What Sentry's command line asks before it names commits.

use axum::Json;
use axum::extract::State;
use errand_store::releases;
use serde::Serialize;
use utoipa::ToSchema;

use super::place::Place;
use super::render;
use crate::AppState;
use crate::api::shape::release::{ReleaseShape, RepositoryShape};
use crate::error::ApiError;

/// A release, or an empty object.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PreviousRelease)]
#[serde(untagged)]
pub(super) enum PreviousShape {
    Release(Box<ReleaseShape>),
    None(NoRelease),
}

/// There is none: an empty object.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoRelease)]
#[serde(deny_unknown_fields)]
pub(super) struct NoRelease {}

/// The release before this one that commits were named for, so that a client knows from where on to name them; an empty
/// object where there is none.
#[utoipa::path(
    get,
    path = "/releases/{version}/previous-with-commits/",
    summary = "Get the release before, for its commits",
    responses((status = OK, body = PreviousShape)),
)]
pub(super) async fn previous(
    State(state): State<AppState>,
    place: Place,
) -> Result<Json<PreviousShape>, ApiError> {
    let previous = releases::last_with_commits(&state.db, &place.ids(), place.version()).await?;
    Ok(Json(match previous {
        Some(version) => PreviousShape::Release(Box::new(render::shape(&state, &place, &version).await?)),
        None => PreviousShape::None(NoRelease {}),
    }))
}

/// No repositories: the hub is told of commits, and fetches none.
#[utoipa::path(
    get,
    path = "/repos/",
    summary = "List an organization's repositories",
    responses((status = OK, body = Vec<RepositoryShape>)),
)]
pub(super) async fn repositories(_: Place) -> Json<[RepositoryShape; 0]> {
    Json([])
}
