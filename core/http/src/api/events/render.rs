//! From stored events to their JSON.

use axum::Json;
use axum::response::{IntoResponse, Response};
use errand_model::ProjectId;
use errand_model::event::Event;
use errand_store::events::{self, StoredEvent};
use errand_store::{releases, user_reports};

use crate::AppState;
use crate::api::shape::Time;
use crate::api::shape::event::{Beside, EventDetails, EventSummary, UserReportShape};
use crate::api::shape::release::ReleaseShape;
use crate::error::Error;

/// Reads a stored event's JSON.
pub(in crate::api) fn parsed(stored: &StoredEvent) -> Result<Event<'_>, Error> {
    let event = Event::from_json(&stored.payload).map_err(Error::internal)?;
    event.ok_or_else(|| Error::internal(format!("event {} is stored as no object", stored.event_id)))
}

/// An event as lists show it.
pub(in crate::api) fn summary(stored: &StoredEvent) -> Result<EventSummary, Error> {
    Ok(EventSummary::new(stored, &parsed(stored)?))
}

/// An event with all that is known of it, as a value to be put into another one.
pub(in crate::api) async fn value(
    state: &AppState,
    stored: &StoredEvent,
) -> Result<serde_json::Value, Error> {
    let event = parsed(stored)?;
    let beside = beside(state, stored, &event).await?;
    serde_json::to_value(EventDetails::new(stored, &event, beside)).map_err(Error::internal)
}

/// An event with all that is known of it.
pub(in crate::api) async fn details(state: &AppState, stored: &StoredEvent) -> Result<Response, Error> {
    let event = parsed(stored)?;
    let beside = beside(state, stored, &event).await?;
    Ok(Json(EventDetails::new(stored, &event, beside)).into_response())
}

async fn beside(state: &AppState, stored: &StoredEvent, event: &Event<'_>) -> Result<Beside, Error> {
    let neighbours = events::neighbours(&state.db, stored.issue, stored.row).await?;
    let reports = user_reports::of_event(&state.db, stored.project, stored.event_id).await?;
    let versions: Vec<&str> = event.release.as_deref().into_iter().collect();
    Ok(Beside {
        next: neighbours.next,
        previous: neighbours.previous,
        release: named_releases(state, stored.project, &versions).await?.pop(),
        user_report: reports.first().map(|report| UserReportShape {
            id: report.id.to_string(),
            event_id: report.event_id.to_string(),
            name: report.name.clone(),
            email: report.email.clone(),
            comments: report.comments.clone(),
            date_created: Time(report.received),
        }),
    })
}

/// The releases of those versions, as far as the project has them, in that order.
pub(in crate::api) async fn named_releases(
    state: &AppState,
    project: ProjectId,
    versions: &[&str],
) -> Result<Vec<ReleaseShape>, Error> {
    let found = releases::named(&state.db, &[project], versions).await?;
    let shape = |version: &&str| {
        let release = found.iter().find(|release| release.version == *version);
        ReleaseShape::mentioned(version, release)
    };
    Ok(versions.iter().map(shape).collect())
}
