//! How long ago came what is being stored now.

use std::sync::atomic::{AtomicI64, Ordering};

use errand_model::Timestamp;

/// When the oldest envelope of the batch under way came.
#[derive(Debug, Default)]
pub(crate) struct Lag(AtomicI64);

impl Lag {
    /// A batch is begun.
    pub(super) fn begin(&self, oldest: Option<Timestamp>) {
        self.0
            .store(oldest.map_or(0, Timestamp::micros), Ordering::Relaxed);
    }

    /// It is stored.
    pub(super) fn end(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Seconds that what is being stored has waited; 0 when nothing is.
    pub(crate) fn seconds(&self, now: Timestamp) -> f64 {
        match self.0.load(Ordering::Relaxed) {
            0 => 0.0,
            oldest => now.micros().saturating_sub(oldest).max(0) as f64 / 1e6,
        }
    }
}
