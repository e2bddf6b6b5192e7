//! What became of what was sent, and how sessions went, over time.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::Time;

/// Quantities over time, grouped: Sentry's `stats_v2`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct StatsV2 {
    pub(crate) start: Time,
    pub(crate) end: Time,
    /// The start of each interval of the series.
    pub(crate) intervals: Vec<Time>,
    pub(crate) groups: Vec<StatsGroup>,
}

/// One combination of what was grouped by.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct StatsGroup {
    /// `outcome`, `category`, `reason`, `project`: those that were asked for.
    pub(crate) by: BTreeMap<&'static str, String>,
    pub(crate) totals: Sum<i64>,
    pub(crate) series: Sum<Vec<i64>>,
}

/// The one field that can be asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Sum<T> {
    #[serde(rename = "sum(quantity)")]
    pub(crate) quantity: T,
}

/// How sessions went over time, grouped: Sentry's `sessions`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SessionStats {
    pub(crate) start: Time,
    pub(crate) end: Time,
    pub(crate) query: String,
    /// The start of each interval of the series.
    pub(crate) intervals: Vec<Time>,
    pub(crate) groups: Vec<SessionGroup>,
}

/// One combination of what was grouped by.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SessionGroup {
    /// `project`, `release`, `environment`, `session.status`: those that were asked for.
    #[schema(value_type = Object)]
    pub(crate) by: BTreeMap<&'static str, serde_json::Value>,
    /// Each field that was asked for; a rate of nothing is `null`.
    #[schema(value_type = Object)]
    pub(crate) totals: BTreeMap<&'static str, serde_json::Value>,
    #[schema(value_type = Object)]
    pub(crate) series: BTreeMap<&'static str, Vec<serde_json::Value>>,
}
