//! All tags of an issue, and all values of one.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use errand_store::tags::{self, TagSort};

use super::found::Found;
use super::head::IssueHead;
use super::side::{TagView, ValueView};
use crate::AppState;
use crate::error::{Error, PageError};
use crate::ui::page::{self, Page};
use crate::ui::paging::{At, neighbours};
use crate::ui::parts::filters;
use crate::ui::visit::Visit;

#[derive(Template)]
#[template(path = "issues/tags.html")]
struct TagsPage {
    page: Page,
    issue: IssueHead,
    tags: Vec<TagView>,
}

#[derive(Template)]
#[template(path = "issues/tag.html")]
struct TagPage {
    page: Page,
    issue: IssueHead,
    key: String,
    total: i64,
    values: Vec<ValueView>,
    prev: Option<String>,
    next: Option<String>,
}

/// All tags.
pub(super) async fn all(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let found = Found::find(&state, &visit, &id).await?;
    let facets = tags::facets(&state.db, found.issue.id, 10).await?;
    page::html(&TagsPage {
        page: visit.page(format!("Tags of {}", found.short_id()), "issues"),
        issue: found.head(&state, &visit).await?,
        tags: facets.into_iter().map(TagView::of).collect(),
    })
}

/// All values of one tag.
pub(super) async fn one(
    State(state): State<AppState>,
    visit: Visit,
    Path((id, key)): Path<(String, String)>,
    Query(at): Query<At>,
) -> Result<Response, PageError> {
    let found = Found::find(&state, &visit, &id).await?;
    let facet = tags::facet(&state.db, found.issue.id, &key, 1).await?;
    let facet = facet.ok_or_else(|| Error::not_found("No event of this issue has that tag."))?;
    let values = tags::values_of(&state.db, found.issue.id, &key, TagSort::Events, at.cursor()?, 50).await?;
    let (prev, next) = neighbours("?", &values);
    page::html(&TagPage {
        page: visit.page(format!("{key} of {}", found.short_id()), "issues"),
        issue: found.head(&state, &visit).await?,
        total: facet.events,
        values: values
            .rows
            .into_iter()
            .map(|count| ValueView::of(&key, count))
            .collect(),
        key,
        prev,
        next,
    })
}
