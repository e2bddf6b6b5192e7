//! Where support looks: what a customer ran into, how it stands, and whether a fix is out.

mod fields;
mod search;
mod timeline;

use axum::Router;
use axum::routing::get;

use crate::AppState;

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/support", get(search::page))
        .route("/support/timeline", get(timeline::page))
        .route("/support/fields", get(fields::page).post(fields::save))
}
