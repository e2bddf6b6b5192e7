//! One attempt: the plugin runs, and what came of it is put into a record.

use std::sync::Arc;
use std::time::Duration;

use errand_plugin_host::{Attempt, DeliveryCall, DigestCall};
use errand_store::deliveries::{self, Claimed, Ended};

use super::brief::Brief;
use super::plan::Plan;
use crate::calling::{bounded, destination, kept, outcome_name, within};
use crate::hub::Hub;
use crate::plugins::Plugins;

/// Makes attempts.
pub(crate) struct Attempter {
    pub(crate) hub: Hub,
    pub(crate) plugins: Arc<dyn Plugins>,
    pub(crate) deadline: Duration,
}

impl Attempter {
    /// Tries a delivery, or those of a digest together.
    pub(crate) async fn attempt(&self, brief: Brief) -> Vec<Ended> {
        let started = self.hub.now();
        let Brief {
            claimed,
            others,
            plan,
            as_of,
        } = brief;
        let attempt = match plan {
            Plan::Call { plugin, call } => self.call(&plugin, *call).await,
            Plan::Together { plugin, call } => self.digest(&plugin, *call).await,
            Plan::End(outcome) => Attempt::not_run(outcome),
        };
        let outcome = bounded(attempt.outcome.clone(), claimed.event.at, self.hub.now());
        metrics::counter!("errand_attempts_total", "outcome" => outcome_name(&outcome)).increment(1);
        metrics::histogram!("errand_attempt_seconds").record(attempt.wall_ms as f64 / 1_000.0);
        let first = Ended {
            settings_as_of: as_of,
            host: destination(&attempt.requests),
            attempt: kept(started, outcome, &attempt),
            claimed,
        };
        let others = others
            .into_iter()
            .map(|claimed| beside(&first, claimed))
            .collect::<Vec<_>>();
        std::iter::once(first).chain(others).collect()
    }

    /// Runs the plugin for what was gathered.
    pub(crate) async fn digest(&self, plugin: &str, call: DigestCall) -> Attempt {
        within(self.deadline, self.plugins.digest(plugin, call))
            .await
            .unwrap_or_else(|late| late)
    }

    /// Runs the plugin.
    pub(crate) async fn call(&self, plugin: &str, call: DeliveryCall) -> Attempt {
        within(self.deadline, self.plugins.deliver(plugin, call))
            .await
            .unwrap_or_else(|late| late)
    }
}

/// The same attempt, as it is kept with another delivery of the digest: what it did stands with the first.
fn beside(first: &Ended, claimed: Claimed) -> Ended {
    let attempt = deliveries::Attempt {
        log: "[]".to_owned(),
        requests: "[]".to_owned(),
        changes: Vec::new(),
        cpu_ms: 0,
        ..first.attempt.clone()
    };
    Ended {
        claimed,
        attempt,
        ..first.clone()
    }
}
