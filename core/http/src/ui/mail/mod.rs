//! Mail: who gets none, and the page by which a recipient says so.

mod refusals;
mod stop;

use axum::Router;
use axum::routing::get;

use crate::AppState;

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/mail", get(refusals::page).post(refusals::act))
        .route("/mail/stop/{link}", get(stop::page).post(stop::act))
}
