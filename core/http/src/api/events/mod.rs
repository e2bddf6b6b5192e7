//! Events.

mod attachments;
mod find;
mod get;
mod grouping_info;
mod json;
pub(super) mod render;

use errand_model::EventId;
use errand_store::events::{self, StoredEvent};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::api::at::{Events, InProject};
use crate::error::Error;

pub(super) fn organization_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(find::find))
}

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get::get))
        .routes(routes!(json::get))
        .routes(routes!(grouping_info::get))
        .routes(routes!(attachments::list))
        .routes(routes!(attachments::download))
}

/// The event that the path names.
async fn named(state: &AppState, at: &InProject<Events>) -> Result<StoredEvent, Error> {
    let event = events::get(&state.db, at.project.id, event_id(at)?).await?;
    event.ok_or_else(|| Error::not_found("there is no such event"))
}

fn event_id(at: &InProject<Events>) -> Result<EventId, Error> {
    at.by.path.parse("event", "32 hexadecimal digits")
}
