//! Signing in and out, and how pages look.

mod sign_in;
mod theme;

use axum::Router;
use axum::routing::{get, post};

use crate::AppState;

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/sign-in", get(sign_in::page).post(sign_in::redeem))
        .route("/sign-in/{code}", get(sign_in::confirm))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/theme", post(theme::change))
}
