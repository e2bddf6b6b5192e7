//! Changing one issue.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use errand_store::issues::{self, By};

use super::change::{IssueChanges, assignee_of};
use crate::AppState;
use crate::api::at::InIssue;
use crate::api::body::Body;
use crate::api::error::invalid;
use crate::api::shape::issue::IssueDetails;
use crate::error::{ApiError, Error};

/// Changes what the body names, and answers the issue as it is then.
#[utoipa::path(
    put,
    path = "/",
    summary = "Change an issue",
    request_body = IssueChanges,
    responses(
        (status = OK, body = IssueDetails),
        (status = NO_CONTENT, description = "It was discarded."),
        (status = BAD_REQUEST),
        (status = NOT_FOUND),
    ),
)]
pub(super) async fn update(
    State(state): State<AppState>,
    at: InIssue,
    Body(changes): Body<IssueChanges>,
) -> Result<Response, ApiError> {
    if changes.merge {
        return Err(ApiError(invalid(
            "merge",
            "true",
            "it for several issues: PUT …/issues/?id=1&id=2",
        )));
    }
    let assignee = assignee_of(&state.db, at.organization.id, &changes).await?;
    let by = By::new(at.by.actor());
    let mut tx = state.db.begin().await?;
    if changes.discard {
        issues::delete(&mut tx, state.context(), &by, &[at.issue.id], true).await?;
        tx.commit().await?;
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    changes
        .apply(
            &mut tx,
            state.context(),
            &by,
            std::slice::from_ref(&at.issue),
            assignee,
        )
        .await?;
    tx.commit().await?;
    let issue = issues::get(&state.db, at.issue.id).await?;
    let issue = issue.ok_or_else(|| Error::not_found("there is no such issue"))?;
    let details = super::get::details(&state, InIssue { issue, ..at }).await?;
    Ok(Json(details).into_response())
}
