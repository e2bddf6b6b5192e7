//! From deliveries to plugins: what is due is claimed, tried, and written down.
//!
//! ```text
//! claim (many a transaction) ──▶ a queue for each installation ──▶ its workers ──▶ writer (many a transaction)
//! ```
//!
//! A claim is a lease: when the hub dies half-way the delivery is due again when the lease ends, and is tried again
//! with the same idempotency key. Nothing here is needed to survive but the rows.
//!
//! A destination that is down or asks to be left alone is left alone by all that go there
//! (`errand_model::destination`): nothing is claimed for it, and once its time has come one delivery goes to see.

mod attempt;
mod brief;
mod plan;
mod queues;
mod rehearse;
mod wants;
mod worker;
mod writer;

use std::collections::HashMap;
use std::sync::Arc;

use errand_model::telling::Telling;
use errand_model::{InstallationId, Timestamp};
use errand_store::deliveries::{self, Claimed, Want};
use errand_store::installations::{self, Installation};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::hub::Hub;
use crate::options::DispatchOptions;
use crate::plugins::Plugins;
use crate::wake::{Steps, Wake};
use attempt::Attempter;
use brief::{Brief, Briefer};
use queues::{Bounds, Queues};
use worker::Worker;
use writer::Writer;

pub(crate) use rehearse::Rehearser;
pub use rehearse::{Rehearsal, RehearseError};

/// Attempts that have ended and are not yet being written down; whose attempt ends then waits.
const UNWRITTEN: usize = 1_024;

/// Claims deliveries, and has them tried.
pub(crate) struct Dispatch {
    hub: Hub,
    plugins: Arc<dyn Plugins>,
    briefer: Briefer,
    queues: Arc<Queues>,
    options: DispatchOptions,
    /// Woken when something is due.
    wake: Arc<Wake>,
    /// Woken when plugins changed issues.
    outbox: Arc<Wake>,
    /// Steps each time it found nothing to claim and has nothing under way.
    idle: Arc<Steps>,
}

impl Dispatch {
    pub(crate) fn new(
        hub: Hub,
        plugins: Arc<dyn Plugins>,
        options: DispatchOptions,
        base_url: &str,
        (wake, outbox): (Arc<Wake>, Arc<Wake>),
        idle: Arc<Steps>,
    ) -> Self {
        let bounds = Bounds {
            at_once: options.at_once,
            per_installation: options.per_installation,
            ahead: options.ahead,
        };
        Dispatch {
            briefer: Briefer::new(hub.db.clone(), options.deadline, base_url),
            hub,
            plugins,
            queues: Arc::new(Queues::new(bounds)),
            options,
            wake,
            outbox,
            idle,
        }
    }

    /// Runs until `stop`, then until the attempts under way have ended and are written down. Dropped before, it leaves
    /// them to their leases.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let (sender, reports) = mpsc::channel(UNWRITTEN);
        let writer = Writer {
            hub: self.hub.clone(),
            queues: Arc::clone(&self.queues),
            dispatch: Arc::clone(&self.wake),
            outbox: Arc::clone(&self.outbox),
            reports,
        };
        let worker = Arc::new(Worker {
            attempter: Attempter {
                hub: self.hub.clone(),
                plugins: Arc::clone(&self.plugins),
                deadline: self.options.deadline,
            },
            queues: Arc::clone(&self.queues),
            reports: sender,
            dispatch: Arc::clone(&self.wake),
        });
        // In sets, so that all of it ends with whoever drops this.
        let (mut writing, mut working) = (JoinSet::new(), JoinSet::new());
        writing.spawn(writer.run());
        self.claim_until(stop, &worker, &mut working).await;
        self.withdraw().await;
        while let Some(ended) = working.join_next().await {
            said(ended);
        }
        // The last that could report.
        drop(worker);
        while let Some(ended) = writing.join_next().await {
            said(ended);
        }
    }

    async fn claim_until(&self, stop: CancellationToken, worker: &Arc<Worker>, working: &mut JoinSet<()>) {
        let mut backoff = Backoff::new();
        while !stop.is_cancelled() {
            match self.pass().await {
                Ok(claimed) => {
                    backoff.reset();
                    for slot in self.queues.places() {
                        let work = Arc::clone(worker).run(slot);
                        match self.plugins.threads() {
                            Some(threads) => working.spawn_on(work, &threads),
                            None => working.spawn(work),
                        };
                    }
                    metrics::gauge!("errand_attempts_running").set(self.queues.running() as f64);
                    if claimed == 0 {
                        stop.run_until_cancelled(self.wake.wait(self.options.poll)).await;
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
            while let Some(ended) = working.try_join_next() {
                said(ended);
            }
        }
    }

    /// Claims what there is room for; answers how much that was.
    async fn pass(&self) -> errand_store::Result<usize> {
        // Asked first: what ends after that may make something due which the question does not see.
        let was_quiet = self.queues.outstanding() == 0;
        let drains = self.queues.drains();
        let now = self.hub.now();
        let due = installations::that_are_due(&self.hub.db, now).await?;
        let ids: Vec<InstallationId> = due.iter().map(|installation| installation.id).collect();
        let destinations = match ids.is_empty() {
            true => HashMap::new(),
            false => deliveries::destinations(&self.hub.db, &ids).await?,
        };
        let mut wants = wants::of(&ids, &destinations, &self.queues, now);
        for want in &mut wants {
            let installation = due.iter().find(|one| one.id == want.installation);
            let telling = installation.map(|one| self.plugins.telling(&one.plugin_name(), &one.settings()));
            if let Some(Telling::Together(digest)) = telling {
                want.together = digest.most;
            }
        }
        let claimed = match wants.is_empty() {
            true => Vec::new(),
            false => self.claim(&wants).await?,
        };
        let count = claimed.iter().map(Vec::len).sum();
        if count == 0 && was_quiet {
            self.idle.step();
        }
        if count > 0 {
            self.enqueue(drains, &wants, claimed, (due, now)).await?;
        }
        Ok(count)
    }

    async fn claim(&self, wants: &[Want]) -> errand_store::Result<Vec<Vec<Claimed>>> {
        let lease = self.options.deadline + self.options.lease_margin;
        let seconds = i64::try_from(lease.as_secs()).unwrap_or(i64::MAX);
        deliveries::claim(&self.hub.db, self.hub.context(), wants, seconds).await
    }

    /// Gathers what is to be told, and queues it, unless anything was taken out of the queues since `drains`. What cannot
    /// be gathered is due again when its lease ends.
    async fn enqueue(
        &self,
        drains: u64,
        wants: &[Want],
        claimed: Vec<Vec<Claimed>>,
        (due, as_of): (Vec<Installation>, Timestamp),
    ) -> errand_store::Result<()> {
        let installations: HashMap<_, _> = due.into_iter().map(|one| (one.id, one)).collect();
        let plugins = self.plugins.as_ref();
        let briefs = self
            .briefer
            .brief(plugins, claimed, (&installations, as_of))
            .await?;
        let mut back = Vec::new();
        for (want, mine) in wants.iter().zip(briefs) {
            if wants::is_probe(want) {
                mine.into_iter()
                    .for_each(|brief| self.queues.add_probe(want.installation, brief));
            } else {
                back.extend(self.queues.add(drains, want.installation, want.limit, mine));
            }
        }
        self.give_back(&back).await
    }

    async fn give_back(&self, briefs: &[Brief]) -> errand_store::Result<()> {
        if briefs.is_empty() {
            return Ok(());
        }
        let mut tx = self.hub.db.begin().await?;
        deliveries::release(&mut tx, &brief::leases(briefs)).await?;
        tx.commit().await
    }

    /// Gives back what is queued and was not tried, because the hub stops.
    async fn withdraw(&self) {
        let ready = self.queues.drain(None);
        let briefs: Vec<Brief> = ready.into_iter().map(|ready| ready.brief).collect();
        if let Err(error) = self.give_back(&briefs).await {
            tracing::warn!(
                %error,
                count = briefs.len(),
                "deliveries are not given back; they are due when their leases end"
            );
        }
    }
}

fn said(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && !error.is_cancelled()
    {
        tracing::error!(%error, "an attempt broke off; it is tried again when its lease ends");
    }
}
