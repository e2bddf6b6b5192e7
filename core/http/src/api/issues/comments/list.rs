//! The comments on an issue.

use axum::extract::State;
use errand_store::activity;

use crate::AppState;
use crate::api::at::InIssue;
use crate::api::paging::{Paged, Paging};
use crate::api::shape::activity::ActivityShape;
use crate::error::ApiError;

/// The comments on an issue, the newest first.
#[utoipa::path(
    get,
    path = "/",
    summary = "List the comments on an issue",
    responses((status = OK, body = Vec<ActivityShape>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InIssue,
    paging: Paging,
) -> Result<Paged<ActivityShape>, ApiError> {
    let page = activity::comments(&state.db, at.issue.id, paging.cursor, paging.limit).await?;
    Ok(paging.page(page, crate::api::issues::get::shape))
}
