//! What Sentry's command line asks before it names commits.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use errand_store::releases;

use super::place::Place;
use super::render;
use crate::AppState;
use crate::api::shape::release::{ReleaseShape, RepositoryShape};
use crate::error::ApiError;

/// The release before this one that commits were named for, so that a client knows from where on to name them; an empty
/// object where there is none.
#[utoipa::path(
    get,
    path = "/releases/{version}/previous-with-commits/",
    summary = "Get the release before, for its commits",
    responses((status = OK, body = ReleaseShape)),
)]
pub(super) async fn previous(State(state): State<AppState>, place: Place) -> Result<Response, ApiError> {
    let previous = releases::last_with_commits(&state.db, &place.ids(), place.version()).await?;
    Ok(match previous {
        Some(version) => Json(render::shape(&state, &place, &version).await?).into_response(),
        None => Json(serde_json::json!({})).into_response(),
    })
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
