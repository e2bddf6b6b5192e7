//! Dashboards: kept reports side by side, and one that is ready-made.

mod overview;
mod own;

use axum::Router;
use axum::routing::get;

use crate::AppState;

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/dashboards", get(own::list).post(own::create))
        .route("/dashboards/overview", get(overview::page))
        .route("/dashboards/{id}", get(own::page).post(own::change))
}
