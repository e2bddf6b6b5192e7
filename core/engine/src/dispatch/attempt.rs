//! One attempt: what the plugin is told is gathered, the plugin runs, what came of it is written down.

use std::sync::Arc;
use std::time::Duration;

use errand_model::delivery::AttemptOutcome;
use errand_plugin_host::{Attempt, DeliveryCall, IssueSummary};
use errand_store::deliveries::{self, Claimed};
use errand_store::installations::{self, Installation};
use errand_store::{Error, issues, organizations, projects};
use serde::Serialize;

use super::outcome;
use crate::backoff::Backoff;
use crate::fanout::settings;
use crate::hub::Hub;
use crate::plugins::Plugins;

/// How much longer than the deadline the plugin's own host may take to say that it was passed.
const GRACE: Duration = Duration::from_secs(5);

/// Makes attempts.
pub(crate) struct Attempter {
    hub: Hub,
    plugins: Arc<dyn Plugins>,
    deadline: Duration,
    base_url: String,
}

/// What to do about a delivery.
enum Plan {
    /// Call the plugin.
    Call { plugin: String, call: Box<DeliveryCall> },
    /// It has ended without.
    End(AttemptOutcome),
}

impl Attempter {
    pub(crate) fn new(hub: Hub, plugins: Arc<dyn Plugins>, deadline: Duration, base_url: &str) -> Self {
        let base_url = base_url.trim_end_matches('/').to_owned();
        Attempter {
            hub,
            plugins,
            deadline,
            base_url,
        }
    }

    /// Tries a claimed delivery and writes down how it went.
    pub(crate) async fn attempt(&self, claimed: Claimed) {
        let started = self.hub.now();
        let attempt = match self.plan(&claimed).await {
            Ok(Plan::Call { plugin, call }) => self.call(&plugin, *call).await,
            Ok(Plan::End(outcome)) => ended(outcome),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error, delivery = %claimed.delivery.id,
                    "a delivery cannot be read; it is tried again when its lease ends"
                );
                return;
            }
        };
        let outcome = outcome::bounded(attempt.outcome, claimed.event.at, self.hub.now());
        metrics::counter!("errand_attempts_total", "outcome" => outcome::name(&outcome)).increment(1);
        metrics::histogram!("errand_attempt_seconds").record(attempt.wall_ms as f64 / 1_000.0);
        let attempt = deliveries::Attempt {
            started,
            wall_ms: i64::try_from(attempt.wall_ms).unwrap_or(i64::MAX),
            cpu_ms: i64::try_from(attempt.cpu_ms).unwrap_or(i64::MAX),
            memory_bytes: i64::try_from(attempt.memory_bytes).unwrap_or(i64::MAX),
            outcome,
            log: text(&attempt.log),
            requests: text(&attempt.requests),
        };
        self.write(&claimed, &attempt).await;
    }

    /// Gathers what the plugin is told.
    async fn plan(&self, claimed: &Claimed) -> errand_store::Result<Plan> {
        let (db, event) = (&self.hub.db, &claimed.event);
        let gone = |what: &str| {
            Ok(Plan::End(AttemptOutcome::Permanent {
                message: format!("the {what} is gone"),
            }))
        };
        let Some(installation) = installations::by_id(db, claimed.delivery.installation).await? else {
            return gone("installation");
        };
        let config = settings(&installation);
        if self.is_unwanted(&installation, &config, event.change.name()) {
            return Ok(Plan::End(AttemptOutcome::Ignored));
        }
        let Some(issue) = issues::get(db, event.issue).await? else {
            return gone("issue");
        };
        let Some(project) = projects::by_id(db, event.project).await? else {
            return gone("project");
        };
        let Some(organization) = organizations::by_id(db, event.organization).await? else {
            return gone("organization");
        };
        let url = format!(
            "{}/organizations/{}/issues/{}/",
            self.base_url, organization.slug, issue.id
        );
        let call = DeliveryCall {
            delivery: claimed.delivery.id,
            installation: installation.id,
            idempotency_key: format!("errand-{}", claimed.delivery.id),
            attempt: u32::try_from(claimed.delivery.attempts.saturating_add(1)).unwrap_or(1),
            is_replay: false,
            is_dry_run: false,
            timeout: self.deadline,
            event: event.clone(),
            issue: IssueSummary::new(&issue, &project, &organization.slug, url),
            config,
        };
        Ok(Plan::Call {
            plugin: installation.plugin,
            call: Box::new(call),
        })
    }

    /// Whether the plugin, loaded, does not want what it was owed while nobody could ask it.
    fn is_unwanted(&self, installation: &Installation, config: &serde_json::Value, change: &str) -> bool {
        self.plugins.knows(&installation.plugin) && !self.plugins.wants(&installation.plugin, config, change)
    }

    /// Runs the plugin. Its host ends it at the deadline; if the host itself hangs, it is ended here.
    async fn call(&self, plugin: &str, call: DeliveryCall) -> Attempt {
        let limit = self.deadline + GRACE;
        match tokio::time::timeout(limit, self.plugins.deliver(plugin, call)).await {
            Ok(attempt) => attempt,
            Err(_) => Attempt {
                wall_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
                ..ended(AttemptOutcome::Crashed {
                    limit: "wall".to_owned(),
                    message: format!("nothing came back within {} seconds", limit.as_secs()),
                })
            },
        }
    }

    /// Writes down how it went, for as long as the lease lasts: what is not written is done again.
    async fn write(&self, claimed: &Claimed, attempt: &deliveries::Attempt) {
        let mut backoff = Backoff::new();
        loop {
            match self.finish(claimed, attempt).await {
                Ok(()) => return,
                Err(error) if error.is_transient() && self.hub.now() < claimed.lease_until => {
                    tracing::warn!(delivery = %claimed.delivery.id, %error, "an attempt is not yet written down");
                }
                Err(Error::Conflict { .. }) => {
                    tracing::warn!(delivery = %claimed.delivery.id, "an attempt outlived its lease and does not count");
                    return;
                }
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error, delivery = %claimed.delivery.id,
                        "an attempt cannot be written down and will be made again"
                    );
                    return;
                }
            }
            backoff.wait().await;
        }
    }

    async fn finish(&self, claimed: &Claimed, attempt: &deliveries::Attempt) -> errand_store::Result<()> {
        let (id, context) = (claimed.delivery.id, self.hub.context());
        let mut tx = self.hub.db.begin().await?;
        let verdict = deliveries::finish(&mut tx, context, id, claimed.lease_token, attempt).await?;
        tx.commit().await?;
        if verdict.pauses_installation {
            let installation = claimed.delivery.installation;
            tracing::warn!(%installation, reason = verdict.reason, "an installation is paused until an admin acts");
        }
        tracing::debug!(delivery = %id, state = verdict.state.as_str(), "an attempt ended");
        Ok(())
    }
}

/// An attempt in which the plugin did not run.
fn ended(outcome: AttemptOutcome) -> Attempt {
    Attempt {
        outcome,
        log: Vec::new(),
        requests: Vec::new(),
        cpu_ms: 0,
        memory_bytes: 0,
        wall_ms: 0,
    }
}

fn text<T: Serialize>(list: &[T]) -> String {
    // Plain records of text and numbers.
    serde_json::to_string(list).unwrap_or_else(|_| "[]".to_owned())
}
