//! One key.

use axum::Json;
use axum::extract::State;

use crate::AppState;
use crate::api::at::{InProject, Projects};
use crate::api::shape::project::KeyShape;
use crate::error::ApiError;

/// One key.
#[utoipa::path(
    get,
    path = "/keys/{key_id}/",
    summary = "Get a key",
    responses((status = OK, body = KeyShape), (status = NOT_FOUND)),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    at: InProject<Projects>,
) -> Result<Json<KeyShape>, ApiError> {
    let key = super::named(&state, &at).await?;
    Ok(Json(KeyShape::of(&key, &state.config.public_url)))
}
