//! People: who may sign in, and inviting more.

mod change;
mod invite;
mod list;
mod organization;
mod single_sign_on;

use axum::Router;
use axum::routing::{get, post};
use errand_model::access::{Action, Resource, Role};

use crate::AppState;

/// Where people are listed.
const PEOPLE_PATH: &str = "/people";

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .merge(organization::router())
        .merge(single_sign_on::router())
        .route(PEOPLE_PATH, get(list::page).post(invite::invite))
        .route("/people/{id}", post(change::change))
}

/// Whether somebody may make others that, or change those who are: owners are the owners' business alone.
fn may_make(by: Role, role: Role) -> bool {
    let right = match role {
        Role::Owner => Resource::Owners,
        _ => Resource::People,
    };
    by.may(right, Action::Change)
}
