//! What operators ask: is it up, is it ready, how is it doing.

use axum::Router;
use axum::routing::get;

use crate::AppState;

/// The routes of operations.
pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/healthz", get(healthz))
}

/// The process is up.
async fn healthz() -> &'static str {
    "ok\n"
}
