//! Release health: how the sessions of a program went.

use crate::{EventId, Timestamp};

/// What an envelope says of sessions of one release in one environment that began in the same minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionReport {
    /// The minute in which they began.
    pub minute: Timestamp,
    /// The release.
    pub release: String,
    /// The environment; empty where none was named.
    pub environment: String,
    /// Whose they are, as the SDK knows users.
    pub user: Option<String>,
    /// The session, where it is one that may be reported of again: what went wrong with it counts once.
    pub session: Option<EventId>,
    /// How many, and how they went.
    pub counts: Sessions,
}

/// How many sessions there were, and how they went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sessions {
    /// That began.
    pub started: i64,
    /// With an error: among them all that crashed or ended abnormally.
    pub errored: i64,
    /// That ended abnormally: the system ended them, or they hung.
    pub abnormal: i64,
    /// That crashed.
    pub crashed: i64,
}

impl Sessions {
    /// Adds others.
    pub fn add(&mut self, more: Sessions) {
        self.started += more.started;
        self.errored += more.errored;
        self.abnormal += more.abnormal;
        self.crashed += more.crashed;
    }

    /// The share that did not crash, in 0 to 1; none where there were none.
    pub fn crash_free(&self) -> Option<f64> {
        share_without(self.crashed, self.started)
    }
}

/// The share of `all` that is not `some`; none where there are none.
pub fn share_without(some: i64, all: i64) -> Option<f64> {
    (all > 0).then(|| 1.0 - (some as f64 / all as f64).clamp(0.0, 1.0))
}

/// Different ones, counted without keeping them all: exactly up to [`Distinct::EXACT`], beyond that from the smallest of
/// their hashes, which are the denser the more there are (within about 4 % of the truth).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distinct {
    /// The smallest hashes, in order; each once.
    smallest: Vec<u64>,
}

impl Distinct {
    /// So many are counted exactly; a multiple of eight bytes each.
    pub const EXACT: usize = 512;

    /// Counts one more, by a hash whose bits are all as good as random; only its lower 63 bits count.
    pub fn insert(&mut self, hash: u64) {
        let hash = hash & (u64::MAX >> 1);
        if let Err(at) = self.smallest.binary_search(&hash)
            && at < Self::EXACT
        {
            self.smallest.insert(at, hash);
            self.smallest.truncate(Self::EXACT);
        }
    }

    /// Counts all of `other` as well; who is in both counts once.
    pub fn merge(&mut self, other: &Distinct) {
        self.smallest.extend_from_slice(&other.smallest);
        self.smallest.sort_unstable();
        self.smallest.dedup();
        self.smallest.truncate(Self::EXACT);
    }

    /// How many there are.
    pub fn count(&self) -> i64 {
        match self.smallest.last() {
            Some(last) if self.smallest.len() == Self::EXACT => {
                let density = (*last as f64 + 1.0) / (i64::MAX as f64);
                ((Self::EXACT - 1) as f64 / density).round() as i64
            }
            _ => i64::try_from(self.smallest.len()).unwrap_or(i64::MAX),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.smallest.is_empty()
    }

    /// As it is stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.smallest.iter().flat_map(|hash| hash.to_le_bytes()).collect()
    }

    /// Reads what was stored; none where it never was.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (hashes, rest) = bytes.as_chunks::<8>();
        let smallest: Vec<u64> = hashes.iter().map(|hash| u64::from_le_bytes(*hash)).collect();
        let is_whole =
            rest.is_empty() && smallest.len() <= Self::EXACT && smallest.is_sorted_by(|a, b| a < b);
        is_whole.then_some(Distinct { smallest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spread over all bits, as hashes are.
    fn hash(number: u64) -> u64 {
        let mut bits = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    fn of(numbers: std::ops::Range<u64>) -> Distinct {
        let mut distinct = Distinct::default();
        numbers.for_each(|number| distinct.insert(hash(number)));
        distinct
    }

    #[test]
    fn few_are_counted_exactly_and_many_nearly() {
        assert_eq!(of(0..0).count(), 0);
        assert_eq!(of(0..500).count(), 500);
        for many in [2_000, 100_000] {
            let off = (of(0..many).count() as f64 / many as f64 - 1.0).abs();
            assert!(off < 0.12, "{many}: off by {off}");
        }
    }

    #[test]
    fn who_comes_again_counts_once() {
        let mut both = of(0..300);
        both.merge(&of(200..400));
        both.insert(hash(7));
        assert_eq!(both.count(), 400);
        let mut large = of(0..30_000);
        large.merge(&of(20_000..50_000));
        assert_eq!(large, of(0..50_000), "the order of counting does not matter");
    }

    #[test]
    fn what_is_stored_is_read_back() {
        for distinct in [of(0..0), of(0..3), of(0..5_000)] {
            assert_eq!(Distinct::from_bytes(&distinct.to_bytes()), Some(distinct));
        }
        for damaged in [&[1_u8, 2, 3][..], &[1; 16], &vec![0; 8 * (Distinct::EXACT + 1)]] {
            assert_eq!(Distinct::from_bytes(damaged), None);
        }
    }

    #[test]
    fn the_share_that_did_not_crash_is_of_those_that_began() {
        let sessions = |started, crashed| Sessions {
            started,
            crashed,
            ..Sessions::default()
        };
        assert_eq!(sessions(0, 0).crash_free(), None);
        assert_eq!(sessions(200, 1).crash_free(), Some(0.995));
        assert_eq!(
            sessions(1, 2).crash_free(),
            Some(0.0),
            "a crash may be heard of before its beginning"
        );
    }
}
