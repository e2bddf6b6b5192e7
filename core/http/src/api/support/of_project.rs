//! By what customers are known in one project.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_store::support::fields;
use serde::Serialize;
use utoipa::ToSchema;

use super::FieldsShape;
use crate::AppState;
use crate::api::at::{InProject, Projects};
use crate::api::body::Body;
use crate::error::ApiError;

/// By which tags and fields customers are found in a project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProjectSupportFields)]
pub(super) struct OfProjectShape {
    /// The project's own list; empty where it has none.
    fields: Vec<String>,
    /// All that count in it: its own, and those of its organization.
    effective: Vec<String>,
}

async fn shape(state: &AppState, at: &InProject<Projects>) -> Result<OfProjectShape, ApiError> {
    let (organization, project) = (at.organization.id, at.project.id);
    Ok(OfProjectShape {
        fields: fields::listed(&state.db, organization, Some(project))
            .await?
            .unwrap_or_default(),
        effective: fields::of_project(&state.db, organization, project).await?,
    })
}

/// The tags and fields of events by which customers are found in a project.
#[utoipa::path(
    get,
    path = "/support-fields/",
    summary = "Say by what customers are found in a project",
    responses((status = OK, body = OfProjectShape), (status = NOT_FOUND)),
)]
pub(super) async fn get(
    State(state): State<AppState>,
    at: InProject<Projects>,
) -> Result<Json<OfProjectShape>, ApiError> {
    Ok(Json(shape(&state, &at).await?))
}

/// Sets the tags and fields of events by which customers are found in a project, besides those of its organization.
#[utoipa::path(
    put,
    path = "/support-fields/",
    summary = "Set by what customers are found in a project",
    request_body = FieldsShape,
    responses((status = OK, body = OfProjectShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn set(
    State(state): State<AppState>,
    at: InProject<Projects>,
    Body(body): Body<FieldsShape>,
) -> Result<Json<OfProjectShape>, ApiError> {
    let mut tx = state.db.begin().await?;
    fields::set(&mut tx, at.organization.id, Some(at.project.id), &body.fields).await?;
    at.by.note(format!(
        "changed the identifiers of support in {}",
        at.project.slug
    ));
    tx.commit().await?;
    Ok(Json(shape(&state, &at).await?))
}

/// Takes a project's own list away: its organization's is left.
#[utoipa::path(
    delete,
    path = "/support-fields/",
    summary = "Find customers in a project as everywhere",
    responses((status = NO_CONTENT), (status = NOT_FOUND)),
)]
pub(super) async fn forget(
    State(state): State<AppState>,
    at: InProject<Projects>,
) -> Result<StatusCode, ApiError> {
    let mut tx = state.db.begin().await?;
    fields::forget(&mut tx, at.organization.id, at.project.id).await?;
    at.by.note(format!(
        "changed the identifiers of support in {}",
        at.project.slug
    ));
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
