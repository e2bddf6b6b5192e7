//! Which search somebody begins with.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_store::saved_searches::{self, NewSearch};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Keeper, SearchShape, readable, sorted};
use crate::AppState;
use crate::api::at::{Events, InOrganization};
use crate::api::body::Body;
use crate::api::error::missing;
use crate::error::ApiError;

/// A search to begin with.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PinnedSearch)]
pub(super) struct PinBody {
    /// In the language of the search for issues.
    query: Option<String>,
    /// `date`, where it is missing.
    sort: Option<String>,
}

/// Bytes of a query that a search is called by.
const NAMED: usize = 60;

/// Who asks begins with this search from now on. One that they do not have at hand is kept for them.
#[utoipa::path(
    put,
    path = "/pinned-searches/",
    summary = "Begin with a search",
    request_body = PinBody,
    responses((status = CREATED, body = SearchShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn pin(
    State(state): State<AppState>,
    at: InOrganization<Events>,
    Body(body): Body<PinBody>,
) -> Result<(StatusCode, Json<SearchShape>), ApiError> {
    let mut keeper = Keeper::of(&state, &at.by.caller).await?;
    let person = keeper.somebody()?;
    let query = body
        .query
        .as_deref()
        .ok_or_else(|| missing("query", "a search"))?;
    let (query, sort) = (readable(&state, query)?, sorted(body.sort.as_deref())?);
    let is_it = |search: &saved_searches::SavedSearch| search.query == query && search.sort == sort;
    let known = keeper.all(&state, &at).await?.into_iter().find(is_it);
    let mut tx = state.db.begin().await?;
    let id = match &known {
        Some(known) => known.id,
        None => {
            let name = match query.is_empty() {
                true => "Everything",
                false => &query[..query.floor_char_boundary(NAMED)],
            };
            let new = NewSearch {
                person: Some(person),
                name,
                query: &query,
                sort: &sort,
            };
            saved_searches::save(&mut tx, state.context(), at.organization.id, new).await?
        }
    };
    saved_searches::begin_with(&mut tx, person, Some(id)).await?;
    tx.commit().await?;
    keeper.first = Some(id);
    let kept = saved_searches::first(&state.db, person).await?;
    let kept = kept.ok_or_else(|| missing("query", "a search that nobody forgets meanwhile"))?;
    Ok((StatusCode::CREATED, Json(keeper.shape(kept))))
}

/// Who asks begins with what is unresolved again. The search stays at hand.
#[utoipa::path(
    delete,
    path = "/pinned-searches/",
    summary = "Begin as usual",
    responses((status = NO_CONTENT), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn unpin(
    State(state): State<AppState>,
    at: InOrganization<Events>,
) -> Result<StatusCode, ApiError> {
    let person = Keeper::of(&state, &at.by.caller).await?.somebody()?;
    let mut tx = state.db.begin().await?;
    saved_searches::begin_with(&mut tx, person, None).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
