//! Taking the link with a ticket away.

use axum::extract::State;
use axum::http::StatusCode;
use errand_store::issues::{self, By};

use crate::AppState;
use crate::api::at::InIssue;
use crate::error::ApiError;

/// Takes the link with a ticket away; the ticket itself stays.
#[utoipa::path(
    delete,
    path = "/{external_issue}/",
    summary = "Unlink an issue from a ticket",
    responses((status = NO_CONTENT), (status = NOT_FOUND)),
)]
pub(super) async fn delete(State(state): State<AppState>, at: InIssue) -> Result<StatusCode, ApiError> {
    let id = at.by.path.parse("external_issue", "the id of a link")?;
    let ticket = super::named(&state, &at, id).await?.ticket;
    let by = By::new(at.by.actor());
    let mut tx = state.db.begin().await?;
    issues::unlink(
        &mut tx,
        state.context(),
        &by,
        at.issue.id,
        (&ticket.system, &ticket.id),
    )
    .await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
