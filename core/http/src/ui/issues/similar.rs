//! Issues that are like one, and why: what may have to be merged.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use errand_model::Timestamp;
use errand_model::issue::{Issue, short_id};
use errand_model::similar::{Likeness, likeness};
use errand_store::issues;

use super::found::Found;
use super::head::IssueHead;
use super::headline::{Badge, Headline};
use crate::AppState;
use crate::error::PageError;
use crate::ui::page::{self, Page};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

/// Issues that are compared.
const COMPARED: i64 = 400;
/// Issues that are shown.
const SHOWN: usize = 25;

#[derive(Template)]
#[template(path = "issues/similar.html")]
struct SimilarPage {
    page: Page,
    issue: IssueHead,
    rows: Vec<Row>,
}

/// One that is like it.
struct Row {
    id: String,
    url: String,
    short_id: String,
    headline: Headline,
    badge: Badge,
    likeness: Likeness,
    events: i64,
    last_seen: Timestamp,
}

/// The page.
pub(super) async fn page(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let found = Found::find(&state, &visit, &id).await?;
    let others = issues::comparable(&state.db, &found.issue, COMPARED).await?;
    let alike = |other: Issue| likeness(&found.issue, &other).map(|likeness| (other, likeness));
    let mut rows: Vec<(Issue, Likeness)> = others.into_iter().filter_map(alike).collect();
    rows.sort_by_key(|(issue, likeness)| std::cmp::Reverse((likeness.percent, issue.last_seen)));
    let row = |(issue, likeness): (Issue, Likeness)| Row {
        id: issue.id.to_string(),
        url: format!("/issues/{}", issue.id),
        short_id: short_id(&found.project.slug, issue.number),
        headline: Headline::of(&issue),
        badge: Badge::of(&issue),
        likeness,
        events: issue.times_seen,
        last_seen: issue.last_seen,
    };
    page::html(&SimilarPage {
        page: visit.page(format!("Similar to {}", found.short_id()), "issues"),
        issue: found.head(&state, &visit).await?,
        rows: rows.into_iter().take(SHOWN).map(row).collect(),
    })
}
