//! The teams of an organization.

use std::collections::HashMap;

use axum::extract::State;
use errand_store::teams::{self, Membership};

use crate::AppState;
use crate::api::at::{InOrganization, Teams};
use crate::api::paging::{Paged, Paging};
use crate::api::shape::team::TeamShape;
use crate::error::ApiError;

/// The teams of an organization, by name.
#[utoipa::path(
    get,
    path = "/teams/",
    summary = "List teams",
    responses((status = OK, body = Vec<TeamShape>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InOrganization<Teams>,
    paging: Paging,
) -> Result<Paged<TeamShape>, ApiError> {
    let all = teams::list(&state.db, at.organization.id).await?;
    let mine: HashMap<_, _> = match at.by.caller.person() {
        Some(person) => teams::memberships(&state.db, person).await?.into_iter().collect(),
        None => HashMap::new(),
    };
    Ok(paging.whole(all, |team| {
        let membership = mine.get(&team.id).copied().unwrap_or(Membership::Outside);
        TeamShape::of(&team, membership)
    }))
}
