//! The engine's deliveries, as the HTTP surfaces ask for them.

use std::sync::Arc;

use errand_engine::{Engine, RehearsalFuture, Wake};
use errand_http::deliveries as http;
use errand_model::DeliveryId;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

/// Stands between requests and what delivers.
pub(crate) struct EngineDeliveries {
    outbox: Arc<Wake>,
    due: Arc<Wake>,
    schedule: Arc<Wake>,
    rehearse: Box<dyn Fn(DeliveryId) -> RehearsalFuture + Send + Sync>,
}

impl EngineDeliveries {
    pub(crate) fn of(engine: &Engine) -> Self {
        EngineDeliveries {
            outbox: engine.outbox(),
            due: engine.deliveries(),
            schedule: engine.schedule(),
            rehearse: Box::new(engine.rehearsals()),
        }
    }
}

impl http::Deliveries for EngineDeliveries {
    fn wake(&self) {
        self.outbox.wake();
        self.due.wake();
        self.schedule.wake();
    }

    fn rehearse(&self, delivery: DeliveryId) -> BoxFuture<'_, Result<http::Rehearsal, http::RehearseError>> {
        let rehearsing = (self.rehearse)(delivery);
        rehearsing
            .map(|done| done.map(rehearsal).map_err(refusal))
            .boxed()
    }
}

pub(super) fn rehearsal(rehearsal: errand_engine::Rehearsal) -> http::Rehearsal {
    // Plain records of text and numbers.
    http::Rehearsal {
        log: serde_json::to_value(&rehearsal.log).unwrap_or_default(),
        requests: serde_json::to_value(&rehearsal.requests).unwrap_or_default(),
        changes: serde_json::to_value(&rehearsal.changes).unwrap_or_default(),
        explanation: rehearsal.explanation,
        outcome: rehearsal.outcome,
    }
}

fn refusal(error: errand_engine::RehearseError) -> http::RehearseError {
    match error {
        errand_engine::RehearseError::Missing => http::RehearseError::Missing,
        errand_engine::RehearseError::Store(error) => http::RehearseError::Failed(error.to_string()),
    }
}
