//! The plugins, and how telling them goes.

mod accounts;
mod act;
mod calls;
mod choose;
mod list;
mod settings;
mod upload;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use errand_store::installations::{self, Installation};

use crate::AppState;
use crate::error::Error;
use crate::plugin_shelf::MAX_COMPONENT;
use crate::ui::visit::Visit;

/// What the reason begins with, why deliveries are held that somebody asked to hold.
const HELD_BY_HAND: &str = "paused by ";

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/plugins", get(list::page))
        .route("/plugins/new", get(choose::page))
        .route("/plugins/new/{plugin}", get(settings::new).post(settings::add))
        .route("/plugins/{id}", post(act::act))
        .route(
            "/plugins/{id}/settings",
            get(settings::page).post(settings::change),
        )
        .route("/plugins/{id}/calls", get(calls::page))
        .route("/plugins/{id}/accounts", get(accounts::page))
        .route("/plugins/{id}/accounts/{setting}", post(accounts::act))
        .route(accounts::CALLBACK, get(accounts::granted))
        .route("/plugins/versions", post(upload::upload))
        .route("/plugins/versions/{plugin}/{version}", post(upload::act))
        .layer(DefaultBodyLimit::max(MAX_COMPONENT))
}

/// The configured plugin of that id.
async fn find(state: &AppState, visit: &Visit, id: &str) -> Result<Installation, Error> {
    let found = match id.parse() {
        Ok(id) => installations::by_id(&state.db, id).await?,
        Err(_) => None,
    };
    let found = found.filter(|found| found.organization == visit.organization.id);
    found.ok_or_else(|| Error::not_found("There is no such plugin."))
}
