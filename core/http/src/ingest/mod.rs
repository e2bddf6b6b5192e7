//! What SDKs send: one file per endpoint; each makes an envelope of what it got and hands it to the intake.

pub(crate) mod body;
pub mod config;
pub mod directory;
pub mod intake;
pub(crate) mod limits;

use axum::Router;

use crate::AppState;

/// The routes of ingest.
pub(crate) fn router(_state: &AppState) -> Router<AppState> {
    Router::new()
}
