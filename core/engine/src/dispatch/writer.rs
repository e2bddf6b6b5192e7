//! Writes attempts down: all that have ended meanwhile in one transaction, so that a sync of the disk is shared.

use std::sync::Arc;

use errand_model::InstallationId;
use errand_store::deliveries::{self, Ended, Finished};
use tokio::sync::{mpsc, oneshot};

use super::brief;
use super::queues::{Queues, Ready, Token};
use crate::backoff::Backoff;
use crate::hub::Hub;
use crate::wake::Wake;

/// Attempts that are written in one transaction.
const BATCH: usize = 256;

/// An attempt to be written down.
pub(crate) struct Report {
    /// At one delivery, or at each of a digest.
    pub(crate) ended: Vec<Ended>,
    /// Who waits until it is.
    pub(crate) written: Option<oneshot::Sender<()>>,
    pub(crate) token: Token,
}

/// Writes attempts down.
pub(crate) struct Writer {
    pub(crate) hub: Hub,
    pub(crate) queues: Arc<Queues>,
    /// Woken when something may be due that was not.
    pub(crate) dispatch: Arc<Wake>,
    /// Woken when something may be in the outbox.
    pub(crate) outbox: Arc<Wake>,
    pub(crate) reports: mpsc::Receiver<Report>,
}

impl Writer {
    /// Runs until nobody can report any more.
    pub(crate) async fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        while self.reports.recv_many(&mut batch, BATCH).await > 0 {
            let (mut ended, mut waiting, mut tokens) = (Vec::new(), Vec::new(), Vec::new());
            for report in batch.drain(..) {
                ended.extend(report.ended);
                waiting.extend(report.written);
                tokens.push(report.token);
            }
            self.write(&ended).await;
            drop(tokens);
            for written in waiting {
                // Who has gone meanwhile need not know.
                let _gone = written.send(());
            }
            self.dispatch.wake();
        }
    }

    /// Writes attempts down, for as long as their leases last: what is not written is done again. Where something in
    /// one of them cannot be written, the others are written without it.
    async fn write(&self, ended: &[Ended]) {
        if !self.write_together(ended).await && ended.len() > 1 {
            for ended in ended {
                self.write_together(std::slice::from_ref(ended)).await;
            }
        }
    }

    /// Writes attempts down in one transaction; answers whether that is all there is to do about them.
    async fn write_together(&self, ended: &[Ended]) -> bool {
        let mut backoff = Backoff::new();
        let mut withdrawn = Vec::new();
        let lasts = ended.iter().map(|ended| ended.claimed.lease_until).max();
        loop {
            match self.try_write(ended, &mut withdrawn).await {
                Ok(finished) => {
                    if finished.changed_issues {
                        self.outbox.wake();
                    }
                    say(ended, &finished);
                    return true;
                }
                Err(error) if error.is_transient() && lasts.is_some_and(|lasts| self.hub.now() < lasts) => {
                    tracing::warn!(%error, attempts = ended.len(), "attempts are not yet written down");
                }
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        attempts = ended.len(),
                        "attempts cannot be written down together, or not at all: what is not is made again"
                    );
                    return error.is_transient();
                }
            }
            backoff.wait().await;
        }
    }

    /// Also gives back what is queued for whom nothing is to be tried now: before anybody goes on, so that nobody
    /// finds out for himself what is known already.
    async fn try_write(&self, ended: &[Ended], withdrawn: &mut Vec<Ready>) -> errand_store::Result<Finished> {
        let mut tx = self.hub.db.begin().await?;
        let finished = deliveries::finish(&mut tx, self.hub.context(), ended).await?;
        for installation in &finished.held {
            withdrawn.extend(self.queues.drain(Some(*installation)));
        }
        deliveries::release(
            &mut tx,
            &brief::leases(withdrawn.iter().map(|ready| &ready.brief)),
        )
        .await?;
        tx.commit().await?;
        if !finished.held.is_empty() {
            // Until now who claimed could not know why something was taken out.
            self.queues.doubt();
        }
        Ok(finished)
    }
}

/// Says what an admin should know.
fn say(ended: &[Ended], finished: &Finished) {
    let mut paused: Vec<InstallationId> = Vec::new();
    for (ended, verdict) in ended.iter().zip(&finished.verdicts) {
        let (delivery, installation) = (ended.claimed.delivery.id, ended.claimed.delivery.installation);
        let Some(verdict) = verdict else {
            tracing::warn!(%delivery, "an attempt outlived its lease and does not count");
            continue;
        };
        tracing::debug!(%delivery, state = verdict.state.as_str(), "an attempt ended");
        if verdict.pauses_installation && !paused.contains(&installation) {
            let reason = verdict.reason.as_deref().unwrap_or_default();
            tracing::warn!(%installation, reason, "an installation is paused until an admin acts");
            metrics::counter!("errand_installations_paused_total").increment(1);
            paused.push(installation);
        }
    }
    for installation in finished.held.iter().filter(|held| !paused.contains(held)) {
        tracing::warn!(%installation, "a destination is down or busy, and is left alone for a while");
        metrics::counter!("errand_destinations_held_total").increment(1);
    }
    for installation in &finished.recovered {
        tracing::info!(%installation, "a destination is back");
    }
}
