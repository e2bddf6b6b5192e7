//! Commenting on an issue.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_store::issues::{self, By};

use super::CommentBody;
use crate::AppState;
use crate::api::at::InIssue;
use crate::api::body::Body;
use crate::api::shape::activity::ActivityShape;
use crate::error::ApiError;

/// Says something about an issue.
#[utoipa::path(
    post,
    path = "/",
    summary = "Comment on an issue",
    request_body = CommentBody,
    responses((status = CREATED, body = ActivityShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn create(
    State(state): State<AppState>,
    at: InIssue,
    Body(body): Body<CommentBody>,
) -> Result<(StatusCode, Json<ActivityShape>), ApiError> {
    let by = By::new(at.by.actor());
    let mut tx = state.db.begin().await?;
    let id = issues::comment(&mut tx, state.context(), &by, at.issue.id, &body.text).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(super::shape(&state, &at, id).await?)))
}
