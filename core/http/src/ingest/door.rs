//! The frame of every ingest endpoint: what goes wrong gets its face, what browsers need is added.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::cors;
use super::visit::Visit;
use crate::AppState;
use crate::error::{Error, IngestError};

/// What went wrong, for those who look at headers alone.
const SENTRY_ERROR: HeaderName = HeaderName::from_static("x-sentry-error");

/// A route that answers with `handle`.
pub(super) fn door<F, Fut>(method: MethodFilter, handle: F) -> MethodRouter<AppState>
where
    F: Fn(Visit, Body) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Response, Error>> + Send,
{
    let answer = move |State(state): State<AppState>, request: Request| {
        let handle = handle.clone();
        async move {
            let (parts, body) = request.into_parts();
            let span =
                tracing::debug_span!("ingest", http.method = %parts.method, http.path = parts.uri.path());
            let visit = Visit::new(state.clone(), parts);
            let handled = AssertUnwindSafe(handle(visit, body).instrument(span)).catch_unwind();
            // The default hook has printed what the panic said and where.
            let result = handled
                .await
                .unwrap_or_else(|_| Err(Error::internal("an ingest endpoint panicked")));
            let response = result.unwrap_or_else(refuse);
            state.meter.count(response.status());
            finish(response)
        }
    };
    on(method, answer)
}

/// The doors of one path, with the answers to browsers that ask first and to other methods.
pub(super) fn with_frame(doors: MethodRouter<AppState>) -> MethodRouter<AppState> {
    doors.options(cors::preflight).fallback(wrong_method)
}

/// The face of an error.
fn refuse(error: Error) -> Response {
    let header = HeaderValue::from_str(&error.detail).ok();
    let mut response = IngestError(error).into_response();
    if let Some(header) = header {
        response.headers_mut().insert(SENTRY_ERROR, header);
    }
    response
}

fn finish(mut response: Response) -> Response {
    cors::add_headers(response.headers_mut());
    response
}

async fn wrong_method() -> Response {
    finish(refuse(Error::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this endpoint does not take this method",
    )))
}
