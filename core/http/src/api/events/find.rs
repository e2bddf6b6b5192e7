//! An event wherever in the organization it is.

use axum::Json;
use axum::extract::State;
use errand_model::EventId;
use errand_store::{events, projects};
use serde::Serialize;
use utoipa::ToSchema;

use super::render;
use crate::AppState;
use crate::api::at::{Events, InOrganization};
use crate::error::{ApiError, Error};

/// Where an event is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FoundEvent {
    organization_slug: String,
    project_slug: String,
    group_id: String,
    event_id: String,
    #[schema(value_type = Object)]
    event: serde_json::Value,
}

/// Finds an event in all projects of an organization.
#[utoipa::path(
    get,
    path = "/eventids/{event}/",
    summary = "Find an event by its id",
    responses((status = OK, body = FoundEvent), (status = NOT_FOUND)),
)]
pub(super) async fn find(
    State(state): State<AppState>,
    at: InOrganization<Events>,
) -> Result<Json<FoundEvent>, ApiError> {
    let id: EventId = at.by.path.parse("event", "32 hexadecimal digits")?;
    let no_such_event = || Error::not_found("there is no such event");
    let stored = events::find(&state.db, at.organization.id, id)
        .await?
        .ok_or_else(no_such_event)?;
    let project = projects::by_id(&state.db, stored.project)
        .await?
        .ok_or_else(no_such_event)?;
    if !at.by.sees(&state.db, project.id).await? {
        return Err(ApiError(no_such_event()));
    }
    Ok(Json(FoundEvent {
        organization_slug: at.organization.slug,
        project_slug: project.slug,
        group_id: stored.issue.to_string(),
        event_id: stored.event_id.to_string(),
        event: render::value(&state, &stored).await?,
    }))
}
