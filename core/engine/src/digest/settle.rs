//! Stores a batch with the queue's mark, and releases it from the queue.

use std::error::Error;
use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use errand_model::ProjectId;
use errand_queue::{Position, Queue};
use errand_store::persist::{self, Arrival, Persist, Persisted};
use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::bisect::Bisection;
use super::dead::DeadLetters;
use super::lag::Lag;
use super::prepare::{Batch, Dead, Prepared, What};
use crate::backoff::Backoff;
use crate::hub::Hub;
use crate::wake::Wake;
use crate::work::panic_text;

/// Stores batches.
pub(crate) struct Settler {
    pub(crate) hub: Hub,
    pub(crate) queue: Queue<Arrival>,
    pub(crate) dead: DeadLetters,
    pub(crate) fanout: Arc<Wake>,
    pub(crate) progress: watch::Sender<u64>,
    pub(crate) lag: Arc<Lag>,
}

/// The digest was told to stop while the database failed.
#[derive(Debug)]
pub(crate) struct Stopped;

/// Why the database does not take a batch, and would not if it were asked again.
#[derive(Debug, thiserror::Error)]
enum Refused {
    /// It said so.
    #[error(transparent)]
    Store(errand_store::Error),
    /// The program is wrong.
    #[error("storing it panicked: {0}")]
    Panicked(String),
}

/// What is to be stored, and where in the queue it stands.
#[derive(Default)]
struct Sorted {
    arrivals: Vec<Arrival>,
    spans: Vec<(Position, Position)>,
    dead: Vec<(Position, Dead)>,
}

impl Settler {
    /// Stores `batch`. Waits for as long as the database fails.
    pub(crate) async fn settle(&self, batch: Batch, stop: &CancellationToken) -> Result<(), Stopped> {
        self.lag.begin(batch.oldest());
        let end = batch.end;
        metrics::histogram!("errand_digest_batch_records").record(batch.records.len() as f64);
        let Sorted {
            arrivals,
            spans,
            dead,
        } = sort(batch.records);
        for (start, dead) in dead {
            self.bury(start, dead.project, &dead.reason, stop).await?;
        }
        let total = arrivals.len();
        // The mark never passes what is not stored yet, so it moves to the end only with the last part.
        let mark = |range: &Range<usize>| {
            let last = range.end.checked_sub(1).and_then(|last| spans.get(last));
            last.filter(|_| range.end < total).map_or(end, |(_, end)| *end)
        };
        let mut stored = Persisted::default();
        if total == 0 {
            self.move_mark(end, stop).await?;
        }
        let mut parts = Bisection::of(total);
        while let Some(range) = parts.next() {
            let part = arrivals.get(range.clone()).unwrap_or_default();
            match self.persist(part, mark(&range), stop).await? {
                Ok(persisted) => add(&mut stored, persisted),
                Err(reason) => {
                    if let Some(at) = parts.refused(range)
                        && let (Some(arrival), Some((start, _))) = (arrivals.get(at), spans.get(at))
                    {
                        self.set_aside(arrival, *start, mark(&(at..at + 1)), &reason, stop)
                            .await?;
                    }
                }
            }
        }
        self.queue.release(end);
        self.lag.end();
        self.report(stored);
        self.progress.send_replace(end.0);
        Ok(())
    }

    /// One transaction; tried again for as long as the database says that this may help. What it answers otherwise
    /// is the inner error.
    async fn persist(
        &self,
        part: &[Arrival],
        mark: Position,
        stop: &CancellationToken,
    ) -> Result<Result<Persisted, Refused>, Stopped> {
        let with = Persist {
            clock: self.hub.clock.as_ref(),
            ids: &self.hub.ids,
            queue: self.queue.id(),
        };
        let mut backoff = Backoff::new();
        loop {
            let began = Instant::now();
            let persisting = persist::persist(&self.hub.db, &with, part, Some(as_mark(mark)));
            // A transaction that a panic breaks off is undone.
            let stored = AssertUnwindSafe(persisting).catch_unwind().await;
            metrics::histogram!("errand_digest_persist_seconds").record(began.elapsed());
            match stored {
                Ok(Err(error)) if error.is_transient() => {
                    tracing::warn!(error = &error as &dyn Error, "the database does not take a batch");
                }
                Ok(stored) => return Ok(stored.map_err(Refused::Store)),
                Err(panic) => return Ok(Err(Refused::Panicked(panic_text(panic.as_ref())))),
            }
            wait(&mut backoff, stop).await?;
        }
    }

    /// Sets one envelope aside that the database refuses, once it is sure that it is the envelope's fault: a
    /// database that refuses even an empty batch is broken, and is waited for.
    async fn set_aside(
        &self,
        arrival: &Arrival,
        start: Position,
        mark: Position,
        reason: &Refused,
        stop: &CancellationToken,
    ) -> Result<(), Stopped> {
        self.move_mark(start, stop).await?;
        // It may have been the database's fault a moment ago.
        let again = self.persist(std::slice::from_ref(arrival), mark, stop).await?;
        if again.is_ok() {
            return Ok(());
        }
        let detail = reason
            .source()
            .map(|source| format!(": {source}"))
            .unwrap_or_default();
        self.bury(start, Some(arrival.project), &format!("{reason}{detail}"), stop)
            .await?;
        self.move_mark(mark, stop).await
    }

    /// Writes a dead letter, waiting for as long as that fails: the record is not let go before.
    async fn bury(
        &self,
        start: Position,
        project: Option<ProjectId>,
        reason: &str,
        stop: &CancellationToken,
    ) -> Result<(), Stopped> {
        let mut backoff = Backoff::new();
        while let Err(error) = self.dead.write(start, project, reason).await {
            tracing::error!(position = %start, %error, "a dead letter cannot be written");
            wait(&mut backoff, stop).await?;
        }
        Ok(())
    }

    /// Moves the mark and nothing else. A database that refuses that is broken, and is waited for.
    async fn move_mark(&self, mark: Position, stop: &CancellationToken) -> Result<(), Stopped> {
        let mut backoff = Backoff::new();
        while let Err(error) = self.persist(&[], mark, stop).await? {
            tracing::error!(error = &error as &dyn Error, "the database refuses everything");
            wait(&mut backoff, stop).await?;
        }
        Ok(())
    }

    fn report(&self, stored: Persisted) {
        if stored.lifecycle > 0 {
            self.fanout.wake();
        }
        for (outcome, count) in [
            ("accepted", stored.accepted),
            ("duplicate", stored.duplicates),
            ("discarded", stored.discarded),
        ] {
            metrics::counter!("errand_events_total", "outcome" => outcome).increment(count);
        }
        metrics::counter!("errand_issues_created_total").increment(stored.new_issues);
    }
}

fn sort(records: Vec<Prepared>) -> Sorted {
    let mut sorted = Sorted::default();
    for Prepared { start, end, what } in records {
        match what {
            What::Arrival(arrival) => {
                sorted.arrivals.push(*arrival);
                sorted.spans.push((start, end));
            }
            What::Orphan => {}
            What::Dead(dead) => sorted.dead.push((start, dead)),
        }
    }
    sorted
}

/// Positions of the queue as the database keeps them.
pub(crate) fn as_mark(position: Position) -> i64 {
    i64::try_from(position.0).unwrap_or(i64::MAX)
}

async fn wait(backoff: &mut Backoff, stop: &CancellationToken) -> Result<(), Stopped> {
    tokio::select! {
        biased;
        () = stop.cancelled() => Err(Stopped),
        () = backoff.wait() => Ok(()),
    }
}

fn add(sum: &mut Persisted, more: Persisted) {
    sum.accepted += more.accepted;
    sum.duplicates += more.duplicates;
    sum.discarded += more.discarded;
    sum.new_issues += more.new_issues;
    sum.lifecycle += more.lifecycle;
}
