//! Sentry's API, under `/api/0/`.

use axum::Router;

use crate::AppState;

/// The routes of the API.
pub fn router() -> Router<AppState> {
    Router::new()
}
