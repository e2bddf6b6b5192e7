//! Puts the layers around the surfaces that people and API clients use.
//!
//! From the outside in: a request id and a span, packing, security headers, the frame of errors, what was written being
//! told, panics and time, other sites, who may do what, the body's size.

use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, HeaderMap, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::nonce::Nonce;
use super::same_origin;
use super::squeeze::squeeze;
use crate::AppState;
use crate::access;
use crate::error::{Error, refuse};
use crate::ui::problem;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest request id that is taken over from a proxy.
const MAX_REQUEST_ID: usize = 64;

/// Wraps the API and the pages.
pub(crate) fn around_people(routes: Router<AppState>, state: &AppState) -> Router<AppState> {
    routes
        .layer(DefaultBodyLimit::max(state.config.body_bytes))
        .layer(from_fn_with_state(state.clone(), access::guard))
        .layer(from_fn_with_state(state.clone(), same_origin::check))
        .layer(from_fn_with_state(state.clone(), catch))
        .layer(from_fn_with_state(state.clone(), tell))
        .layer(from_fn_with_state(state.clone(), problem::framed))
        .layer(from_fn(secure))
        .layer(from_fn(squeeze))
        .layer(from_fn(trace))
}

/// Gives the request an id, which its log lines and its answer carry.
async fn trace(request: Request, next: Next) -> Response {
    let given = request.headers().get(&REQUEST_ID);
    let given = given
        .filter(|id| id.len() <= MAX_REQUEST_ID && id.to_str().is_ok())
        .cloned();
    let id = given.unwrap_or_else(|| {
        let id = uuid::Uuid::new_v4().simple().to_string();
        HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("-"))
    });
    let span = tracing::info_span!("request", http.method = %request.method(), http.path = request.uri().path(),
        request.id = id.to_str().unwrap_or_default());
    let mut response = next.run(request).instrument(span.clone()).await;
    span.in_scope(|| tracing::debug!(http.status = response.status().as_u16(), "answered"));
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// Tells browsers to run nothing but the hub's own scripts, and to show its pages in no other.
async fn secure(mut request: Request, next: Next) -> Response {
    let nonce = Nonce::random();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    request.extensions_mut().insert(nonce);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        set_default(headers, CONTENT_SECURITY_POLICY, policy);
    }
    set_default(
        headers,
        X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    set_default(headers, REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

fn set_default(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    headers.entry(name).or_insert(value);
}

/// Has what a request may have written told to plugins at once. Here rather than in each handler, so that none can
/// forget it; whatever came of the request, a part of it may have been committed.
async fn tell(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_safe = request.method().is_safe();
    let response = next.run(request).await;
    if !is_safe {
        state.deliveries.wake();
    }
    response
}

/// Answers for handlers that panic or take too long.
async fn catch(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let handled = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(state.config.timeout, handled).await {
        Ok(Ok(response)) => response,
        // The default hook has printed what the panic said and where.
        Ok(Err(_)) => refuse(&path, Error::internal("a handler panicked")),
        Err(_) => {
            let error = Error::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "This took too long; please try again.",
            )
            .with_source("the request ran out of time");
            refuse(&path, error)
        }
    }
}
