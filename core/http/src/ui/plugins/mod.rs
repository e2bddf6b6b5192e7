//! The plugins, and how telling them goes.

mod act;
mod list;

use axum::Router;
use axum::routing::{get, post};

use crate::AppState;

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/plugins", get(list::page))
        .route("/plugins/{id}", post(act::act))
}
