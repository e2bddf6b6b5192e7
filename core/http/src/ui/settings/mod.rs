//! What can be set for a project.

mod filters;
mod form;
mod ownership;
mod project;
mod rules;
mod scrubbing;
mod volume;

use axum::Router;
use axum::routing::get;

use crate::AppState;

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route(
            "/projects/{slug}/settings",
            get(project::page).post(project::save),
        )
        .route(
            "/projects/{slug}/ownership",
            get(ownership::page).post(ownership::save),
        )
        .route("/projects/{slug}/rules", get(rules::page).post(rules::change))
        .route("/projects/{slug}/filters", get(filters::page).post(filters::save))
        .route(
            "/projects/{slug}/scrubbing",
            get(scrubbing::page).post(scrubbing::save),
        )
        .route("/projects/{slug}/volume", get(volume::page).post(volume::save))
}
