//! One event of a project.

use axum::extract::State;
use axum::response::Response;

use crate::AppState;
use crate::api::at::{Events, InProject};
use crate::api::shape::event::EventDetails;
use crate::error::ApiError;

/// An event with all that is known of it.
#[utoipa::path(
    get,
    path = "/events/{event}/",
    summary = "Get an event",
    responses((status = OK, body = EventDetails<'static>), (status = NOT_FOUND)),
)]
pub(super) async fn get(State(state): State<AppState>, at: InProject<Events>) -> Result<Response, ApiError> {
    let event = super::named(&state, &at).await?;
    Ok(super::render::details(&state, &event).await?)
}
