//! What plugins were told and are to be told: looked at, tried again, rehearsed. The paths and fields are our own.

mod get;
mod list;
mod rehearse;
mod replay;

use errand_model::DeliveryId;
use errand_store::deliveries::{self, DeliveryRow};
use errand_store::installations::{self, Installation};
use errand_store::issues;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::error::Error;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(replay::many))
        .routes(routes!(get::get))
        .routes(routes!(replay::one))
        .routes(routes!(rehearse::rehearse))
}

/// The delivery that the path names, and whose it is.
async fn named(
    state: &AppState,
    at: &InOrganization<Organizations>,
) -> Result<(DeliveryRow, Installation), Error> {
    let missing = || Error::not_found("there is no such delivery");
    let id: DeliveryId = at.by.path.parse("delivery", "the id of a delivery")?;
    let row = deliveries::get(&state.db, id).await?.ok_or_else(missing)?;
    let installation = installations::by_id(&state.db, row.delivery.installation).await?;
    let installation = installation.filter(|found| found.organization == at.organization.id);
    // What happened to an issue that the caller does not see is not for them either.
    if let Some(issue) = issues::get(&state.db, row.delivery.issue).await?
        && !at.by.sees(&state.db, issue.project).await?
    {
        return Err(missing());
    }
    Ok((row, installation.ok_or_else(missing)?))
}
