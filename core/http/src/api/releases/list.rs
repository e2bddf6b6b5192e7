//! Lists of releases.

use axum::extract::State;
use errand_store::releases::{self, Wanted};

use super::place::Place;
use super::render;
use crate::AppState;
use crate::api::paging::{Paged, Paging};
use crate::api::query::QueryPairs;
use crate::api::shape::release::ReleaseShape;
use crate::error::ApiError;

/// Releases, the last heard of first.
#[utoipa::path(
    get,
    path = "/releases/",
    summary = "List releases",
    params(
        ("query" = Option<String>, Query, description = "Part of the version."),
        ("status" = Option<String>, Query, description = "`open` or `archived`; all where it is missing."),
    ),
    responses((status = OK, body = Vec<ReleaseShape>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    place: Place,
    query: QueryPairs,
    paging: Paging,
) -> Result<Paged<ReleaseShape>, ApiError> {
    let wanted = Wanted {
        part: query.text("query"),
        is_archived: query.choose("status", &[("open", false), ("archived", true)])?,
    };
    let page = releases::list(&state.db, &place.ids(), wanted, paging.cursor, paging.limit).await?;
    let shapes = render::shapes(&state, &place, &page.rows).await?;
    Ok(paging.rendered(shapes, page.prev, page.next))
}
