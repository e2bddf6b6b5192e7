//! What is known to be stored already, so that a batch need not offer it again.
//!
//! Tag values and users repeat: after a while nearly every one of a batch is there. Nothing here is needed for
//! the result, the database decides what is new; it saves the statements that would change nothing. Holds only
//! what was committed.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Entries of each kind that are remembered at least; at most twice as many.
const GENERATION: usize = 100_000;

/// Rows known to be stored.
#[derive(Debug, Default)]
pub(crate) struct Known {
    sets: Mutex<Sets>,
}

/// One set for each table.
#[derive(Debug, Default)]
pub(crate) struct Sets {
    /// Ids of `tag_value`. Who deletes from that table calls [`Known::forget`].
    pub(crate) tag_values: Recent<i64>,
    /// Ids of `app_user`, with what the user was described as; the same holds.
    pub(crate) users: Recent<(i64, u64)>,
    /// Rows of `issue_user`, with the revision that the issue had: whatever takes users from an issue moves it on.
    pub(crate) issue_users: Recent<(i64, i64, i64)>,
}

impl Known {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Sets> {
        // The sets are hints that hold at every moment: a panic elsewhere has broken nothing.
        self.sets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everything.
    pub(crate) fn forget(&self) {
        *self.lock() = Sets::default();
    }
}

/// A set that remembers what was seen lately: when it is full, what was not seen since it was last full goes.
#[derive(Debug)]
pub(crate) struct Recent<T> {
    young: HashSet<T, BuildHasherDefault<Folded>>,
    old: HashSet<T, BuildHasherDefault<Folded>>,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Recent {
            young: HashSet::default(),
            old: HashSet::default(),
        }
    }
}

impl<T: Copy + Eq + Hash> Recent<T> {
    pub(crate) fn contains(&mut self, value: T) -> bool {
        if self.young.contains(&value) {
            return true;
        }
        let is_old = self.old.contains(&value);
        if is_old {
            self.insert(value);
        }
        is_old
    }

    pub(crate) fn insert(&mut self, value: T) {
        if self.young.len() >= GENERATION {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        self.young.insert(value);
    }
}

/// Hashes what holds nothing but ids, which are hashes or spread already.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Folded(u64);

impl Hasher for Folded {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        // Multiply and fold: cheap, and every bit of the word reaches the low bits that pick the bucket.
        let wide = u128::from(self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
        self.0 = (wide as u64) ^ ((wide >> 64) as u64);
    }

    fn write_i64(&mut self, word: i64) {
        self.write_u64(word as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let mut recent = Recent::default();
        let many = 3 * GENERATION as i64;
        for value in 0..many {
            assert!(value == 0 || recent.contains(0) || value == 1, "{value}");
            recent.insert(value);
        }
        assert!(recent.contains(0));
        assert!(!recent.contains(GENERATION as i64 / 2));
        assert!(recent.young.len() + recent.old.len() <= 2 * GENERATION);
    }
}
