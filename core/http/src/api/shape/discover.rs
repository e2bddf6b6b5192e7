//! Events, grouped and counted.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A table: Sentry's `events`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EventsTable {
    /// By the names of the fields that were asked for.
    #[schema(value_type = Vec<Object>)]
    pub(crate) data: Vec<Map<String, Value>>,
    pub(crate) meta: TableMeta,
}

/// What the fields of a table are.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TableMeta {
    /// `string`, `integer` or `rate`.
    #[schema(value_type = Object)]
    pub(crate) fields: Map<String, Value>,
    #[schema(value_type = Object)]
    pub(crate) units: Map<String, Value>,
    pub(crate) is_metrics_data: bool,
}
