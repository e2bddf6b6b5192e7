//! A project's keys.

use axum::extract::State;
use errand_store::keys;

use crate::AppState;
use crate::api::at::{InProject, Projects};
use crate::api::paging::{Paged, Paging};
use crate::api::query::QueryPairs;
use crate::api::shape::project::KeyShape;
use crate::error::ApiError;

/// A project's keys, the oldest first.
#[utoipa::path(
    get,
    path = "/keys/",
    summary = "List a project's keys",
    params(("status" = Option<String>, Query, description = "`active` or `inactive`; all where it is missing.")),
    responses((status = OK, body = Vec<KeyShape>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InProject<Projects>,
    query: QueryPairs,
    paging: Paging,
) -> Result<Paged<KeyShape>, ApiError> {
    let wanted = query.choose("status", &[("active", true), ("inactive", false)])?;
    let mut all = keys::list(&state.db, at.project.id).await?;
    all.retain(|key| wanted.is_none_or(|is_active| key.is_active == is_active));
    Ok(paging.whole(all, |key| KeyShape::of(&key, &state.config.public_url)))
}
