//! One attempt at a run of a job: the plugin does it, and what came of it is written down.

use std::sync::Arc;
use std::time::Duration;

use errand_model::delivery::{AttemptOutcome, Verdict, verdict};
use errand_model::occasion::Occasion;
use errand_model::{CallId, DeliveryId, Timestamp};
use errand_plugin_host::{CallHead, ScheduleCall};
use errand_store::installations::{self, Installation};
use errand_store::plugin_calls::NewCall;
use errand_store::plugin_jobs::{self, ClaimedJob, EndedJob};
use serde_json::{Value, json};

use crate::calling::{bounded, destination, kept, outcome_name, within};
use crate::hub::Hub;
use crate::plugins::Plugins;
use crate::wake::Wake;

/// Makes one attempt.
pub(super) struct Runner {
    pub(super) hub: Hub,
    pub(super) plugins: Arc<dyn Plugins>,
    pub(super) deadline: Duration,
    /// Woken when the attempt is written down.
    pub(super) ended: Arc<Wake>,
    /// Woken when issues may have changed.
    pub(super) outbox: Arc<Wake>,
}

impl Runner {
    /// Tries a run. What cannot be read or written down is tried again when the lease ends.
    pub(super) async fn run(self, claimed: ClaimedJob) {
        if let Err(error) = self.try_run(&claimed).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                installation = %claimed.installation, job = claimed.job,
                "the run of a job is not written down and will be made again"
            );
        }
        self.ended.wake();
    }

    async fn try_run(&self, claimed: &ClaimedJob) -> errand_store::Result<()> {
        let as_of = self.hub.now();
        let installation = installations::by_id(&self.hub.db, claimed.installation).await?;
        let Some(installation) = installation else {
            return Ok(());
        };
        let config = installation.settings();
        let (call, host) = self.attempt(claimed, &installation, &config).await;
        let now = self.hub.now();
        let verdict = verdict(claimed.attempts, claimed.crashes, &call.attempt.outcome, now);
        let jobs = self.plugins.jobs(&installation.plugin_name(), &config);
        let planned = jobs.iter().find(|planned| planned.job == claimed.job);
        let ended = EndedJob {
            claimed,
            call: &call,
            verdict: &verdict,
            next_due: planned.and_then(|planned| planned.next_after(now)),
            settings_as_of: as_of,
            host: &host,
        };
        let mut tx = self.hub.db.begin().await?;
        let counts = plugin_jobs::finish(&mut tx, self.hub.context(), &ended).await?;
        tx.commit().await?;
        if !call.attempt.changes.is_empty() {
            self.outbox.wake();
        }
        say(claimed, &call.attempt.outcome, counts.then_some(&verdict));
        Ok(())
    }

    /// Makes it; answers how it went, and where.
    async fn attempt(
        &self,
        claimed: &ClaimedJob,
        installation: &Installation,
        config: &Value,
    ) -> (NewCall, String) {
        let number = u32::try_from(claimed.attempts.saturating_add(1)).unwrap_or(1);
        let call = ScheduleCall {
            head: CallHead {
                delivery: DeliveryId(claimed.run),
                installation: installation.id,
                idempotency_key: format!("errand-job-{}", claimed.run),
                attempt: number,
                is_replay: false,
                is_dry_run: false,
                timeout: self.deadline,
                config: config.clone(),
                grant: installation.grant.clone(),
            },
            job: claimed.job.clone(),
            due: claimed.due,
        };
        let started: Timestamp = self.hub.now();
        let called = within(
            self.deadline,
            self.plugins.run_job(&installation.plugin_name(), call),
        )
        .await;
        let attempt = called.unwrap_or_else(|late| late);
        let outcome = bounded(attempt.outcome.clone(), claimed.due, self.hub.now());
        let details = json!({
            "run": claimed.run.to_string(),
            "due": claimed.due.to_string(),
            "attempt": number,
        });
        let host = destination(&attempt.requests);
        let call = NewCall {
            id: CallId(self.hub.context().id()),
            installation: installation.id,
            occasion: Occasion::Job,
            name: claimed.job.clone(),
            issue: None,
            details: details.to_string(),
            attempt: kept(started, outcome, &attempt),
        };
        (call, host)
    }
}

/// Says what an admin should know.
fn say(claimed: &ClaimedJob, outcome: &AttemptOutcome, verdict: Option<&Verdict>) {
    let (installation, job) = (claimed.installation, claimed.job.as_str());
    metrics::counter!("errand_plugin_calls_total", "occasion" => "job", "outcome" => outcome_name(outcome))
        .increment(1);
    match verdict {
        None => tracing::warn!(%installation, job, "the run of a job outlived its lease and does not count"),
        Some(verdict) if verdict.pauses_installation => {
            let reason = verdict.reason.as_deref().unwrap_or_default();
            tracing::warn!(%installation, job, reason, "an installation is paused until an admin acts");
            metrics::counter!("errand_installations_paused_total").increment(1);
        }
        Some(verdict) => tracing::debug!(%installation, job, state = verdict.state.as_str(), "a job was run"),
    }
}
