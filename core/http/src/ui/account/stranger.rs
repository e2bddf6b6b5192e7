//! Somebody who is not signed in: the frame of their pages, what they send, and whether they may register.

use axum::extract::{FromRequest as _, Request};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;
use errand_model::Timestamp;
use errand_store::admission::{self, Admission};
use errand_store::organizations;

use crate::AppState;
use crate::auth::SIGN_IN_PATH;
use crate::error::Error;
use crate::ui::forms::OpenForm;
use crate::ui::look::Look;
use crate::ui::page::Page;

/// The frame of a page for who is not signed in.
pub(super) fn open_page(title: &str, state: &AppState, headers: &HeaderMap) -> Page {
    let look = Look::of(headers);
    Page {
        look,
        here: SIGN_IN_PATH.to_owned(),
        ..Page::bare(title, state.now())
    }
}

/// Whole seconds from now until then.
pub(super) fn seconds_until(until: Timestamp, now: Timestamp) -> u64 {
    let micros = until.micros().saturating_sub(now.micros());
    u64::try_from(micros).unwrap_or(0).div_ceil(1_000_000)
}

/// What is known of a request, and its form.
pub(super) async fn taken_apart(state: &AppState, request: Request) -> Result<(Parts, OpenForm), Response> {
    let (parts, body) = request.into_parts();
    let form = OpenForm::from_request(Request::from_parts(parts.clone(), body), state).await?;
    Ok((parts, form))
}

/// Who may register, in the hub's first organization.
pub(super) async fn admission(state: &AppState) -> Result<Admission, Error> {
    match organizations::list(&state.db).await?.first() {
        Some(organization) => Ok(admission::of(&state.db, organization.id).await?),
        None => Ok(Admission::default()),
    }
}
