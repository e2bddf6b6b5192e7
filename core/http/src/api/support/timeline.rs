//! What a customer ran into, event by event.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use errand_model::clue::Clue;
use errand_model::issue::{Issue, short_id};
use errand_model::page::Cursor;
use errand_model::project::Project;
use errand_model::{EventRow, IssueId, ProjectId};
use errand_store::events::StoredEvent;
use errand_store::support::{self, Sighting, Timeline};
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::{Events, InOrganization};
use crate::api::events::render;
use crate::api::narrow::projects_of;
use crate::api::paging::Paging;
use crate::api::query::QueryPairs;
use crate::api::shape::Time;
use crate::api::shape::event::EventSummary;
use crate::error::{ApiError, Error};

/// What a customer ran into.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SupportTimeline)]
struct TimelineShape {
    /// Their events, those that came in last first.
    events: Vec<MomentShape>,
    /// Issues in which what they sent along was seen as an identifier: on the first page alone.
    sightings: Vec<SightingShape>,
}

/// An event of theirs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SupportMoment)]
struct MomentShape {
    event: EventSummary,
    issue: IssueLine,
}

/// An identifier that was seen in an issue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SupportSighting)]
#[serde(rename_all = "camelCase")]
struct SightingShape {
    issue: IssueLine,
    key: String,
    value: String,
    /// In how many events.
    count: i64,
    first_seen: Time,
    last_seen: Time,
}

/// An issue in one line.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SupportIssue)]
#[serde(rename_all = "camelCase")]
struct IssueLine {
    id: String,
    short_id: String,
    title: String,
    /// `unresolved`, `resolved` or `ignored`.
    status: &'static str,
    /// The project's slug.
    project: String,
}

/// What the customer ran into whom a clue means (a user id, an e-mail address, an IP address, a licence …), event by event,
/// and the issues in which the clue was seen as an identifier. The `Link` header leads to what is older.
#[utoipa::path(
    get,
    path = "/support-timeline/",
    summary = "Tell what a customer ran into",
    params(
        ("query" = String, Query, description = "What the customer sent along; up to 300 bytes of it are read."),
        ("project" = Option<Vec<String>>, Query, description = "Ids or slugs of projects; all, where there are none."),
        ("cursor" = Option<String>, Query, description = "From a `Link` header."),
        ("limit" = Option<u32>, Query, description = "1 to 100."),
    ),
    responses((status = OK, body = TimelineShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    at: InOrganization<Events>,
    query: QueryPairs,
    paging: Paging,
) -> Result<Response, ApiError> {
    let projects = projects_of(&state, &at, &query).await?;
    let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    let clue = Clue::read(query.get("query").unwrap_or_default());
    if clue.is_empty() {
        return Err(ApiError(Error::bad_request(
            "query: what is to be looked for is missing",
        )));
    }
    let subjects = support::subjects(&state.db, at.organization.id, &ids, &clue).await?;
    let before = paging.cursor.map(|cursor| EventRow(cursor.value));
    let Timeline {
        events,
        sightings,
        issues,
    } = support::timeline(&state.db, &subjects, &ids, before, paging.limit).await?;
    let lines = Lines {
        issues,
        projects: &projects,
    };
    let older = events.last().map(|event| Cursor {
        value: event.row.0,
        ..Cursor::default()
    });
    let shape = TimelineShape {
        events: lines.moments(&events)?,
        sightings: lines.sightings(sightings),
    };
    let mut response = Json(shape).into_response();
    // The only way is back in time.
    if let Ok(links) = HeaderValue::from_str(&paging.links(None, older)) {
        response.headers_mut().insert(header::LINK, links);
    }
    Ok(response)
}

/// The issues that are named, as they are shown.
struct Lines<'a> {
    issues: Vec<Issue>,
    projects: &'a [Project],
}

impl Lines<'_> {
    fn line(&self, id: IssueId) -> Option<IssueLine> {
        let issue = self.issues.iter().find(|issue| issue.id == id)?;
        let project = self.projects.iter().find(|project| project.id == issue.project)?;
        Some(IssueLine {
            id: issue.id.to_string(),
            short_id: short_id(&project.slug, issue.number),
            title: issue.title.clone(),
            status: issue.status.as_str(),
            project: project.slug.clone(),
        })
    }

    fn moments(&self, events: &[StoredEvent]) -> Result<Vec<MomentShape>, Error> {
        let of_issues = events
            .iter()
            .filter_map(|event| Some((event, self.line(event.issue)?)));
        of_issues
            .map(|(event, issue)| {
                Ok(MomentShape {
                    event: render::summary(event)?,
                    issue,
                })
            })
            .collect()
    }

    fn sightings(&self, sightings: Vec<Sighting>) -> Vec<SightingShape> {
        let shape = |one: Sighting| {
            Some(SightingShape {
                issue: self.line(one.issue)?,
                key: one.key,
                value: one.value,
                count: one.events,
                first_seen: Time(one.first_seen),
                last_seen: Time(one.last_seen),
            })
        };
        sightings.into_iter().filter_map(shape).collect()
    }
}
