//! How much a job takes away at a time, so that nobody who wants to write waits long.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How long a batch should hold up who wants to write. Half of what it may, because disks have bad moments.
const AIM: Duration = Duration::from_millis(20);
/// Events, and pages, of the first batch; and of the largest.
const FIRST: usize = 16;
const MOST: usize = 512;

/// How much is done at a time: less after a batch that took long.
#[derive(Debug)]
pub(super) struct Pace(AtomicUsize);

impl Pace {
    pub(super) const fn new() -> Self {
        Pace(AtomicUsize::new(FIRST))
    }

    pub(super) fn batch(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn learn(&self, held: Duration) {
        let batch = self.batch();
        let next = if held > AIM {
            batch / 2
        } else if held < AIM / 2 {
            batch + batch / 4 + 1
        } else {
            batch
        };
        self.0.store(next.clamp(1, MOST), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_grow_while_they_are_quick_and_shrink_at_once_when_they_are_not() {
        let pace = Pace::new();
        for _ in 0..100 {
            pace.learn(Duration::from_millis(1));
        }
        assert_eq!(pace.batch(), MOST);
        for _ in 0..3 {
            pace.learn(Duration::from_millis(45));
        }
        assert_eq!(pace.batch(), MOST / 8);
        for _ in 0..100 {
            pace.learn(Duration::from_secs(1));
        }
        assert_eq!(pace.batch(), 1);
    }
}
