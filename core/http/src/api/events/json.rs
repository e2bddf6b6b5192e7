//! An event as it is stored.

use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, HeaderName};

use crate::AppState;
use crate::api::at::{Events, InProject};
use crate::error::ApiError;

/// An event as it is stored: what the SDK sent, normalised and scrubbed.
#[utoipa::path(
    get,
    path = "/events/{event}/json/",
    summary = "Get an event as it is stored",
    responses((status = OK, body = Object), (status = NOT_FOUND)),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    at: InProject<Events>,
) -> Result<([(HeaderName, &'static str); 1], Vec<u8>), ApiError> {
    let event = super::named(&state, &at).await?;
    Ok(([(CONTENT_TYPE, "application/json")], event.payload))
}
