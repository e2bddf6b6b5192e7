//! What SDKs send: one file per endpoint; each makes an envelope of what it got and hands it on.
//!
//! The way of a request: [`door`] catches what goes wrong and adds what browsers need; [`visit`] asks who sends
//! ([`auth`], [`directory`], [`cors`]) and reads the body ([`body`]); [`submit`] asks whether the envelope may pass
//! ([`limits`]) and hands it on ([`intake`]). To add an endpoint, write its file and add its route below.

pub(crate) mod auth;
pub(crate) mod body;
pub mod config;
mod cors;
pub mod directory;
mod door;
pub mod intake;
pub(crate) mod limits;
pub(crate) mod memory;
pub(crate) mod meter;
mod submit;
mod visit;
pub(crate) mod volume;

mod attachments;
mod cron;
mod embed;
mod envelope;
mod minidump;
mod nel;
mod otlp;
mod security;
mod store;
mod unreal;

use axum::Router;
use axum::routing::{MethodFilter, MethodRouter};

use crate::AppState;
use door::{door, with_frame};

const POST: MethodFilter = MethodFilter::POST;
const GET: MethodFilter = MethodFilter::GET;

/// The routes of ingest. SDKs write the slash at the end, people forget it.
pub(crate) fn router() -> Router<AppState> {
    let routes: [(&str, MethodRouter<AppState>); 19] = [
        ("/api/{project}/envelope", door(POST, envelope::post)),
        (
            "/api/{project}/store",
            door(POST, store::post).merge(door(GET, store::get)),
        ),
        ("/api/store", door(POST, store::post).merge(door(GET, store::get))),
        ("/api/{project}/security", door(POST, security::post)),
        ("/api/{project}/csp-report", door(POST, security::post)),
        ("/api/{project}/nel", door(POST, nel::post)),
        ("/api/{project}/minidump", door(POST, minidump::post)),
        (
            "/api/{project}/events/{event_id}/attachments",
            door(POST, attachments::post),
        ),
        ("/api/{project}/unreal/{key}", door(POST, unreal::post)),
        ("/api/{project}/cron/{slug}", door(GET.or(POST), cron::report)),
        (
            "/api/{project}/cron/{slug}/{key}",
            door(GET.or(POST), cron::report),
        ),
        ("/api/{project}/otlp/v1/traces", door(POST, otlp::post)),
        ("/api/{project}/otlp/v1/logs", door(POST, otlp::post)),
        ("/api/{project}/otlp/v1/metrics", door(POST, otlp::post)),
        (
            "/api/{project}/integration/otlp/v1/traces",
            door(POST, otlp::post),
        ),
        ("/api/{project}/integration/otlp/v1/logs", door(POST, otlp::post)),
        (
            "/api/{project}/integration/otlp/v1/metrics",
            door(POST, otlp::post),
        ),
        ("/api/{project}/upload", door(POST, otlp::upload)),
        (
            "/api/embed/error-page",
            door(GET, embed::get).merge(door(POST, embed::post)),
        ),
    ];
    routes.into_iter().fold(Router::new(), |router, (path, doors)| {
        let doors = with_frame(doors);
        router
            .route(&format!("{path}/"), doors.clone())
            .route(path, doors)
    })
}
