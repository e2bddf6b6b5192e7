//! Counts what ends before it is an envelope in the queue, and writes the sums down from time to time: what is
//! turned away at the door has to cost less than what is let in.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use errand_model::ProjectId;
use errand_model::outcome::{Category, Outcome, OutcomeCount};
use errand_store::outcomes;

use crate::hub::Hub;

/// Sums kept between two flushes.
const MAX_SUMS: usize = 10_000;

type Key = (ProjectId, Category, Outcome, String);

/// Sums of outcomes that are not written down yet.
#[derive(Debug, Default)]
pub(crate) struct OutcomeMeter {
    sums: Mutex<BTreeMap<Key, i64>>,
}

impl OutcomeMeter {
    /// Adds to the sums. Where there are too many, it goes to a sum without reason, and counts in the metrics alone
    /// if there is none.
    pub(crate) fn count(&self, counted: OutcomeCount) {
        let OutcomeCount {
            project,
            category,
            outcome,
            reason,
            quantity,
        } = counted;
        metrics::counter!("errand_outcomes_total", "category" => category.as_str(), "outcome" => outcome.as_str())
            .increment(u64::try_from(quantity).unwrap_or(0));
        let mut sums = self.sums();
        let mut key = (project, category, outcome, reason);
        if sums.len() >= MAX_SUMS && !sums.contains_key(&key) {
            key.3 = String::new();
            if sums.len() >= 2 * MAX_SUMS && !sums.contains_key(&key) {
                return;
            }
        }
        *sums.entry(key).or_default() += quantity;
    }

    /// Writes the sums down. What could not be written is kept for the next time.
    pub(crate) async fn flush(&self, hub: &Hub) -> errand_store::Result<()> {
        let sums = std::mem::take(&mut *self.sums());
        if sums.is_empty() {
            return Ok(());
        }
        let written = write(hub, &sums).await;
        if written.is_err() {
            let mut now = self.sums();
            for (key, quantity) in sums {
                *now.entry(key).or_default() += quantity;
            }
        }
        written
    }

    fn sums(&self) -> MutexGuard<'_, BTreeMap<Key, i64>> {
        // Sums are whole at every moment.
        self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write(hub: &Hub, sums: &BTreeMap<Key, i64>) -> errand_store::Result<()> {
    let count = |((project, category, outcome, reason), quantity): (&Key, &i64)| OutcomeCount {
        project: *project,
        category: *category,
        outcome: *outcome,
        reason: reason.clone(),
        quantity: *quantity,
    };
    // The store wants them in order, which a sorted map keeps.
    let counts: Vec<OutcomeCount> = sums.iter().map(count).collect();
    let mut tx = hub.db.begin().await?;
    outcomes::add(&mut tx, hub.now(), &counts).await?;
    tx.commit().await
}
