//! Who calls.

use axum::Json;
use axum::extract::State;
use errand_model::access::Role;
use errand_store::people;

use crate::AppState;
use crate::api::shape::user::UserShape;
use crate::auth::Caller;
use crate::error::{ApiError, Error};

/// The person who calls, or for whom the token acts.
#[utoipa::path(
    get,
    path = "/users/me/",
    summary = "Get who calls",
    responses((status = OK, body = UserShape), (status = NOT_FOUND, description = "The token acts for nobody.")),
)]
pub(super) async fn me(State(state): State<AppState>, caller: Caller) -> Result<Json<UserShape>, ApiError> {
    let nobody = || Error::not_found("this token acts for nobody in particular");
    let id = caller.person().ok_or_else(nobody)?;
    let person = people::by_id(&state.db, id).await?.ok_or_else(nobody)?;
    Ok(Json(UserShape {
        id: person.id.to_string(),
        name: person.name,
        username: person.email.clone(),
        email: person.email,
        is_active: true,
        is_superuser: matches!(person.role, Role::Owner | Role::Admin),
        role: person.role.as_str(),
    }))
}
