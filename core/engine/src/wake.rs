//! How the loops of the engine tell each other, and who waits for them, that something happened.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

/// Wakes one loop. What is said while nobody waits is not lost.
#[derive(Debug, Default)]
pub struct Wake(Notify);

impl Wake {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Wake::default())
    }

    /// There is something to do.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    /// Until there is, but no longer than `patience`: another process may have written what is to be done.
    pub(crate) async fn wait(&self, patience: Duration) {
        let _ = tokio::time::timeout(patience, self.0.notified()).await;
    }
}

/// Counts what was done, for who waits until enough was.
#[derive(Debug)]
pub(crate) struct Steps(watch::Sender<u64>);

impl Steps {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Steps(watch::Sender::new(0)))
    }

    /// Something was done.
    pub(crate) fn step(&self) {
        self.0.send_modify(|steps| *steps += 1);
    }

    /// How much was done so far.
    pub(crate) fn taken(&self) -> u64 {
        *self.0.borrow()
    }

    /// Until `steps` were taken.
    pub(crate) async fn reach(&self, steps: u64) {
        // The sender lives as long as `self`.
        let _ = self.0.subscribe().wait_for(|taken| *taken >= steps).await;
    }
}
