//! The pages: plain HTML from the server, which work without script; `assets/app.js` only makes them livelier.
//!
//! To add a page: a file in the folder of its area with a struct of what its template shows and a handler that
//! fills it, the template under `templates/` in a folder of the same name, and a line in the area's `router`.
//! Handlers take [`visit::Visit`] (who is signed in), forms come as [`forms::SignedForm`].

mod account;
mod assets;
mod attempt;
mod audit;
mod choice;
mod dashboards;
mod demo;
mod forms;
mod issues;
mod jobs;
mod json;
mod limit;
mod live;
mod look;
mod mail;
mod notices;
mod page;
mod paging;
mod parts;
mod people;
mod plugin_form;
mod plugins;
pub(crate) mod problem;
mod projects;
mod releases;
mod reports;
mod settings;
mod storage;
mod support;
mod teams;
mod visit;

use axum::Router;
use axum::http::Uri;
use axum::middleware::from_fn;
use axum::response::{Redirect, Response};
use axum::routing::get;

pub use demo::PROJECT as DEMO_PROJECT;

use crate::AppState;
use crate::error::{Error, refuse};

/// The routes of the pages.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/", get(start))
        .merge(account::router())
        .merge(notices::router())
        .merge(people::router())
        .merge(teams::router())
        .merge(audit::router())
        .merge(projects::router())
        .merge(releases::router())
        .merge(reports::router())
        .merge(dashboards::router())
        .merge(settings::router())
        .merge(storage::router())
        .merge(jobs::router())
        .merge(support::router())
        .merge(issues::router())
        .merge(plugins::router())
        .merge(mail::router())
        .merge(demo::router())
        .fallback(nowhere)
        .layer(from_fn(look::forget_shown_flash))
        .merge(assets::router())
}

/// The start page is the list of issues.
async fn start(_: visit::Visit) -> Redirect {
    Redirect::to("/issues")
}

/// What no surface knows.
async fn nowhere(uri: Uri) -> Response {
    refuse(uri.path(), Error::not_found("There is nothing at this address."))
}
