//! What somebody wants to hear of, and when.

mod form;
mod page;

use axum::Router;
use axum::routing::get;

use crate::AppState;

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new().route("/account/notifications", get(page::page).post(page::save))
}
