//! Making a key.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_store::keys;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::{InProject, Projects};
use crate::api::body::Body;
use crate::api::projects::settings::RateLimitBody;
use crate::api::shape::project::KeyShape;
use crate::error::ApiError;

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewKeyBody {
    /// What to call it.
    #[serde(alias = "label")]
    name: Option<String>,
    /// How many events it lets in.
    rate_limit: Option<RateLimitBody>,
}

/// Makes a key.
#[utoipa::path(
    post,
    path = "/keys/",
    summary = "Make a key",
    request_body = NewKeyBody,
    responses((status = CREATED, body = KeyShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn create(
    State(state): State<AppState>,
    at: InProject<Projects>,
    Body(body): Body<NewKeyBody>,
) -> Result<(StatusCode, Json<KeyShape>), ApiError> {
    let label = body
        .name
        .as_deref()
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let mut tx = state.db.begin().await?;
    let mut key = keys::create(
        &mut tx,
        state.context(),
        at.project.id,
        label.unwrap_or("Default"),
    )
    .await?;
    if let Some(limit) = body.rate_limit {
        key.rate_limit = limit.limit();
        keys::update(&mut tx, &key).await?;
    }
    at.by
        .note(format!("made the key {} of {}", key.label, at.project.slug));
    tx.commit().await?;
    Ok((
        StatusCode::CREATED,
        Json(KeyShape::of(&key, &state.config.public_url)),
    ))
}
