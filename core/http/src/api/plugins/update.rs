//! Changing a configured plugin.

use axum::Json;
use axum::extract::State;
use errand_model::Secret;
use errand_model::access::Scope;
use errand_store::{installations, projects};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::AppState;
use crate::api::at::{InOrganization, Organizations};
use crate::api::body::Body;
use crate::api::shape::delivery::InstallationShape;
use crate::api::shape::grant::GrantShape;
use crate::error::{ApiError, Error};
use crate::plugin_settings;

/// Why deliveries are held that somebody asked to hold.
const BY_HAND: &str = "paused by hand";

/// What can be set; what is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct InstallationChanges {
    name: Option<String>,
    /// The slug of the only project that it hears of; `null` for all.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    project: Option<Option<String>>,
    /// The only version of the plugin that runs for it; `null` for the newest that was agreed to.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    version: Option<Option<String>>,
    /// All of its settings; a masked secret stays what it was.
    #[schema(value_type = Option<Object>)]
    config: Option<Map<String, Value>>,
    /// What it may reach; needs `org:admin`.
    grant: Option<GrantShape>,
    /// Whether it hears of anything.
    enabled: Option<bool>,
    /// `true` holds deliveries, `false` lets them go on: the held ones, and those that wait for a destination.
    paused: Option<bool>,
}

/// Tells `null` from what is not named.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Changes what the body names. New settings let held deliveries go on, unless `paused` says otherwise.
#[utoipa::path(
    put,
    path = "/plugins/{installation}/",
    summary = "Change a configured plugin",
    request_body = InstallationChanges,
    responses((status = OK, body = InstallationShape), (status = BAD_REQUEST), (status = NOT_FOUND)),
)]
pub(super) async fn update(
    State(state): State<AppState>,
    at: InOrganization<Organizations>,
    Body(changes): Body<InstallationChanges>,
) -> Result<Json<InstallationShape>, ApiError> {
    let mut installation = super::named(&state, &at).await?;
    if let Some(name) = changes.name {
        installation.name = name;
    }
    if let Some(enabled) = changes.enabled {
        installation.is_enabled = enabled;
    }
    if let Some(project) = changes.project {
        installation.project = match project {
            Some(slug) => Some(super::project_named(&state, &at, &slug).await?.id),
            None => None,
        };
    }
    if let Some(version) = changes.version {
        super::version_named(&state, &installation, version.as_deref())?;
        installation.version = version;
    }
    if let Some(grant) = changes.grant {
        // It may open what is private.
        at.by.caller.require(Scope::OrgAdmin)?;
        installation.grant = grant.into();
        plugin_settings::require_good_grant(&state, &installation)?;
    }
    let goes_on = !changes.paused.unwrap_or(changes.config.is_none());
    if let Some(config) = changes.config {
        let old = serde_json::from_str(installation.config.reveal()).unwrap_or_default();
        let merged = plugin_settings::merged(config, &old);
        installation.config = Secret::new(serde_json::to_string(&merged).map_err(Error::internal)?);
        plugin_settings::require_good(&state, &installation).await?;
    }
    let mut tx = state.db.begin().await?;
    installations::update(&mut tx, &installation).await?;
    if goes_on {
        installations::resume(&mut tx, state.context(), installation.id).await?;
        installation.paused = None;
    } else if changes.paused == Some(true) && installation.paused.is_none() {
        installations::pause(&mut tx, installation.id, BY_HAND).await?;
        installation.paused = Some(BY_HAND.to_owned());
    }
    at.by
        .note(format!("changed the settings of {}", installation.name));
    tx.commit().await?;
    let projects = projects::list(&state.db, Some(at.organization.id)).await?;
    let mut around = super::around(&state, &at, std::slice::from_ref(&installation)).await?;
    let around = around.remove(&installation.id).unwrap_or_default();
    Ok(Json(super::shape(&installation, &projects, around)))
}
