//! A worker: makes the deliveries of one installation, one after the other, until none are left.

use std::sync::Arc;
use std::time::Duration;

use errand_model::delivery::AttemptOutcome;
use tokio::sync::{mpsc, oneshot};

use super::attempt::Attempter;
use super::queues::{Queues, Ready, Slot};
use super::writer::Report;
use crate::wake::Wake;

/// What must be left of a lease beyond the deadline, for the attempt to be written down.
const SPARE: Duration = Duration::from_secs(5);

/// What workers share.
pub(crate) struct Worker {
    pub(crate) attempter: Attempter,
    pub(crate) queues: Arc<Queues>,
    pub(crate) reports: mpsc::Sender<Report>,
    /// Woken when more may be claimed.
    pub(crate) dispatch: Arc<Wake>,
}

impl Worker {
    /// Works until nothing is left for its place.
    pub(crate) async fn run(self: Arc<Self>, mut slot: Slot) {
        let installation = slot.installation;
        while let Some((ready, kept)) = self.queues.take(slot) {
            slot = kept;
            if self.queues.is_low(installation) {
                self.dispatch.wake();
            }
            // Too late to begin: it is due again when its lease ends, which is soon.
            if self.is_late(&ready) {
                tracing::debug!(%installation, "a delivery waited too long for its turn");
                continue;
            }
            if !self.make(ready).await {
                return;
            }
        }
        // Its place is free.
        self.dispatch.wake();
    }

    fn is_late(&self, ready: &Ready) -> bool {
        let needed = i64::try_from((self.attempter.deadline + SPARE).as_millis()).unwrap_or(i64::MAX);
        self.attempter.hub.now().plus_millis(needed) > ready.brief.claimed.lease_until
    }

    /// Tries one; answers whether there is still somebody to report to.
    async fn make(&self, ready: Ready) -> bool {
        let Ready { brief, token } = ready;
        let ended = self.attempter.attempt(brief).await;
        // After a failure nothing is tried before it is known what follows from it for the others.
        let is_well = ended.iter().all(|ended| {
            matches!(
                ended.attempt.outcome,
                AttemptOutcome::Done | AttemptOutcome::Ignored | AttemptOutcome::Permanent { .. }
            )
        });
        let (written, is_written) = oneshot::channel();
        let report = Report {
            ended,
            written: (!is_well).then_some(written),
            token,
        };
        if self.reports.send(report).await.is_err() {
            return false;
        }
        if !is_well {
            // Given up on, it is answered by being dropped.
            let _answered = is_written.await;
        }
        true
    }
}
