//! An issue with one of its events.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use errand_model::event::Event;
use errand_model::{EventId, Timestamp};
use errand_store::attachments::{self, AttachmentInfo};
use errand_store::events::{self, StoredEvent, Which};
use errand_store::user_reports::{self, StoredReport};

use super::events::view::EventView;
use super::events::{Beside, Looking, Params};
use super::found::Found;
use super::head::IssueHead;
use super::side::{self, Chart, TagView};
use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "issues/show.html")]
struct IssuePage<'e> {
    page: Page,
    issue: IssueHead,
    charts: Vec<Chart>,
    tags: Vec<TagView>,
    about: Option<About>,
    event: EventView<'e>,
    reports: Vec<StoredReport>,
    attachments: Vec<AttachmentInfo>,
}

/// Which event it is, and where its neighbours are.
struct About {
    id: EventId,
    short: String,
    url: String,
    at: Timestamp,
    steps: Vec<Step>,
    /// The search that it was found by: what was asked, and where its list is.
    search: Option<(String, String)>,
}

/// A way to another event.
struct Step {
    name: &'static str,
    icon: &'static str,
    /// The key that goes there.
    key: &'static str,
    url: Option<String>,
}

/// The issue with its newest event.
pub(super) async fn latest(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let found = Found::find(&state, &visit, &id).await?;
    let stored = events::end_of_issue(&state.db, found.issue.id, Which::Latest).await?;
    show(&state, &visit, &found, stored, &Params::default()).await
}

/// The issue with one event: an id, `oldest` or `latest`; one of a search knows what comes before and after it there.
pub(super) async fn one(
    State(state): State<AppState>,
    visit: Visit,
    Path((id, event)): Path<(String, String)>,
    Query(params): Query<Params>,
) -> Result<Response, PageError> {
    let found = Found::find(&state, &visit, &id).await?;
    let stored = found.event(&state, &event).await?;
    show(&state, &visit, &found, Some(stored), &params).await
}

async fn show(
    state: &AppState,
    visit: &Visit,
    found: &Found,
    stored: Option<StoredEvent>,
    params: &Params,
) -> Result<Response, PageError> {
    let about = match &stored {
        Some(stored) => Some(About::of(state, visit, found, (stored, params)).await?),
        None => None,
    };
    let (mut attachments, mut reports) = (Vec::new(), Vec::new());
    if let Some(stored) = &stored {
        attachments = attachments::of_event(&state.db, stored.project, stored.event_id).await?;
        reports = user_reports::of_event(&state.db, stored.project, stored.event_id).await?;
    }
    let payload = stored
        .as_ref()
        .map_or(&b"{}"[..], |stored| stored.payload.as_slice());
    let event = Event::from_json(payload)
        .map_err(Error::internal)?
        .unwrap_or_default();
    let issue = found.head(state, visit).await?;
    page::html(&IssuePage {
        page: visit.page(format!("{}: {}", found.short_id(), issue.headline.kind), "issues"),
        issue,
        charts: side::charts(state, found.issue.id, visit.now).await?,
        tags: side::telling_tags(state, &found.issue).await?,
        about,
        event: EventView::of(&event),
        reports,
        attachments,
    })
}

impl About {
    async fn of(
        state: &AppState,
        visit: &Visit,
        found: &Found,
        (stored, params): (&StoredEvent, &Params),
    ) -> Result<Self, Error> {
        let of_search = match params.query() {
            "" => None,
            // What cannot be read was no search that found it.
            _ => match Looking::read(state, visit, found, params) {
                Ok(looking) => Some(looking.beside(stored.row, params).await?),
                Err(_) => None,
            },
        };
        let beside = events::neighbours(&state.db, stored.issue, stored.row).await?;
        let issue = found.url();
        let url = |id: EventId| format!("{issue}/events/{id}");
        let end = |name: &str, has: bool| has.then(|| format!("{issue}/events/{name}"));
        let step = |name, icon, key, url| Step { name, icon, key, url };
        let id = stored.event_id;
        let search = of_search.is_some().then(|| {
            (
                params.query().to_owned(),
                format!("{issue}/events{}", params.suffix()),
            )
        });
        let (previous, next) = match of_search {
            Some(Beside { next, previous }) => (previous, next),
            None => (beside.previous.map(url), beside.next.map(url)),
        };
        Ok(About {
            search,
            id,
            short: id.to_string().chars().take(8).collect(),
            url: url(id),
            at: stored.timestamp,
            steps: vec![
                step("Oldest", "first", "", end("oldest", beside.previous.is_some())),
                step("Previous", "left", "k", previous),
                step("Next", "right", "j", next),
                step("Latest", "last", "", end("latest", beside.next.is_some())),
            ],
        })
    }
}
