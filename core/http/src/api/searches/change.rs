//! Changing a search that is kept.

use axum::Json;
use axum::extract::State;
use errand_store::saved_searches::{self, NewSearch, SavedSearch};

use super::{Keeper, SearchBody, SearchShape, owner_of};
use crate::AppState;
use crate::api::at::{Events, InOrganization};
use crate::api::body::Body;
use crate::api::error::invalid;
use crate::error::ApiError;

/// Changes a search: what is missing stays as it is. Whose it is cannot be changed.
#[utoipa::path(
    put,
    path = "/searches/{search}/",
    summary = "Change a search",
    request_body = SearchBody,
    responses((status = OK, body = SearchShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn change(
    State(state): State<AppState>,
    at: InOrganization<Events>,
    Body(body): Body<SearchBody>,
) -> Result<Json<SearchShape>, ApiError> {
    let keeper = Keeper::of(&state, &at.by.caller).await?;
    let known = keeper.find(&state, &at).await?;
    let person = owner_of(&at.by.caller, &keeper, &known)?;
    let shape = keeper.shape(known.clone());
    if body.visibility.is_some_and(|wanted| wanted != shape.visibility) {
        let error = invalid("visibility", "another", "what it is: keep another search instead");
        return Err(ApiError(error));
    }
    let body = SearchBody {
        name: body.name.or(Some(known.name)),
        query: body.query.or(Some(known.query)),
        sort: body.sort.or(Some(known.sort)),
        visibility: None,
    };
    let checked = body.checked(&state)?;
    let new = NewSearch {
        person,
        name: &checked.name,
        query: &checked.query,
        sort: &checked.sort,
    };
    let mut tx = state.db.begin().await?;
    saved_searches::change(&mut tx, at.organization.id, known.id, new).await?;
    tx.commit().await?;
    Ok(Json(keeper.shape(SavedSearch {
        id: known.id,
        is_shared: person.is_none(),
        name: checked.name,
        query: checked.query,
        sort: checked.sort,
    })))
}
