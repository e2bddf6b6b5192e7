//! Every HTTP surface: ingest, API, pages, where other systems call plugins, operations.
//!
//! To add an ingest endpoint, add a file to `ingest/` that turns its input into an envelope and hands it to
//! the intake, and name its route in `ingest/mod.rs`. To add an API endpoint or a page, add a file to
//! `api/` or `ui/`. What a request needs of the rest of the hub is in [`AppState`]; what goes wrong is an
//! [`error::Error`], which shows itself as its surface wants it.

pub mod access;
pub mod api;
pub mod auth;
mod buttons;
mod channels;
mod client_ip;
pub mod config;
pub mod deliveries;
mod erasing;
pub mod error;
mod estimate;
mod facts;
mod hooks;
pub mod ingest;
mod middleware;
mod multipart;
mod ops;
mod owners;
pub mod plugin_accounts;
mod plugin_settings;
pub mod plugin_shelf;
pub mod plugins;
pub mod post;
mod project_settings;
pub mod returned_mail;
pub mod rules;
mod seats;
mod state;
#[cfg(feature = "testing")]
pub mod testing;
pub mod ui;

pub use config::HttpConfig;
pub use middleware::nonce::Nonce;
pub use state::{AppState, Services};

/// The hub as one service.
///
/// Ingest and operations stand outside the middleware of API and pages: an SDK's request passes through
/// nothing that it does not need, and what calls plugins has nobody's session.
pub fn router(state: AppState) -> axum::Router {
    let surfaces = axum::Router::new().merge(api::router()).merge(ui::router());
    axum::Router::new()
        .merge(middleware::around_people(surfaces, &state))
        .merge(ops::router())
        .merge(hooks::router())
        .merge(ingest::router())
        .with_state(state)
}
