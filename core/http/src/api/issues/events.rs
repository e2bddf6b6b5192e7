//! The events of an issue.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use errand_store::events::{self, Order, Search};

use super::search::of_events;
use crate::AppState;
use crate::api::at::InIssue;
use crate::api::events::render;
use crate::api::paging::Paging;
use crate::api::query::QueryPairs;
use crate::api::shape::event::EventSummary;
use crate::error::{ApiError, Error};
use crate::facts;

/// Ways to sort: Sentry's name, and from which end.
const SORTS: [(&str, Order); 2] = [("-timestamp", Order::Newest), ("timestamp", Order::Oldest)];

/// The events of an issue that match a query, the newest first. A page may be shorter than asked for, even empty, where
/// a search has to look through very many events: it goes on at the next one, as long as `Link` says `results="true"`.
#[utoipa::path(
    get,
    path = "/events/",
    summary = "List an issue's events",
    params(
        ("query" = Option<String>, Query, description = "What must hold, in the language of the search for issues: tags, users, `timestamp:`, words."),
        ("environment" = Option<Vec<String>>, Query, description = "Only of these environments."),
        ("start" = Option<String>, Query, description = "Happened then or later: a time of RFC 3339."),
        ("end" = Option<String>, Query, description = "Happened then or earlier."),
        ("statsPeriod" = Option<String>, Query, description = "Happened so long ago at most: a number and `m`, `h`, `d` or `w`."),
        ("sort" = Option<String>, Query, description = "`-timestamp` for the newest first, or `timestamp`."),
        ("full" = Option<String>, Query, description = "`1` or `true`: with all that is known of each."),
        ("cursor" = Option<String>, Query, description = "From a `Link` header."),
        ("limit" = Option<u32>, Query, description = "1 to 100."),
    ),
    responses((status = OK, body = Vec<EventSummary>), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InIssue,
    query: QueryPairs,
    paging: Paging,
) -> Result<Response, ApiError> {
    let terms = of_events(&query, state.now())?;
    let order = query.choose("sort", &SORTS)?.unwrap_or_default();
    let search = Search {
        organization: at.organization.id,
        project: &at.project,
        issue: &at.issue,
        query: &terms,
        viewer: at.by.caller.person(),
        said: &facts::said,
    };
    let found = events::search(&state.db, &search, order, paging.cursor, paging.limit).await;
    let page = found
        .map_err(|error| match error {
            errand_store::Error::Invalid { reason } => Error::bad_request(format!("query: {reason}")),
            error => error.into(),
        })?
        .page;
    if matches!(query.get("full"), Some("1" | "true")) {
        let mut full = Vec::with_capacity(page.rows.len());
        for event in &page.rows {
            full.push(render::value(&state, event).await?);
        }
        return Ok(paging.rendered(full, page.prev, page.next).into_response());
    }
    let rows = page
        .rows
        .iter()
        .map(render::summary)
        .collect::<Result<Vec<EventSummary>, _>>()?;
    Ok(paging.rendered(rows, page.prev, page.next).into_response())
}
