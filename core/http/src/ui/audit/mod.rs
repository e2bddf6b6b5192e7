//! What was done that is administrative: by whom, when, from where.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use errand_model::Timestamp;
use errand_model::access::Resource;
use errand_store::audit;
use serde::Deserialize;

use crate::AppState;
use crate::error::PageError;
use crate::ui::choice::{Choice, choices};
use crate::ui::page::{self, Page};
use crate::ui::paging::{cursor, neighbours};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Entries on a page.
const SHOWN: u32 = 50;

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new().route("/audit", get(page))
}

#[derive(Template)]
#[template(path = "audit/list.html")]
struct AuditPage {
    page: Page,
    kinds: Vec<Choice>,
    lines: Vec<Line>,
    prev: Option<String>,
    next: Option<String>,
}

struct Line {
    at: Timestamp,
    actor: String,
    token: Option<String>,
    what: String,
    kind: String,
    request: String,
    address: String,
}

/// What to show.
#[derive(Debug, Deserialize)]
struct Wanted {
    #[serde(default)]
    of: String,
    #[serde(default)]
    cursor: String,
}

async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let of = Some(wanted.of.as_str()).filter(|of| !of.is_empty());
    let found = audit::list(&state.db, of, cursor(&wanted.cursor)?, SHOWN).await?;
    let known = Resource::ALL
        .iter()
        .map(|resource| (resource.as_str(), resource.as_str()));
    let known = known.chain([("account", "one's own account"), ("sign-in", "signing in")]);
    let chosen = known
        .clone()
        .find(|(slug, _)| *slug == wanted.of)
        .map_or("", |(slug, _)| slug);
    let base = format!("/audit?of={chosen}&");
    let (prev, next) = neighbours(&base, &found);
    let line = |entry: audit::Entry| Line {
        at: entry.at,
        what: match entry.deed.what.as_str() {
            "" => entry.deed.request.clone(),
            what => what.to_owned(),
        },
        actor: entry.deed.actor,
        token: entry.deed.token,
        kind: entry.deed.kind,
        request: entry.deed.request,
        address: entry.deed.address,
    };
    page::html(&AuditPage {
        page: visit.page("Audit log", "audit"),
        kinds: choices(known, chosen),
        lines: found.rows.into_iter().map(line).collect(),
        prev,
        next,
    })
}
