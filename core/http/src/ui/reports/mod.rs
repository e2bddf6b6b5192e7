//! Reports: questions over events, asked in a form, and answered as curves, table, CSV and JSON; kept, shared and mailed.

mod answered;
mod builder;
mod download;
mod form;
mod keep;
mod kept;
mod mailing;
mod presets;
mod schedules;

use axum::Router;
use axum::routing::{get, post};

use crate::AppState;

pub(super) use answered::Answered;
pub(super) use form::address;
pub(super) use kept::ask_in;

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/reports", get(builder::page).post(keep::save))
        .route("/reports/table.csv", get(download::csv))
        .route("/reports/answer.json", get(download::json))
        .route("/reports/{id}", get(builder::kept).post(keep::change))
        .route("/reports/{id}/mail", post(mailing::change))
}
