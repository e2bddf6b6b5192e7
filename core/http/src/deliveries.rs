//! Who delivers to plugins, as requests need it. Defined here, where it is used; the engine stands behind it.

use errand_model::DeliveryId;
use errand_model::delivery::AttemptOutcome;
use futures_util::future::BoxFuture;
use serde_json::Value;

/// What a delivery would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsal {
    /// How it would end.
    pub outcome: AttemptOutcome,
    /// What the plugin said, as a list.
    pub log: Value,
    /// The requests it would make, as a list.
    pub requests: Value,
    /// What it would change of issues, as a list.
    pub changes: Value,
    /// Why, in the plugin's words.
    pub explanation: Option<String>,
}

/// Why a delivery cannot be rehearsed.
#[derive(Debug, thiserror::Error)]
pub enum RehearseError {
    /// There is none.
    #[error("there is no such delivery")]
    Missing,
    /// The hub fails.
    #[error("the delivery cannot be read: {0}")]
    Failed(String),
}

/// Delivers what happened to plugins.
pub trait Deliveries: Send + Sync {
    /// A request may have written what is to be told, or to be told again: whoever delivers looks at once, rather
    /// than when it is next due to look. Must not block; saying it in vain costs a look.
    fn wake(&self);

    /// Makes a delivery without anything being sent or changed.
    fn rehearse(&self, delivery: DeliveryId) -> BoxFuture<'_, Result<Rehearsal, RehearseError>>;
}
