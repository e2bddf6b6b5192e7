//! From deliveries to plugins: what is due is claimed, tried, and written down.
//!
//! A claim is a lease: when the hub dies half-way the delivery is due again when the lease ends, and is tried again
//! with the same idempotency key. Nothing here is needed to survive but the rows.

mod attempt;
mod lanes;
mod outcome;

use std::collections::HashMap;
use std::sync::Arc;

use errand_model::InstallationId;
use errand_store::deliveries::{self, Claimed};
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::hub::Hub;
use crate::options::DispatchOptions;
use crate::plugins::Plugins;
use crate::wake::{Steps, Wake};
use attempt::Attempter;
use lanes::Lanes;

/// Claims and tries deliveries.
pub(crate) struct Dispatch {
    hub: Hub,
    attempter: Arc<Attempter>,
    lanes: Lanes,
    options: DispatchOptions,
    /// Woken when something is due.
    wake: Arc<Wake>,
    /// Steps each time it found nothing to claim and has nothing under way.
    idle: Arc<Steps>,
    running: JoinSet<()>,
    /// Whose the attempts under way are.
    owners: HashMap<Id, InstallationId>,
}

impl Dispatch {
    pub(crate) fn new(
        hub: Hub,
        plugins: Arc<dyn Plugins>,
        options: DispatchOptions,
        base_url: &str,
        wake: Arc<Wake>,
        idle: Arc<Steps>,
    ) -> Self {
        Dispatch {
            attempter: Arc::new(Attempter::new(hub.clone(), plugins, options.deadline, base_url)),
            hub,
            lanes: Lanes::new(options.at_once, options.per_installation),
            options,
            wake,
            idle,
            running: JoinSet::new(),
            owners: HashMap::new(),
        }
    }

    /// Runs until `stop`, then until the attempts under way have ended. Dropped before, it leaves them to their
    /// leases.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut backoff = Backoff::new();
        while !stop.is_cancelled() {
            match self.pass().await {
                Ok(is_more) => {
                    backoff.reset();
                    if !is_more {
                        stop.run_until_cancelled(self.rest()).await;
                    }
                }
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "deliveries cannot be claimed"
                    );
                    stop.run_until_cancelled(backoff.wait()).await;
                }
            }
            self.reap();
        }
        while let Some(ended) = self.running.join_next_with_id().await {
            self.end(ended);
        }
    }

    /// Claims what there is room for and begins it; answers whether more may be due that there is room for.
    async fn pass(&mut self) -> errand_store::Result<bool> {
        let claimed = self.claim().await?;
        if claimed.is_empty() {
            if self.running.is_empty() {
                self.idle.step();
            }
            return Ok(false);
        }
        let mut surplus = Vec::new();
        for claimed in claimed {
            let installation = claimed.delivery.installation;
            if self.lanes.begin(installation) {
                let attempter = Arc::clone(&self.attempter);
                let task = self
                    .running
                    .spawn(async move { attempter.attempt(claimed).await });
                self.owners.insert(task.id(), installation);
            } else {
                surplus.push(claimed);
            }
        }
        metrics::gauge!("errand_attempts_running").set(self.running.len() as f64);
        self.give_back(surplus).await?;
        Ok(self.lanes.room() > 0)
    }

    async fn claim(&self) -> errand_store::Result<Vec<Claimed>> {
        let room = self.lanes.room();
        // Asked without a transaction first: on SQLite one would hold up the digest for nothing.
        let next = deliveries::next_due(&self.hub.db).await?;
        if room == 0 || next.is_none_or(|next| next > self.hub.now()) {
            return Ok(Vec::new());
        }
        let lease = self.options.deadline + self.options.lease_margin;
        let seconds = i64::try_from(lease.as_secs()).unwrap_or(i64::MAX);
        let limit = i64::try_from(room).unwrap_or(i64::MAX);
        let mut tx = self.hub.db.begin().await?;
        let busy = self.lanes.saturated();
        let claimed = deliveries::claim_except(&mut tx, self.hub.context(), &busy, limit, seconds).await?;
        tx.commit().await?;
        Ok(claimed)
    }

    /// Gives back what was claimed of an installation beyond its share. It is due again at once, behind what others
    /// are owed; by then the installation is known to be busy.
    async fn give_back(&self, surplus: Vec<Claimed>) -> errand_store::Result<()> {
        if surplus.is_empty() {
            return Ok(());
        }
        let mut tx = self.hub.db.begin().await?;
        for claimed in surplus {
            deliveries::release(
                &mut tx,
                self.hub.context(),
                claimed.delivery.id,
                claimed.lease_token,
            )
            .await?;
        }
        tx.commit().await
    }

    /// Until an attempt ends, something is said to be due, or it is time to look.
    async fn rest(&mut self) {
        let ended = tokio::select! {
            ended = self.running.join_next_with_id(), if !self.running.is_empty() => ended,
            () = self.wake.wait(self.options.poll) => None,
        };
        if let Some(ended) = ended {
            self.end(ended);
        }
    }

    /// Takes note of the attempts that have ended.
    fn reap(&mut self) {
        while let Some(ended) = self.running.try_join_next_with_id() {
            self.end(ended);
        }
    }

    fn end(&mut self, ended: Result<(Id, ()), tokio::task::JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(%error, "an attempt broke off; it is tried again when its lease ends");
                error.id()
            }
        };
        if let Some(installation) = self.owners.remove(&id) {
            self.lanes.end(installation);
        }
    }
}
