//! Puts the layers around the surfaces that people and API clients use.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;

use super::nonce::Nonce;
use crate::AppState;

/// Wraps the API and the pages.
pub(crate) fn around_people(routes: Router<AppState>, state: &AppState) -> Router<AppState> {
    routes
        .layer(from_fn(with_nonce))
        .layer(DefaultBodyLimit::max(state.config.body_bytes))
}

async fn with_nonce(mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(Nonce::random());
    next.run(request).await
}
