//! What an installed plugin was told, and is to be told.

use axum::extract::State;
use errand_model::delivery::DeliveryState;
use errand_store::{deliveries, lifecycle};

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::paging::{Paged, Paging};
use crate::api::query::QueryPairs;
use crate::api::shape::delivery::DeliveryShape;
use crate::error::ApiError;

/// States by their names.
const STATES: [(&str, DeliveryState); 7] = [
    ("waiting", DeliveryState::Waiting),
    ("leased", DeliveryState::Leased),
    ("done", DeliveryState::Done),
    ("ignored", DeliveryState::Ignored),
    ("parked", DeliveryState::Parked),
    ("dead", DeliveryState::Dead),
    ("superseded", DeliveryState::Superseded),
];

/// What an installed plugin was told and is to be told, the newest first.
#[utoipa::path(
    get,
    path = "/plugins/{installation}/deliveries/",
    summary = "List the deliveries of a plugin",
    params(("state" = Option<String>, Query, description = "Only those that are `waiting`, `leased`, `done`, `ignored`, `parked`, `dead` or `superseded`.")),
    responses((status = OK, body = Vec<DeliveryShape>), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
    query: QueryPairs,
    paging: Paging,
) -> Result<Paged<DeliveryShape>, ApiError> {
    let installation = crate::api::plugins::named(&state, &at).await?;
    let wanted = query.choose("state", &STATES)?;
    let page = deliveries::of_state(&state.db, installation.id, wanted, paging.cursor, paging.limit).await?;
    let (prev, next) = (page.prev, page.next);
    let mut shapes = Vec::with_capacity(page.rows.len());
    for row in page.rows {
        let event = lifecycle::by_id(&state.db, row.delivery.lifecycle).await?;
        shapes.push(DeliveryShape::new(row, Some(&installation), event.as_ref()));
    }
    Ok(paging.rendered(shapes, prev, next))
}
