//! People: who may sign in, and inviting more.

mod change;
mod invite;
mod list;

use axum::Router;
use axum::routing::{get, post};

use crate::AppState;
use crate::error::Error;
use crate::ui::visit::Visit;

/// Where people are listed.
const PEOPLE_PATH: &str = "/people";

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route(PEOPLE_PATH, get(list::page).post(invite::invite))
        .route("/people/{id}", post(change::change))
}

/// 403 unless an administrator asks.
fn admins_alone(visit: &Visit) -> Result<(), Error> {
    match visit.person.is_admin {
        true => Ok(()),
        false => Err(Error::forbidden("Only administrators may do this.")),
    }
}
