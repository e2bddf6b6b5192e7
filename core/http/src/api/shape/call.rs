//! What plugins were called for besides deliveries, and what they have to do by the clock. The fields are our own.

use errand_store::plugin_calls::StoredCall;
use errand_store::plugin_jobs::JobRow;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Time;
use super::attempt::AttemptShape;

/// A call of an installed plugin.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PluginCall)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CallShape {
    pub(crate) installation_id: String,
    /// `job`, `inbound`, `action` or `trial`.
    pub(crate) occasion: &'static str,
    /// The job, the route, the button, the change that was made up.
    pub(crate) name: String,
    /// On which issue a button was pressed, or the plugin was tried.
    pub(crate) issue_id: Option<String>,
    /// Who asked, and for what.
    #[schema(value_type = Object)]
    pub(crate) details: Value,
    /// Why the plugin did what it did, in its own words.
    pub(crate) explanation: Option<String>,
    #[serde(flatten)]
    pub(crate) attempt: AttemptShape,
}

impl CallShape {
    pub(crate) fn new(call: StoredCall) -> Self {
        CallShape {
            installation_id: call.installation.to_string(),
            occasion: call.occasion.as_str(),
            name: call.name,
            issue_id: call.issue.map(|issue| issue.to_string()),
            details: serde_json::from_str(&call.details).unwrap_or_default(),
            explanation: call.explanation,
            attempt: AttemptShape::new(&call.attempt),
        }
    }
}

/// Something that an installed plugin has to do by the clock.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = PluginJob)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobShape {
    /// Its name.
    pub(crate) job: String,
    /// When: minute, hour, day of the month, month, day of the week; in UTC unless a time zone follows.
    pub(crate) cron: String,
    /// Since when its next run is due, or will be.
    pub(crate) due: Time,
    /// When it is tried: later than `due` after a failure.
    pub(crate) next_at: Time,
    /// Attempts at this run that failed.
    pub(crate) attempts: i32,
    pub(crate) is_running: bool,
}

impl JobShape {
    pub(crate) fn new(row: JobRow) -> Self {
        JobShape {
            job: row.job,
            cron: row.cron,
            due: Time(row.due),
            next_at: Time(row.next_at),
            attempts: row.attempts,
            is_running: row.is_leased,
        }
    }
}

/// Where other systems call an installed plugin.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = PluginHook)]
pub(crate) struct HookShape {
    /// The name that the plugin gave.
    pub(crate) route: String,
    /// The address.
    pub(crate) url: String,
}
