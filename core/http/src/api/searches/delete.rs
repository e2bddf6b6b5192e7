//! Forgetting a search.

use axum::extract::State;
use axum::http::StatusCode;
use errand_store::saved_searches;

use super::{Keeper, owner_of};
use crate::AppState;
use crate::api::at::{Events, InOrganization};
use crate::error::ApiError;

/// Forgets a search. Who began with it begins with what is unresolved again.
#[utoipa::path(
    delete,
    path = "/searches/{search}/",
    summary = "Forget a search",
    responses((status = NO_CONTENT), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn delete(
    State(state): State<AppState>,
    at: InOrganization<Events>,
) -> Result<StatusCode, ApiError> {
    let keeper = Keeper::of(&state, &at.by.caller).await?;
    let known = keeper.find(&state, &at).await?;
    let person = owner_of(&at.by.caller, &keeper, &known)?;
    let mut tx = state.db.begin().await?;
    saved_searches::forget(&mut tx, at.organization.id, person, known.id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
