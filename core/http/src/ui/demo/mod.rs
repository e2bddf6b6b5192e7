//! The demo: errors that a newcomer lets happen, and sees become issues.

mod page;
mod sample;

use axum::Router;
use axum::routing::get;

use crate::AppState;

/// The slug of the project that demo events go to; the server makes it at its first start.
pub const PROJECT: &str = "demo";

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new().route("/demo", get(page::page).post(page::send))
}
