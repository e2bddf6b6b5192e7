//! A project's releases: their list, and what came with each.

mod health;
mod list;
mod show;

use axum::Router;
use axum::routing::get;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::AppState;

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/projects/{slug}/releases", get(list::page))
        .route("/projects/{slug}/releases/{version}", get(show::page))
}

/// Where the page of a release is.
pub(crate) fn url(project: &str, version: &str) -> String {
    format!(
        "/projects/{project}/releases/{}",
        utf8_percent_encode(version, NON_ALPHANUMERIC)
    )
}
