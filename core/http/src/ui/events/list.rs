//! The events of an issue as a table, the newest first.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use errand_model::event::{Event, Text};
use errand_model::{EventId, Timestamp};
use errand_store::events::{self, StoredEvent};

use crate::AppState;
use crate::error::PageError;
use crate::ui::issues::{At, Found, IssueHead, neighbours};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Events on a page: each is unpacked for its row.
const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "events/list.html")]
struct EventsPage {
    page: Page,
    issue: IssueHead,
    rows: Vec<Row>,
    prev: Option<String>,
    next: Option<String>,
}

/// One event.
struct Row {
    id: EventId,
    short: String,
    url: String,
    at: Timestamp,
    title: String,
    user: String,
    release: String,
    environment: String,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    Query(at): Query<At>,
) -> Result<Response, PageError> {
    let found = Found::find(&state, &visit, &id).await?;
    let stored = events::of_issue(&state.db, found.issue.id, at.cursor()?, ROWS).await?;
    let (prev, next) = neighbours("?", &stored);
    page::html(&EventsPage {
        page: visit.page(format!("Events of {}", found.short_id()), "issues"),
        rows: stored.rows.iter().map(|event| row(&found.url(), event)).collect(),
        issue: found.head(&state, &visit).await?,
        prev,
        next,
    })
}

fn row(issue_url: &str, stored: &StoredEvent) -> Row {
    // What is stored is valid; were it not, the row would still name the event.
    let event = Event::from_json(&stored.payload)
        .ok()
        .flatten()
        .unwrap_or_default();
    let text = |text: &Option<Text<'_>>| text.as_deref().unwrap_or_default().to_owned();
    let user = event.user.as_ref().map(|user| {
        let names = [&user.email, &user.username, &user.id, &user.ip_address];
        names
            .into_iter()
            .find(|name| name.is_some())
            .map(text)
            .unwrap_or_default()
    });
    Row {
        id: stored.event_id,
        short: stored.event_id.to_string().chars().take(8).collect(),
        url: format!("{issue_url}/events/{}", stored.event_id),
        at: stored.timestamp,
        title: title(&event),
        user: user.unwrap_or_default(),
        release: text(&event.release),
        environment: text(&event.environment),
    }
}

/// What this event says; events of one issue often differ in their values.
fn title(event: &Event<'_>) -> String {
    let said = match event.main_exception() {
        Some(exception) => exception.value.as_deref(),
        None => event.logentry.as_ref().and_then(|entry| entry.text()),
    };
    said.unwrap_or_default()
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(300)
        .collect()
}
