//! Agreeing to what a plugin wants.

use axum::extract::State;
use axum::http::StatusCode;
use errand_model::access::Scope;
use errand_model::lifecycle::Actor;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::error::{ApiError, Error};

/// Agrees to all that this version wants: it may run from now on, and what was held for it goes on. Needs `org:admin`.
#[utoipa::path(
    post,
    path = "/plugin-versions/{plugin}/{version}/agree/",
    summary = "Agree to what a plugin wants",
    responses((status = NO_CONTENT), (status = NOT_FOUND), (status = FORBIDDEN)),
)]
pub(super) async fn agree(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
) -> Result<StatusCode, ApiError> {
    at.by.caller.require(Scope::OrgAdmin)?;
    let by = match at.by.actor() {
        Actor::User { name, .. } => name,
        _ => "the API".to_owned(),
    };
    let (plugin, version) = (at.by.path.text("plugin"), at.by.path.text("version"));
    at.by.note(format!("agreed to {plugin} {version}"));
    state
        .plugin_shelf
        .agree(plugin, Some(version), &by)
        .await
        .map_err(Error::from)?;
    state.deliveries.wake();
    Ok(StatusCode::NO_CONTENT)
}
