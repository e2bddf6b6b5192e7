//! The events of an issue.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use errand_store::events;

use crate::AppState;
use crate::api::at::InIssue;
use crate::api::events::render;
use crate::api::paging::Paging;
use crate::api::query::QueryPairs;
use crate::api::shape::event::EventSummary;
use crate::error::ApiError;

/// The events of an issue, the newest first.
#[utoipa::path(
    get,
    path = "/events/",
    summary = "List an issue's events",
    params(
        ("full" = Option<String>, Query, description = "`1` or `true`: with all that is known of each."),
        ("cursor" = Option<String>, Query, description = "From a `Link` header."),
        ("limit" = Option<u32>, Query, description = "1 to 100."),
    ),
    responses((status = OK, body = Vec<EventSummary>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InIssue,
    query: QueryPairs,
    paging: Paging,
) -> Result<Response, ApiError> {
    let page = events::of_issue(&state.db, at.issue.id, paging.cursor, paging.limit).await?;
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
