//! What a delivery would do.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::shape::attempt::outcome_of;
use crate::deliveries::RehearseError;
use crate::error::{ApiError, Error};

/// What a delivery would do.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RehearsalShape {
    /// How it would end: `done`, `ignored`, `retry`, `rate_limited`, `config`, `auth`, `permanent` or `crashed`.
    outcome: &'static str,
    /// Why: of a failure, or in the plugin's own words.
    message: Option<String>,
    /// What the plugin logs.
    #[schema(value_type = Vec<Object>)]
    log: Value,
    /// The requests that it would make. Those that only read are made.
    #[schema(value_type = Vec<Object>)]
    requests: Value,
    /// What it would change of issues.
    #[schema(value_type = Vec<Object>)]
    changes: Value,
}

/// Has the plugin make a delivery without anything being sent or changed, with today's settings and the issue as it is
/// now. Where the delivery stands does not matter, and stays.
#[utoipa::path(
    post,
    path = "/deliveries/{delivery}/dry-run/",
    summary = "See what a delivery would do",
    responses((status = OK, body = RehearsalShape), (status = NOT_FOUND)),
)]
pub(super) async fn rehearse(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
) -> Result<Json<RehearsalShape>, ApiError> {
    let (row, _) = super::named(&state, &at).await?;
    let rehearsal = state.deliveries.rehearse(row.delivery.id).await;
    let rehearsal = rehearsal.map_err(|error| match error {
        RehearseError::Missing => Error::not_found("there is no such delivery"),
        error @ RehearseError::Failed(_) => Error::internal(error),
    })?;
    let (outcome, message) = outcome_of(&rehearsal.outcome);
    Ok(Json(RehearsalShape {
        outcome,
        message: message.or(rehearsal.explanation),
        log: rehearsal.log,
        requests: rehearsal.requests,
        changes: rehearsal.changes,
    }))
}
