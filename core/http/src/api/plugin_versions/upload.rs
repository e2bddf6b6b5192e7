//! Bringing a plugin to the hub.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use errand_model::access::Scope;

use super::VersionShape;
use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::error::{ApiError, Error};

/// Takes a component with its manifest within. It is compiled and started on trial first, which takes up to half a minute
/// for one with a language's engine within. It runs at once if all that it wants was agreed to before. Needs `org:admin`.
#[utoipa::path(
    post,
    path = "/plugin-versions/",
    summary = "Upload a plugin",
    request_body(content = Vec<u8>, content_type = "application/wasm"),
    responses(
        (status = CREATED, body = VersionShape),
        (status = BAD_REQUEST, description = "It is no plugin for this hub; says why."),
        (status = FORBIDDEN),
    ),
)]
pub(super) async fn upload(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<(StatusCode, Json<VersionShape>), ApiError> {
    at.by.caller.require(Scope::OrgAdmin)?;
    let wasm = body.map_err(|rejection| Error::bad_request(rejection.body_text()))?;
    at.by.note("brought a plugin");
    let taken = state
        .plugin_shelf
        .take_in(wasm.into())
        .await
        .map_err(Error::from)?;
    Ok((StatusCode::CREATED, Json(taken.into())))
}
