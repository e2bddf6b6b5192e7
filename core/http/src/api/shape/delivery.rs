//! What plugins were told about an issue. Sentry has no such thing: the fields are our own.

use errand_model::Timestamp;
use errand_model::destination::Destination;
use errand_model::lifecycle::LifecycleEvent;
use errand_store::deliveries::DeliveryRow;
use errand_store::installations::Installation;
use serde::Serialize;
use utoipa::ToSchema;

use super::Time;
use super::call::{HookShape, JobShape};
use super::grant::GrantShape;

/// A lifecycle event owed to an installed plugin.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryShape {
    pub(crate) id: String,
    pub(crate) installation_id: String,
    /// The plugin's name.
    pub(crate) plugin: String,
    /// About which issue.
    pub(crate) issue_id: String,
    /// What happened: `issue.created`.
    pub(crate) event: Option<&'static str>,
    /// `waiting`, `leased`, `done`, `ignored`, `parked`, `dead` or `superseded`.
    pub(crate) state: &'static str,
    /// Why it is parked or dead, or why it is tried again.
    pub(crate) reason: Option<String>,
    /// Attempts made.
    pub(crate) attempts: i32,
    /// The destination that failed it, which it waits for: host and port.
    pub(crate) destination: Option<String>,
    /// Whether somebody asked for it again after it was over.
    pub(crate) is_replay: bool,
    /// Not before.
    pub(crate) next_at: Time,
    pub(crate) date_created: Time,
}

impl DeliveryShape {
    /// Of a delivery to an installation, of what happened; either may be gone.
    pub(crate) fn new(
        row: DeliveryRow,
        installation: Option<&Installation>,
        event: Option<&LifecycleEvent>,
    ) -> Self {
        let delivery = row.delivery;
        DeliveryShape {
            id: delivery.id.to_string(),
            installation_id: delivery.installation.to_string(),
            plugin: installation
                .map(|installation| installation.plugin.clone())
                .unwrap_or_default(),
            issue_id: delivery.issue.to_string(),
            event: event.map(|event| event.change.name()),
            state: delivery.state.as_str(),
            reason: row.reason,
            attempts: delivery.attempts,
            destination: row.host,
            is_replay: delivery.is_replay,
            next_at: Time(delivery.next_at),
            date_created: Time(row.created),
        }
    }
}

/// A host that an installed plugin sends its requests to, and how it fares.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PluginDestination)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DestinationShape {
    /// Host and port; empty for attempts that made no request.
    pub(crate) host: String,
    /// `closed` where all is well; `busy` where it asked to be left alone; `open` where it is down; `half_open` where
    /// it was, and the next attempt is to show whether it is back.
    pub(crate) circuit: &'static str,
    /// Failures since it last answered.
    pub(crate) failures: i32,
    /// Nobody goes there before.
    pub(crate) held_until: Option<Time>,
    /// What was said last, while all is not well.
    pub(crate) reason: Option<String>,
}

impl DestinationShape {
    pub(crate) fn new(destination: Destination, now: Timestamp) -> Self {
        let circuit = destination.circuit(now);
        DestinationShape {
            host: destination.host,
            circuit: circuit.as_str(),
            failures: destination.failures,
            held_until: circuit.is_held().then_some(Time(destination.held_until)),
            reason: destination.reason,
        }
    }
}

/// A plugin configured for an organization or one of its projects.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PluginInstallation)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InstallationShape {
    pub(crate) id: String,
    pub(crate) plugin: String,
    /// The only version that runs for it; none for the newest that was agreed to.
    pub(crate) version: Option<String>,
    pub(crate) name: String,
    /// One project's, or none for all of the organization's.
    pub(crate) project: Option<String>,
    /// Its settings; secrets are masked.
    #[schema(value_type = Object)]
    pub(crate) config: serde_json::Value,
    /// What it may reach.
    pub(crate) grant: GrantShape,
    pub(crate) enabled: bool,
    /// Why its deliveries are held, while they are.
    pub(crate) paused: Option<String>,
    /// Where it sends its requests.
    pub(crate) destinations: Vec<DestinationShape>,
    /// What it has to do by the clock; known a moment after it is configured.
    pub(crate) jobs: Vec<JobShape>,
    /// Where other systems call it; for whoever may change it, since the addresses are not to be guessed.
    pub(crate) hooks: Vec<HookShape>,
    pub(crate) date_created: Time,
}
