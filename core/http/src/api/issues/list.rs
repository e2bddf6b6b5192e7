//! Lists of issues.

use axum::extract::State;
use errand_store::issues;

use super::search::{self, Wanted};
use super::{render, short_id};
use crate::AppState;
use crate::api::at::{Events, InOrganization, InProject};
use crate::api::narrow::projects_of;
use crate::api::paging::{Paged, Paging};
use crate::api::query::QueryPairs;
use crate::api::shape::issue::IssueShape;
use crate::error::{ApiError, Error};

/// Matching issues that are counted for `X-Hits`; where there are more, `X-Max-Hits` says so.
const COUNTED: u32 = 1_000;

/// The issues of an organization that match.
#[utoipa::path(
    get,
    path = "/issues/",
    summary = "List an organization's issues",
    params(
        ("query" = Option<String>, Query, description = "Search terms; `is:unresolved` where it is missing."),
        ("sort" = Option<String>, Query, description = "`date` (the default), `new`, `freq`, `user`, `trends`, `priority`."),
        ("project" = Option<Vec<String>>, Query, description = "Ids or slugs of projects; all where it is missing."),
        ("environment" = Option<Vec<String>>, Query, description = "Seen in one of these."),
        ("start" = Option<String>, Query, description = "Seen since."),
        ("end" = Option<String>, Query, description = "Last seen before."),
        ("groupStatsPeriod" = Option<String>, Query, description = "`24h`, `14d`, `30d`; empty for no series."),
        ("shortIdLookup" = Option<String>, Query, description = "`1`: a query that is a short id finds that issue."),
        ("cursor" = Option<String>, Query, description = "From a `Link` header."),
        ("limit" = Option<u32>, Query, description = "1 to 100."),
    ),
    responses((status = OK, body = Vec<IssueShape>), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn of_organization(
    State(state): State<AppState>,
    at: InOrganization<Events>,
    query: QueryPairs,
    paging: Paging,
) -> Result<Paged<IssueShape>, ApiError> {
    let projects = projects_of(&state, &at, &query).await?;
    if query.text("shortIdLookup") == Some("1")
        && let Some(issue) = short_id::looked_up(&state, at.organization.id, &query).await?
    {
        let shapes = render::shapes(&state, &projects, vec![issue], &[]).await?;
        return Ok(paging.rendered(shapes, None, None));
    }
    let wanted = Wanted::among(projects, (at.organization, &at.by), &query, state.now())?;
    Ok(list(&state, &wanted, &query, &paging).await?)
}

/// The issues of a project that match.
#[utoipa::path(
    get,
    path = "/issues/",
    summary = "List a project's issues",
    params(
        ("query" = Option<String>, Query, description = "Search terms; `is:unresolved` where it is missing."),
        ("sort" = Option<String>, Query, description = "`date` (the default), `new`, `freq`, `user`, `trends`, `priority`."),
        ("environment" = Option<Vec<String>>, Query, description = "Seen in one of these."),
        ("start" = Option<String>, Query, description = "Seen since."),
        ("end" = Option<String>, Query, description = "Last seen before."),
        ("statsPeriod" = Option<String>, Query, description = "`24h`, `14d`, `30d`; empty for no series."),
        ("cursor" = Option<String>, Query, description = "From a `Link` header."),
        ("limit" = Option<u32>, Query, description = "1 to 100."),
    ),
    responses((status = OK, body = Vec<IssueShape>), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn of_project(
    State(state): State<AppState>,
    at: InProject<Events>,
    query: QueryPairs,
    paging: Paging,
) -> Result<Paged<IssueShape>, ApiError> {
    let (_, wanted) = Wanted::of_project(&state, at, &query)?;
    Ok(list(&state, &wanted, &query, &paging).await?)
}

async fn list(
    state: &AppState,
    wanted: &Wanted,
    query: &QueryPairs,
    paging: &Paging,
) -> Result<Paged<IssueShape>, Error> {
    let (sort, period) = (search::sort(query)?, render::period(query)?);
    let search = wanted.search();
    let page = issues::list(&state.db, &search, sort, paging.cursor, paging.limit).await?;
    let hits = issues::count(&state.db, &search, COUNTED).await?;
    let shapes = render::shapes(state, &wanted.projects, page.rows, period.as_slice()).await?;
    Ok(paging.rendered(shapes, page.prev, page.next).with_hits(hits))
}
