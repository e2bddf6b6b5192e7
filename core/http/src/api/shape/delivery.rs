//! What plugins were told about an issue. Sentry has no such thing: the fields are our own.

use serde::Serialize;
use utoipa::ToSchema;

use super::Time;

/// A lifecycle event owed to an installed plugin.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryShape {
    pub(crate) id: String,
    pub(crate) installation_id: String,
    /// The plugin's name.
    pub(crate) plugin: String,
    /// What happened: `issue.created`.
    pub(crate) event: Option<&'static str>,
    /// `waiting`, `leased`, `done`, `ignored`, `parked` or `dead`.
    pub(crate) state: &'static str,
    /// Why it is parked or dead.
    pub(crate) reason: Option<String>,
    /// Attempts made.
    pub(crate) attempts: i32,
    /// Not before.
    pub(crate) next_at: Time,
    pub(crate) date_created: Time,
}

/// A plugin configured for an organization or one of its projects.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PluginInstallation)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InstallationShape {
    pub(crate) id: String,
    pub(crate) plugin: String,
    pub(crate) name: String,
    /// One project's, or none for all of the organization's.
    pub(crate) project: Option<String>,
    /// Its settings; what looks like a secret is masked.
    #[schema(value_type = Object)]
    pub(crate) config: serde_json::Value,
    pub(crate) enabled: bool,
    /// Why its deliveries are held, while they are.
    pub(crate) paused: Option<String>,
    pub(crate) date_created: Time,
}
