//! One release.

use axum::Json;
use axum::extract::State;

use super::place::Place;
use super::render;
use crate::AppState;
use crate::api::shape::release::ReleaseShape;
use crate::error::ApiError;

/// A release, with what all projects say of it that know it.
#[utoipa::path(
    get,
    path = "/releases/{version}/",
    summary = "Get a release",
    responses((status = OK, body = ReleaseShape), (status = NOT_FOUND)),
)]
pub(super) async fn get(State(state): State<AppState>, place: Place) -> Result<Json<ReleaseShape>, ApiError> {
    Ok(Json(render::shape(&state, &place, place.version()).await?))
}
