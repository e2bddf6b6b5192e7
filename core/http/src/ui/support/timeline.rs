//! What a customer ran into, in the order of time.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use errand_model::clue::Clue;
use errand_model::event::{Event, Text};
use errand_model::issue::{Issue, short_id};
use errand_model::project::Project;
use errand_model::{EventRow, IssueId, ProjectId, Timestamp};
use errand_store::events::StoredEvent;
use errand_store::support::{self, Sighting, Timeline};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::search::known;
use crate::AppState;
use crate::error::PageError;
use crate::ui::issues::{Badge, Headline};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Events on a page: each is unpacked for its line.
const EVENTS: u32 = 50;

#[derive(Template)]
#[template(path = "support/timeline.html")]
struct TimelinePage {
    page: Page,
    typed: String,
    known: Vec<String>,
    moments: Vec<Moment>,
    sightings: Vec<Span>,
    next: Option<String>,
}

/// One event of theirs.
struct Moment {
    at: Timestamp,
    url: String,
    issue: Line,
    said: String,
    place: String,
}

/// An issue in which their identifier was seen.
struct Span {
    issue: Line,
    what: String,
    events: i64,
    first_seen: Timestamp,
    last_seen: Timestamp,
}

/// An issue in one line.
#[derive(Clone)]
struct Line {
    url: String,
    short_id: String,
    headline: Headline,
    badge: Badge,
}

/// The address.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Params {
    #[serde(default)]
    q: String,
    /// The row that the page starts before.
    before: Option<i64>,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Query(params): Query<Params>,
) -> Result<Response, PageError> {
    let projects = visit.projects(&state).await?;
    let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    let clue = Clue::read(&params.q);
    let subjects = support::subjects(&state.db, visit.organization.id, &ids, &clue).await?;
    let before = params.before.map(EventRow);
    let Timeline {
        events,
        sightings,
        issues,
    } = support::timeline(&state.db, &subjects, &ids, before, EVENTS).await?;
    let lines = lines(&issues, &projects);
    let older = events.last().filter(|_| events.len() == EVENTS as usize);
    let mut moments: Vec<Moment> = events.iter().filter_map(|event| moment(event, &lines)).collect();
    // Programs that were off line send late.
    moments.sort_by_key(|moment| std::cmp::Reverse(moment.at));
    let query = utf8_percent_encode(&params.q, NON_ALPHANUMERIC);
    page::html(&TimelinePage {
        page: visit.page("What they ran into", "support"),
        known: known(&subjects),
        moments,
        sightings: spans(sightings, &lines),
        next: older.map(|event| format!("/support/timeline?q={query}&before={}", event.row.0)),
        typed: params.q,
    })
}

fn lines(issues: &[Issue], projects: &[Project]) -> HashMap<IssueId, Line> {
    let line = |issue: &Issue| {
        let project = projects.iter().find(|project| project.id == issue.project)?;
        let line = Line {
            url: format!("/issues/{}", issue.id),
            short_id: short_id(&project.slug, issue.number),
            headline: Headline::of(issue),
            badge: Badge::of(issue),
        };
        Some((issue.id, line))
    };
    issues.iter().filter_map(line).collect()
}

fn moment(stored: &StoredEvent, lines: &HashMap<IssueId, Line>) -> Option<Moment> {
    let issue = lines.get(&stored.issue)?.clone();
    // What is stored is valid; were it not, the line would still name the issue.
    let event = Event::from_json(&stored.payload)
        .ok()
        .flatten()
        .unwrap_or_default();
    let text = |text: &Option<Text<'_>>| text.as_deref().unwrap_or_default().to_owned();
    let said = event
        .main_exception()
        .and_then(|exception| exception.value.as_deref());
    let places = [
        text(&event.environment),
        text(&event.release),
        text(&event.transaction),
    ];
    let places: Vec<String> = places.into_iter().filter(|place| !place.is_empty()).collect();
    Some(Moment {
        at: stored.timestamp,
        url: format!("{}/events/{}", issue.url, stored.event_id),
        said: said
            .unwrap_or_default()
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(300)
            .collect(),
        place: places.join(" · "),
        issue,
    })
}

fn spans(sightings: Vec<Sighting>, lines: &HashMap<IssueId, Line>) -> Vec<Span> {
    let span = |one: Sighting| {
        Some(Span {
            issue: lines.get(&one.issue)?.clone(),
            what: format!("{}: {}", one.key, one.value),
            events: one.events,
            first_seen: one.first_seen,
            last_seen: one.last_seen,
        })
    };
    let mut spans: Vec<Span> = sightings.into_iter().filter_map(span).collect();
    spans.sort_by_key(|span| std::cmp::Reverse(span.last_seen));
    spans
}
