//! Saying by what customers are known.

use axum::Json;
use axum::extract::State;
use errand_store::support::fields;

use super::FieldsShape;
use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::body::Body;
use crate::error::ApiError;

/// Sets the tags and fields of events by which customers are found in all projects of an organization. A tag is found at
/// once; another field becomes a tag of its whole name in events that come from then on.
#[utoipa::path(
    put,
    path = "/support-fields/",
    summary = "Set by what customers are found",
    request_body = FieldsShape,
    responses((status = OK, body = FieldsShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn set(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
    Body(body): Body<FieldsShape>,
) -> Result<Json<FieldsShape>, ApiError> {
    let mut tx = state.db.begin().await?;
    fields::set(&mut tx, at.organization.id, None, &body.fields).await?;
    at.by.note("changed the identifiers of support");
    tx.commit().await?;
    Ok(Json(body))
}
