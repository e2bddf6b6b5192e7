//! What users of a project wrote.

use axum::extract::State;
use errand_store::user_reports::{self, StoredReport};
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::{InProject, Projects};
use crate::api::paging::{Paged, Paging};
use crate::api::shape::Time;
use crate::error::ApiError;

/// What a user wrote about an event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserReport {
    id: String,
    #[serde(rename = "eventID")]
    event_id: String,
    name: String,
    email: String,
    comments: String,
    date_created: Time,
    event: ReportedEvent,
    issue: Option<ReportedIssue>,
}

/// The event it is about.
#[derive(Debug, Serialize, ToSchema)]
struct ReportedEvent {
    id: String,
    #[serde(rename = "eventID")]
    event_id: String,
}

/// The event's issue.
#[derive(Debug, Serialize, ToSchema)]
struct ReportedIssue {
    id: String,
}

/// What users of a project wrote, the newest first.
#[utoipa::path(
    get,
    path = "/user-feedback/",
    summary = "List user feedback",
    responses((status = OK, body = Vec<UserReport>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InProject<Projects>,
    paging: Paging,
) -> Result<Paged<UserReport>, ApiError> {
    let page = user_reports::list(&state.db, &[at.project.id], paging.cursor, paging.limit).await?;
    Ok(paging.page(page, |report: StoredReport| UserReport {
        id: report.id.to_string(),
        event_id: report.event_id.to_string(),
        name: report.name,
        email: report.email,
        comments: report.comments,
        date_created: Time(report.received),
        event: ReportedEvent {
            id: report.event_id.to_string(),
            event_id: report.event_id.to_string(),
        },
        issue: report.issue.map(|issue| ReportedIssue {
            id: issue.to_string(),
        }),
    }))
}
