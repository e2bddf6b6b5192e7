//! What plugins were told about an issue.

use axum::Json;
use axum::extract::State;
use errand_store::{deliveries, installations, lifecycle};

use crate::AppState;
use crate::api::at::InIssue;
use crate::api::shape::delivery::DeliveryShape;
use crate::error::ApiError;

/// Deliveries that are listed.
const LISTED: i64 = 100;

/// What plugins were told about an issue, the newest first; at most a hundred.
#[utoipa::path(
    get,
    path = "/deliveries/",
    summary = "List what plugins were told about an issue",
    responses((status = OK, body = Vec<DeliveryShape>), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InIssue,
) -> Result<Json<Vec<DeliveryShape>>, ApiError> {
    let rows = deliveries::of_issue(&state.db, at.issue.id, LISTED).await?;
    let installed = installations::list(&state.db, Some(at.organization.id)).await?;
    let happened = lifecycle::of_issue(&state.db, at.issue.id, LISTED).await?;
    let shape = |row: deliveries::DeliveryRow| {
        let delivery = &row.delivery;
        let installation = installed
            .iter()
            .find(|installation| installation.id == delivery.installation);
        let event = happened.iter().find(|event| event.id == delivery.lifecycle);
        DeliveryShape::new(row, installation, event)
    };
    Ok(Json(rows.into_iter().map(shape).collect()))
}
