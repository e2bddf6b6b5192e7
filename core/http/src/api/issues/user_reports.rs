//! What users wrote about an issue's events.

use axum::extract::State;
use errand_store::user_reports;

use crate::AppState;
use crate::api::at::InIssue;
use crate::api::paging::{Paged, Paging};
use crate::api::shape::Time;
use crate::api::shape::event::UserReportShape;
use crate::error::ApiError;

/// What users wrote about an issue's events, the newest first.
#[utoipa::path(
    get,
    path = "/user-reports/",
    summary = "List an issue's user feedback",
    responses((status = OK, body = Vec<UserReportShape>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InIssue,
    paging: Paging,
) -> Result<Paged<UserReportShape>, ApiError> {
    let reports = user_reports::of_issue(&state.db, at.project.id, at.issue.id).await?;
    Ok(paging.whole(reports, |report| UserReportShape {
        id: report.id.to_string(),
        event_id: report.event_id.to_string(),
        name: report.name,
        email: report.email,
        comments: report.comments,
        date_created: Time(report.received),
    }))
}
