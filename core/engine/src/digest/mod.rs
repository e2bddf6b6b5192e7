//! From the queue into the database, in order: take a batch, digest what nobody has, store it in one transaction
//! together with the queue's mark, release it.
//!
//! ```text
//! queue ──▶ prepare (several threads) ──▶ one batch waits ──▶ settle (one transaction) ──▶ release
//! ```
//!
//! An envelope that cannot be digested or stored is set aside as a dead letter, so that it holds up no other. A
//! database that fails holds everything up: nothing is lost, the queue fills, and senders are told to wait.

mod bisect;
mod dead;
mod lag;
mod prepare;
mod settle;

use std::sync::Arc;

use errand_queue::{Consumer, Queue};
use errand_store::persist::Arrival;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::hub::Hub;
use crate::options::DigestOptions;
use crate::outcomes::OutcomeMeter;
use crate::projects::Projects;
use crate::wake::Wake;

use dead::DeadLetters;
pub(crate) use lag::Lag;
use prepare::{Batch, Preparer};
use settle::Settler;

/// What the digest works with.
pub(crate) struct Digest {
    pub(crate) hub: Hub,
    pub(crate) queue: Queue<Arrival>,
    pub(crate) consumer: Consumer<Arrival>,
    pub(crate) projects: Arc<Projects>,
    pub(crate) outcomes: Arc<OutcomeMeter>,
    pub(crate) options: DigestOptions,
    /// Woken when something is in the outbox.
    pub(crate) fanout: Arc<Wake>,
    /// Told behind every batch how far everything is digested.
    pub(crate) progress: watch::Sender<u64>,
    /// Told how old the batch under way is.
    pub(crate) lag: Arc<Lag>,
}

impl Digest {
    /// Runs until the queue is closed and empty, or `stop` says to end after the batch under way.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let preparer = Preparer {
            projects: self.projects,
            threads: self.options.threads.max(1),
        };
        let settler = Settler {
            dead: DeadLetters::new(&self.options, self.queue.clone(), self.outcomes),
            hub: self.hub,
            queue: self.queue,
            fanout: self.fanout,
            progress: self.progress,
            lag: self.lag,
        };
        let (ready, waiting) = mpsc::channel(1);
        let preparing = prepare_all(self.consumer, preparer, &self.options, ready, stop.clone());
        let settling = settle_all(waiting, settler, stop);
        tokio::join!(preparing, settling);
    }
}

/// Takes batches, makes them ready and hands them on.
async fn prepare_all(
    mut consumer: Consumer<Arrival>,
    preparer: Preparer,
    options: &DigestOptions,
    ready: mpsc::Sender<Batch>,
    stop: CancellationToken,
) {
    let mut backoff = Backoff::new();
    let mut next = Instant::now();
    loop {
        // A batch costs the database about the same whether one event is in it or a hundred.
        if stop
            .run_until_cancelled(tokio::time::sleep_until(next))
            .await
            .is_none()
        {
            return;
        }
        let began = Instant::now();
        let taken = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            taken = consumer.take(options.batch_records, options.batch_bytes) => taken,
        };
        let taken = match taken {
            Ok(Some(taken)) => taken,
            Ok(None) => return,
            Err(error) => {
                tracing::error!(%error, "the queue cannot be read");
                backoff.wait().await;
                continue;
            }
        };
        backoff.reset();
        next = began + options.pause(taken.len());
        let prepared = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            prepared = preparer.prepare(taken) => prepared,
        };
        if ready.send(prepared).await.is_err() {
            return;
        }
    }
}

/// Stores what is ready. A batch that is begun is finished, unless the database fails.
async fn settle_all(mut waiting: mpsc::Receiver<Batch>, settler: Settler, stop: CancellationToken) {
    loop {
        let batch = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            batch = waiting.recv() => batch,
        };
        let Some(batch) = batch else { return };
        if settler.settle(batch, &stop).await.is_err() {
            return;
        }
    }
}
