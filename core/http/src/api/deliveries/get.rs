//! One delivery, with every attempt at it.

use axum::Json;
use axum::extract::State;
use errand_store::{deliveries, lifecycle};
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::shape::attempt::AttemptShape;
use crate::api::shape::delivery::DeliveryShape;
use crate::error::ApiError;

/// A delivery with its attempts.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeliveryDetails {
    #[serde(flatten)]
    delivery: DeliveryShape,
    /// The oldest first.
    attempt_list: Vec<AttemptShape>,
}

/// One delivery, with every attempt at it: how it ended, what the plugin logged, the requests it made, what it used.
#[utoipa::path(
    get,
    path = "/deliveries/{delivery}/",
    summary = "Get a delivery",
    responses((status = OK, body = DeliveryDetails), (status = NOT_FOUND)),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
) -> Result<Json<DeliveryDetails>, ApiError> {
    let (row, installation) = super::named(&state, &at).await?;
    let event = lifecycle::by_id(&state.db, row.delivery.lifecycle).await?;
    let attempts = deliveries::attempts(&state.db, row.delivery.id).await?;
    Ok(Json(DeliveryDetails {
        delivery: DeliveryShape::new(row, Some(&installation), event.as_ref()),
        attempt_list: attempts.iter().map(AttemptShape::new).collect(),
    }))
}
