//! By what customers are known.

use axum::Json;
use axum::extract::State;
use errand_store::support::fields;

use super::FieldsShape;
use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::error::ApiError;

/// The tags and fields of events by which customers are found in all projects of an organization.
#[utoipa::path(
    get,
    path = "/support-fields/",
    summary = "Say by what customers are found",
    responses((status = OK, body = FieldsShape), (status = NOT_FOUND)),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
) -> Result<Json<FieldsShape>, ApiError> {
    let listed = fields::listed(&state.db, at.organization.id, None).await?;
    let fields = listed.unwrap_or_else(|| fields::DEFAULT.map(str::to_owned).to_vec());
    Ok(Json(FieldsShape { fields }))
}
