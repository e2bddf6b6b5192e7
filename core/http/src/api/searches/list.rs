//! Everybody's searches, and one's own.

use axum::Json;
use axum::extract::State;

use super::{Keeper, SearchShape};
use crate::AppState;
use crate::api::at::{Events, InOrganization};
use crate::error::ApiError;

/// The searches that who asks has at hand: everybody's, then their own. A token that acts for nobody has everybody's.
#[utoipa::path(
    get,
    path = "/searches/",
    summary = "List the searches at hand",
    responses((status = OK, body = Vec<SearchShape>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InOrganization<Events>,
) -> Result<Json<Vec<SearchShape>>, ApiError> {
    let keeper = Keeper::of(&state, &at.by.caller).await?;
    let all = keeper.all(&state, &at).await?;
    Ok(Json(all.into_iter().map(|search| keeper.shape(search)).collect()))
}
