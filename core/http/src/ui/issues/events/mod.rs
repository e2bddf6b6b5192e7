//! Events of an issue: all, one as text, and the files that came with it.

mod attachment;
mod list;
mod looking;
mod overtime;
mod raw;
pub(crate) mod view;

use axum::Router;
use axum::routing::get;

use crate::AppState;

pub(crate) use looking::{Beside, Looking, Params};

/// The routes of this area; an event's own page is the (`issues/show.rs`).
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/issues/{id}/events", get(list::page))
        .route("/issues/{id}/events/{event}/raw", get(raw::json))
        .route("/issues/{id}/events/{event}/text", get(raw::plain))
        .route("/issues/{id}/events/{event}/markdown", get(raw::markdown))
        .route(
            "/issues/{id}/events/{event}/attachments/{attachment}",
            get(attachment::download),
        )
}
