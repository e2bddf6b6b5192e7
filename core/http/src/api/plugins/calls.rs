//! What plugins were called for besides deliveries.

use axum::Json;
use axum::extract::State;
use errand_model::CallId;
use errand_model::occasion::Occasion;
use errand_store::{installations, plugin_calls};

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::paging::{Paged, Paging};
use crate::api::query::QueryPairs;
use crate::api::shape::call::CallShape;
use crate::error::{ApiError, Error};

/// Occasions by their names.
const OCCASIONS: [(&str, Occasion); 5] = [
    ("job", Occasion::Job),
    ("inbound", Occasion::Inbound),
    ("action", Occasion::Action),
    ("trial", Occasion::Trial),
    ("notice", Occasion::Notice),
];

/// What an installed plugin was called for besides deliveries, the newest first: its jobs, other systems' requests,
/// its buttons, trials of its settings; and how each call went.
#[utoipa::path(
    get,
    path = "/plugins/{installation}/calls/",
    summary = "List the calls of a plugin",
    params(("occasion" = Option<String>, Query, description = "Only those on the occasion of a `job`, of what came `inbound`, of an `action`, or of a `trial`.")),
    responses((status = OK, body = Vec<CallShape>), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn list(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
    query: QueryPairs,
    paging: Paging,
) -> Result<Paged<CallShape>, ApiError> {
    let installation = super::named(&state, &at).await?;
    let occasion = query.choose("occasion", &OCCASIONS)?;
    let page =
        plugin_calls::of_installation(&state.db, installation.id, occasion, paging.cursor, paging.limit)
            .await?;
    let (prev, next) = (page.prev, page.next);
    let shapes = page.rows.into_iter().map(CallShape::new).collect();
    Ok(paging.rendered(shapes, prev, next))
}

/// One call of an installed plugin, and how it went.
#[utoipa::path(
    get,
    path = "/plugin-calls/{call}/",
    summary = "Get a call of a plugin",
    responses((status = OK, body = CallShape), (status = NOT_FOUND)),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
) -> Result<Json<CallShape>, ApiError> {
    let missing = || Error::not_found("there is no such call");
    let id: CallId = at.by.path.parse("call", "the id of a call")?;
    let call = plugin_calls::get(&state.db, id).await?.ok_or_else(missing)?;
    let installation = installations::by_id(&state.db, call.installation).await?;
    let is_reached = installation.is_some_and(|found| found.organization == at.organization.id);
    is_reached
        .then(|| Json(CallShape::new(call)))
        .ok_or_else(|| ApiError(missing()))
}
