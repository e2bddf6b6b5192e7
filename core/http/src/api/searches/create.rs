//! Keeping a search.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_store::saved_searches::{self, NewSearch, SavedSearch};

use super::{Keeper, SearchBody, SearchShape, owner};
use crate::AppState;
use crate::api::at::{Events, InOrganization};
use crate::api::body::Body;
use crate::error::ApiError;

/// Keeps a search at hand.
#[utoipa::path(
    post,
    path = "/searches/",
    summary = "Keep a search",
    request_body = SearchBody,
    responses((status = CREATED, body = SearchShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn create(
    State(state): State<AppState>,
    at: InOrganization<Events>,
    Body(body): Body<SearchBody>,
) -> Result<(StatusCode, Json<SearchShape>), ApiError> {
    let keeper = Keeper::of(&state, &at.by.caller).await?;
    let checked = body.checked(&state)?;
    let person = owner(&at.by.caller, &keeper, body.visibility.unwrap_or_default())?;
    let new = NewSearch {
        person,
        name: &checked.name,
        query: &checked.query,
        sort: &checked.sort,
    };
    let mut tx = state.db.begin().await?;
    let id = saved_searches::save(&mut tx, state.context(), at.organization.id, new).await?;
    tx.commit().await?;
    let kept = SavedSearch {
        id,
        is_shared: person.is_none(),
        name: checked.name,
        query: checked.query,
        sort: checked.sort,
    };
    Ok((StatusCode::CREATED, Json(keeper.shape(kept))))
}
