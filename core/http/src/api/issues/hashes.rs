//! The grouping hashes of an issue.

use axum::extract::State;
use axum::http::StatusCode;
use errand_model::GroupHash;
use errand_store::issues::{self, By};
use errand_store::{events, hashes};
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::InIssue;
use crate::api::error::missing;
use crate::api::events::render;
use crate::api::paging::{Paged, Paging};
use crate::api::query::QueryPairs;
use crate::api::shape::event::EventSummary;
use crate::error::ApiError;
use crate::facts;

/// A grouping hash of an issue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct HashShape {
    /// The hash.
    id: String,
    /// The newest event that it decided, if it is among the issue's newest.
    latest_event: Option<EventSummary>,
}

/// The grouping hashes of an issue: what was merged has several.
#[utoipa::path(
    get,
    path = "/hashes/",
    summary = "List an issue's grouping hashes",
    responses((status = OK, body = Vec<HashShape>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InIssue,
    paging: Paging,
) -> Result<Paged<HashShape>, ApiError> {
    let page = hashes::of_issue(&state.db, at.issue.id, paging.cursor, paging.limit).await?;
    let mut rows = Vec::with_capacity(page.rows.len());
    for row in page.rows {
        let stored = match row.latest_event {
            Some(id) => events::get(&state.db, at.project.id, id).await?,
            None => None,
        };
        rows.push(HashShape {
            id: row.hash.to_string(),
            latest_event: stored.as_ref().map(render::summary).transpose()?,
        });
    }
    Ok(paging.rendered(rows, page.prev, page.next))
}

/// Takes hashes out of an issue, with the events they decided, into a new one.
#[utoipa::path(
    delete,
    path = "/hashes/",
    summary = "Unmerge an issue",
    params(("id" = Vec<String>, Query, description = "The hashes to take out.")),
    responses((status = ACCEPTED), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn unmerge(
    State(state): State<AppState>,
    at: InIssue,
    query: QueryPairs,
) -> Result<StatusCode, ApiError> {
    let wanted: Vec<GroupHash> = query.parse_all("id", "hashes: 32 hexadecimal digits")?;
    if wanted.is_empty() {
        return Err(ApiError(missing(
            "id",
            "hashes of this issue: 32 hexadecimal digits",
        )));
    }
    let by = By::new(at.by.actor());
    let mut tx = state.db.begin().await?;
    issues::unmerge(
        &mut tx,
        state.context(),
        &by,
        at.issue.id,
        &wanted,
        &facts::of_event,
    )
    .await?;
    tx.commit().await?;
    Ok(StatusCode::ACCEPTED)
}
