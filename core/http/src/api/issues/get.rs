//! One issue.

use axum::Json;
use axum::extract::State;
use errand_model::ticket;
use errand_store::activity::{self, Activity};
use errand_store::{issues, tags, user_reports};

use super::render::{self, DAY, MONTH};
use crate::AppState;
use crate::api::at::InIssue;
use crate::api::events::render::named_releases;
use crate::api::shape::Time;
use crate::api::shape::activity::ActivityShape;
use crate::api::shape::issue::{CustomersWaiting, IssueDetails};
use crate::api::shape::tags::{TagSummary, tag_name};
use crate::error::{ApiError, Error};

/// Activities that an issue is shown with; the rest is in their own list.
const ACTIVITIES: u32 = 100;

/// An issue with what happened to it.
#[utoipa::path(
    get,
    path = "/",
    summary = "Get an issue",
    responses((status = OK, body = IssueDetails), (status = NOT_FOUND)),
)]
pub(super) async fn get(State(state): State<AppState>, at: InIssue) -> Result<Json<IssueDetails>, ApiError> {
    Ok(Json(details(&state, at).await?))
}

/// An issue with what happened to it.
pub(super) async fn details(state: &AppState, at: InIssue) -> Result<IssueDetails, Error> {
    let InIssue { project, issue, .. } = at;
    let id = issue.id;
    let versions = [issue.first_release.clone(), issue.last_release.clone()];
    let activity = activity::of_issue(&state.db, id, None, ACTIVITIES).await?;
    let facets = tags::facets(&state.db, id, 1).await?;
    let reports = user_reports::of_issue(&state.db, project.id, id).await?.len();
    let links = issues::links(&state.db, id).await?;
    let waiting = ticket::waiting(links.iter().map(|link| &link.ticket));
    let mut releases = Vec::with_capacity(2);
    for version in &versions {
        let named: Vec<&str> = version.as_deref().into_iter().collect();
        releases.push(named_releases(state, project.id, &named).await?.pop());
    }
    let last_release = releases.pop().flatten();
    let projects = [project];
    let shapes = render::shapes(state, &projects, vec![issue], &[DAY, MONTH]).await?;
    let issue = shapes.into_iter().next();
    Ok(IssueDetails {
        issue: issue.ok_or_else(|| Error::not_found("there is no such issue"))?,
        activity: activity.rows.into_iter().map(shape).collect(),
        tags: facets
            .into_iter()
            .map(|facet| TagSummary {
                name: tag_name(&facet.key),
                key: facet.key,
                total_values: facet.events,
                unique_values: None,
                top_values: None,
            })
            .collect(),
        first_release: releases.pop().flatten(),
        last_release,
        user_report_count: reports,
        customers_waiting: waiting.map(|(count, since)| CustomersWaiting {
            count,
            since: Time(since),
        }),
        participants: [],
        seen_by: [],
        plugin_actions: [],
        plugin_contexts: [],
        plugin_issues: [],
    })
}

#[expect(clippy::needless_pass_by_value, reason = "mapped over rows that are owned")]
pub(super) fn shape(activity: Activity) -> ActivityShape {
    ActivityShape::new(activity.id, &activity.change, &activity.actor, activity.at)
}
