//! The pages.

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::AppState;

/// The routes of the pages.
pub fn router() -> Router<AppState> {
    Router::new()
}

/// The page that says what went wrong; `id` is what the log knows it by.
pub(crate) fn error_page(status: StatusCode, detail: &str, id: Option<&str>) -> Response {
    let id = id.map(|id| format!(" ({id})")).unwrap_or_default();
    (status, format!("{detail}{id}\n")).into_response()
}
