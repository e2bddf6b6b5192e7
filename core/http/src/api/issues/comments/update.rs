//! Saying it otherwise.

use axum::Json;
use axum::extract::State;
use errand_store::issues;

use super::CommentBody;
use crate::AppState;
use crate::api::at::InIssue;
use crate::api::body::Body;
use crate::api::shape::activity::ActivityShape;
use crate::error::ApiError;

/// Changes a comment. Only who wrote it may.
#[utoipa::path(
    put,
    path = "/{note}/",
    summary = "Change a comment",
    request_body = CommentBody,
    responses((status = OK, body = ActivityShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn update(
    State(state): State<AppState>,
    at: InIssue,
    Body(body): Body<CommentBody>,
) -> Result<Json<ActivityShape>, ApiError> {
    let id = super::id(&at)?;
    let actor = at.by.actor();
    let mut tx = state.db.begin().await?;
    issues::edit_comment(&mut tx, &actor, at.issue.id, id, &body.text).await?;
    tx.commit().await?;
    Ok(Json(super::shape(&state, &at, id).await?))
}
