//! The events of an issue: searched, in order, page by page, and when they happened.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use errand_model::event::{Event, Text};
use errand_model::page::Page as Rows;
use errand_model::{EventId, Ids, Timestamp};
use errand_store::events::{Found as Hits, StoredEvent};

use super::looking::{HELP, Looking, Params, SORTS};
use super::overtime::OverTime;
use crate::AppState;
use crate::error::PageError;
use crate::ui::choice::{Choice, choices};
use crate::ui::issues::found::Found;
use crate::ui::issues::head::IssueHead;
use crate::ui::issues::query::Problem;
use crate::ui::page::{self, Page};
use crate::ui::paging::neighbours;
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Events on a page: each is unpacked for its row.
const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "issues/events/list.html")]
struct EventsPage {
    page: Page,
    issue: IssueHead,
    query: String,
    sorts: Vec<Choice>,
    problem: Option<Problem>,
    help: &'static [(&'static str, &'static str)],
    chart: OverTime,
    /// The address with all counted.
    count_url: String,
    rows: Vec<Row>,
    broke_off: Option<BrokeOff>,
    is_oldest_first: bool,
    prev: Option<String>,
    next: Option<String>,
}

/// How far a search came that was not done.
struct BrokeOff {
    /// When the last event that was looked at came in.
    at: Timestamp,
    /// Where to go on.
    url: String,
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
    /// Browser and system.
    client: String,
    address: String,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    Query(params): Query<Params>,
) -> Result<Response, PageError> {
    let found = Found::find(&state, &visit, &id).await?;
    let cursor = params.cursor()?;
    let nothing = || Hits {
        page: Rows {
            rows: Vec::new(),
            prev: None,
            next: None,
        },
        broke_off: false,
    };
    let mut chart = OverTime::Nothing;
    let (hits, problem) = match Looking::read(&state, &visit, &found, &params) {
        Err(problem) => (nothing(), Some(problem)),
        Ok(looking) => match looking.page(params.order(), cursor, ROWS).await? {
            Err(problem) => (nothing(), Some(problem)),
            Ok(hits) => {
                let terms = &looking.terms;
                chart = OverTime::of(&state, &visit, &found, terms, params.counts_all()).await?;
                (hits, None)
            }
        },
    };
    let (prev, next) = neighbours(&params.base(), &hits.page);
    let issue_url = found.url();
    let suffix = params.suffix();
    page::html(&EventsPage {
        page: visit.page(format!("Events of {}", found.short_id()), "issues"),
        query: params.query().to_owned(),
        sorts: choices(SORTS, params.sort()),
        problem,
        help: HELP,
        chart,
        count_url: format!("{}count=all", params.base()),
        rows: hits
            .page
            .rows
            .iter()
            .map(|event| row(&issue_url, &suffix, event))
            .collect(),
        broke_off: BrokeOff::of(&hits, cursor.is_some_and(|cursor| cursor.is_prev), &params),
        is_oldest_first: params.sort() == "oldest",
        issue: found.head(&state, &visit).await?,
        prev,
        next,
    })
}

impl BrokeOff {
    fn of(hits: &Hits, is_backwards: bool, params: &Params) -> Option<Self> {
        let further = match is_backwards {
            true => hits.page.prev,
            false => hits.page.next,
        };
        let further = further.filter(|_| hits.broke_off)?;
        Some(BrokeOff {
            at: Ids::time(further.value),
            url: format!("{}cursor={further}", params.base()),
        })
    }
}

fn row(issue_url: &str, suffix: &str, stored: &StoredEvent) -> Row {
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
    let tag = |key: &str| event.tag(key).unwrap_or_default();
    let client: Vec<&str> = [tag("browser"), tag("os")]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    Row {
        id: stored.event_id,
        short: stored.event_id.to_string().chars().take(8).collect(),
        url: format!("{issue_url}/events/{}{suffix}", stored.event_id),
        at: stored.timestamp,
        title: title(&event),
        user: user.unwrap_or_default(),
        release: text(&event.release),
        environment: text(&event.environment),
        client: client.join(", "),
        address: tag("url").to_owned(),
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
