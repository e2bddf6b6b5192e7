//! Why an event is grouped as it is.

use axum::Json;
use axum::extract::State;
use errand_pipeline::group::{Explanation, Rules, explain};

use crate::AppState;
use crate::api::at::{Events, InProject};
use crate::error::{ApiError, Error};

/// Why an event is grouped as it is: each variant, its hash, what was hashed, and why frames count or do not.
/// Explained by the project's rules of now.
#[utoipa::path(
    get,
    path = "/events/{event}/grouping-info/",
    summary = "Explain an event's grouping",
    responses((status = OK, body = Object), (status = NOT_FOUND)),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    at: InProject<Events>,
) -> Result<Json<Explanation>, ApiError> {
    let stored = super::named(&state, &at).await?;
    let settings = &at.project.settings;
    let rules = Rules::compile(&settings.stack_trace_rules, &settings.fingerprint_rules);
    let rules = rules.map_err(Error::internal)?;
    let event = super::render::parsed(&stored)?;
    Ok(Json(explain(&event, &rules)))
}
