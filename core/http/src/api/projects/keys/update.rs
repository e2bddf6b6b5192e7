//! Changing a key.

use axum::Json;
use axum::extract::State;
use errand_store::keys;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::{InProject, Projects};
use crate::api::body::Body;
use crate::api::projects::settings::RateLimitBody;
use crate::api::shape::project::KeyShape;
use crate::error::ApiError;

/// What can be set of a key; what is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyChanges {
    #[serde(alias = "label")]
    name: Option<String>,
    /// Whether it lets anybody in.
    is_active: Option<bool>,
    /// How many events it lets in; `null` for no limit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<RateLimitBody>)]
    rate_limit: Option<Option<RateLimitBody>>,
}

/// Tells `null` from what is not named.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<RateLimitBody>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Changes what the body names.
#[utoipa::path(
    put,
    path = "/keys/{key_id}/",
    summary = "Change a key",
    request_body = KeyChanges,
    responses((status = OK, body = KeyShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn update(
    State(state): State<AppState>,
    at: InProject<Projects>,
    Body(changes): Body<KeyChanges>,
) -> Result<Json<KeyShape>, ApiError> {
    let mut key = super::named(&state, &at).await?;
    if let Some(name) = changes.name {
        key.label = name;
    }
    if let Some(is_active) = changes.is_active {
        key.is_active = is_active;
    }
    if let Some(limit) = changes.rate_limit {
        key.rate_limit = limit.and_then(RateLimitBody::limit);
    }
    let mut tx = state.db.begin().await?;
    keys::update(&mut tx, &key).await?;
    at.by
        .note(format!("changed the key {} of {}", key.label, at.project.slug));
    tx.commit().await?;
    Ok(Json(KeyShape::of(&key, &state.config.public_url)))
}
