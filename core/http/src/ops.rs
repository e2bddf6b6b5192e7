//! What operators ask: is it up, is it ready, how is it doing.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use crate::AppState;

/// How long the database may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(2);

/// The routes of operations.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .route("/robots.txt", get(robots))
}

/// The process is up.
async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether events are taken and pages shown, and what stands in the way if not.
#[derive(Serialize)]
struct Readiness {
    ready: bool,
    reasons: Vec<String>,
}

async fn readyz(State(state): State<AppState>) -> Response {
    let mut reasons: Vec<String> = state.intake.not_ready().into_iter().collect();
    match tokio::time::timeout(PATIENCE, state.db.ping()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the database does not answer"
            );
            reasons.push("the database does not answer".to_owned());
        }
        Err(_) => reasons.push("the database takes too long to answer".to_owned()),
    }
    let ready = reasons.is_empty();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(Readiness { ready, reasons })).into_response()
}

/// Figures in Prometheus' text format.
async fn metrics(State(state): State<AppState>) -> Response {
    let text = (state.metrics)();
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// Nothing here is for search engines.
async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /\n"
}
