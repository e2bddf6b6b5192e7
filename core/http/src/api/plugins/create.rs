//! Configuring a plugin.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use errand_model::Secret;
use errand_model::access::Scope;
use errand_model::grant::Grant;
use errand_store::installations::{self, NewInstallation};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::body::Body;
use crate::api::error::missing;
use crate::api::shape::delivery::InstallationShape;
use crate::api::shape::grant::GrantShape;
use crate::error::{ApiError, Error};
use crate::plugin_settings;
use crate::plugin_shelf::ShelfError;

/// A plugin to be configured.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewInstallationBody {
    /// Which plugin: `webhook`, …
    #[serde(default)]
    plugin: String,
    /// What to call it; the plugin's name, where it is missing.
    name: Option<String>,
    /// The slug of the only project that it hears of.
    project: Option<String>,
    /// Its settings.
    #[serde(default)]
    #[schema(value_type = Object)]
    config: Map<String, Value>,
    /// What it may reach; needs `org:admin`.
    grant: Option<GrantShape>,
}

/// Configures a plugin. From now on it hears of what happens.
#[utoipa::path(
    post,
    path = "/plugins/",
    summary = "Configure a plugin",
    request_body = NewInstallationBody,
    responses((status = CREATED, body = InstallationShape), (status = BAD_REQUEST), (status = FORBIDDEN)),
)]
pub(super) async fn create(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
    Body(body): Body<NewInstallationBody>,
) -> Result<(StatusCode, Json<InstallationShape>), ApiError> {
    if body.plugin.is_empty() {
        return Err(ApiError(missing("plugin", "the name of a plugin")));
    }
    let project = match &body.project {
        Some(slug) => Some(super::project_named(&state, &at, slug).await?),
        None => None,
    };
    if body.grant.is_some() {
        // It may open what is private.
        at.by.caller.require(Scope::OrgAdmin)?;
    }
    let config = serde_json::to_string(&body.config).map_err(Error::internal)?;
    let new = NewInstallation {
        organization: at.organization.id,
        project: project.as_ref().map(|project| project.id),
        plugin: &body.plugin,
        name: body.name.as_deref().unwrap_or(&body.plugin),
        config: Secret::new(config),
        grant: body.grant.map(Grant::from).unwrap_or_default(),
    };
    plugin_settings::require_good_grant(&state, &new.unmade())?;
    plugin_settings::require_good(&state, &new.unmade()).await?;
    // Who puts a plugin to use agrees to what it wants. One that is not here yet asks when it comes.
    at.by.note(format!("agreed to what {} wants", body.plugin));
    match state.plugin_shelf.agree(&body.plugin, None, "the API").await {
        Ok(()) | Err(ShelfError::Missing) => {}
        Err(error) => return Err(Error::from(error).into()),
    }
    let mut tx = state.db.begin().await?;
    let made = installations::create(&mut tx, state.context(), new).await?;
    at.by.note(format!("put {} to use ({})", made.name, made.plugin));
    tx.commit().await?;
    let projects: Vec<_> = project.into_iter().collect();
    let mut around = super::around(&state, &at, std::slice::from_ref(&made)).await?;
    let around = around.remove(&made.id).unwrap_or_default();
    Ok((StatusCode::CREATED, Json(super::shape(&made, &projects, around))))
}
