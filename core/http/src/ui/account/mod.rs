//! Signing in and out, one's own account, and how pages look.

mod entry;
mod identity;
mod mail_in;
mod mail_link;
mod passwords;
mod sessions;
mod show;
mod sign_in;
mod single_sign_on;
mod stranger;
mod theme;
mod tokens;
mod two_factor;

use axum::Router;
use axum::routing::{get, post};

use crate::AppState;

/// Where one's own account is.
const ACCOUNT_PATH: &str = "/account";

/// The routes of this area.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/sign-in", get(sign_in::page).post(sign_in::redeem))
        .route("/sign-in/password", post(sign_in::with_password))
        .route("/sign-in/sso", get(single_sign_on::go))
        .route("/sign-in/sso/return", get(single_sign_on::back))
        .route("/sign-in/second", post(entry::second))
        .route("/register", get(mail_in::register).post(mail_in::send_register))
        .route(
            "/register/{link}",
            get(mail_link::open_register).post(mail_link::use_register),
        )
        .route("/password/forgot", get(mail_in::forgot).post(mail_in::send_reset))
        .route(
            "/password/reset/{link}",
            get(mail_link::open_reset).post(mail_link::use_reset),
        )
        .route("/account/two-factor", post(two_factor::act))
        .route("/account/single-sign-on", post(identity::act))
        .route("/account/tokens", get(tokens::page).post(tokens::create))
        .route("/account/tokens/{id}", post(tokens::revoke))
        .route("/sign-in/{code}", get(sign_in::confirm))
        .route("/sign-out", post(sign_in::sign_out))
        .route(ACCOUNT_PATH, get(show::page).post(show::rename))
        .route("/account/password", post(passwords::change))
        .route("/account/sessions", post(sessions::end_others))
        .route("/account/sessions/{id}", post(sessions::end_one))
        .route("/theme", post(theme::change))
}
