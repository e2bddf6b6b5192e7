//! What was found of blocks, which do not change: the same question costs no second look.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::tally::Tally;

/// Bytes that a generation may take; two are kept.
const GENERATION: usize = 32 << 20;

/// The largest tally that is kept, in bytes.
pub(super) const MOST_KEPT: usize = GENERATION / 2;

/// The question (a hash of all that matters of it), the block, and the number of moves that it was counted at.
pub(super) type Place = ([u8; 32], i64, i64);

/// Tallies of blocks.
#[derive(Debug, Default)]
pub(crate) struct Found {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    young: HashMap<Place, Arc<Tally>>,
    old: HashMap<Place, Arc<Tally>>,
    bytes: usize,
}

impl Found {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        // What is kept is whole at every moment.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, place: &Place) -> Option<Arc<Tally>> {
        let mut kept = self.lock();
        if let Some(tally) = kept.young.get(place) {
            return Some(Arc::clone(tally));
        }
        let tally = kept.old.remove(place)?;
        kept.put(*place, Arc::clone(&tally));
        Some(tally)
    }

    pub(super) fn put(&self, place: Place, tally: Arc<Tally>) {
        self.lock().put(place, tally);
    }
}

impl Kept {
    /// What was not asked for since the last generation began goes.
    fn put(&mut self, place: Place, tally: Arc<Tally>) {
        let weight = tally.weight();
        if self.bytes + weight > GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        if weight <= MOST_KEPT && self.young.insert(place, tally).is_none() {
            self.bytes += weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use errand_model::question::Label;

    use super::*;
    use crate::facts::tally::Cell;

    #[test]
    fn what_is_asked_for_stays_within_the_bound() {
        let found = Found::default();
        let mut cell = Cell::default();
        (0..100_000).for_each(|user| cell.users.push(user));
        let mut tally = Tally::default();
        tally.put(vec![Label::Missing], 0, cell).expect("there is room");
        let tally = Arc::new(tally);
        let place = |block| ([0; 32], block, 0);
        for block in 0..200 {
            found.put(place(block), Arc::clone(&tally));
            assert!(found.get(&place(0)).is_some(), "block {block}");
        }
        assert!(found.get(&place(1)).is_none());
        assert!(found.get(&place(199)).is_some());
        let kept = found.lock();
        assert!((kept.young.len() + kept.old.len()) * tally.weight() <= 2 * GENERATION);
    }
}
