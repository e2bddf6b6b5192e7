//! Different numbers: all of them while there is room, and beyond that the smallest of their hashes, which are the denser the more
//! numbers there are.

/// Different numbers: sorted, with what came since at the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Distinct {
    /// The numbers; their hashes once there is a bound.
    numbers: Vec<i64>,
    sorted: usize,
    /// How many hashes are kept at most; none for all numbers.
    most: Option<usize>,
}

impl Distinct {
    pub(super) fn push(&mut self, number: i64) {
        self.numbers.push(match self.most {
            Some(_) => mixed(number),
            None => number,
        });
        if self.numbers.len() > 1_024 && self.numbers.len() > 2 * self.sorted {
            self.settle();
        }
    }

    /// Puts them in order, each once.
    pub(super) fn settle(&mut self) {
        if self.sorted < self.numbers.len() {
            // What is added is sorted as well: the stable sort merges what is in order already.
            self.numbers.sort();
            self.numbers.dedup();
            self.sorted = self.numbers.len();
        }
        if let Some(most) = self.most
            && self.numbers.len() > most
        {
            self.numbers.truncate(most);
            self.numbers.shrink_to_fit();
            self.sorted = most;
        }
    }

    /// From now on keeps so many hashes at most.
    pub(super) fn bound(&mut self, most: usize) {
        if self.most.is_none() {
            self.numbers
                .iter_mut()
                .for_each(|number| *number = mixed(*number));
            self.sorted = 0;
        }
        self.most = Some(self.most.map_or(most, |before| before.min(most)));
        self.settle();
    }

    pub(super) fn add(&mut self, other: &Distinct) {
        if let Some(most) = other.most
            && self.most.is_none_or(|mine| mine > most)
        {
            self.bound(most);
        }
        if self.numbers.is_empty() && self.most == other.most {
            self.clone_from(other);
            return;
        }
        match (self.most, other.most) {
            (Some(_), None) => {
                self.numbers
                    .extend(other.numbers.iter().map(|number| mixed(*number)));
            }
            _ => self.numbers.extend_from_slice(&other.numbers),
        }
        if self.numbers.len() > 2 * self.sorted {
            self.settle();
        }
    }

    /// The numbers themselves; none where only hashes are kept.
    pub(super) fn numbers(mut self) -> Vec<i64> {
        self.settle();
        match self.most {
            Some(_) => Vec::new(),
            None => self.numbers,
        }
    }

    /// How many are kept.
    pub(super) const fn kept(&self) -> usize {
        self.numbers.len()
    }

    /// How many there are, or about so many.
    pub(super) fn count(&mut self) -> i64 {
        self.settle();
        match (self.most, self.numbers.last()) {
            (Some(most), Some(last)) if self.numbers.len() == most => {
                // The share of all hashes that lie below the last of these.
                let share = (*last as f64 - i64::MIN as f64 + 1.0) / 2_f64.powi(64);
                ((most as f64 - 1.0) / share).round() as i64
            }
            _ => self.numbers.len() as i64,
        }
    }
}

/// Within how many per cent a count of so many hashes is, nineteen times of twenty.
pub(super) fn within(most: usize) -> f64 {
    200.0 / (most as f64).sqrt()
}

/// A hash of a number, another for each (the finalizer of SplitMix64).
const fn mixed(number: i64) -> i64 {
    let mut bits = number.cast_unsigned().wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (bits ^ (bits >> 31)).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: impl Iterator<Item = i64>) -> Distinct {
        let mut distinct = Distinct::default();
        numbers.for_each(|number| distinct.push(number));
        distinct
    }

    #[test]
    fn whoever_is_pushed_twice_counts_once() {
        let mut distinct = of((0..5_000).chain(0..5_000).rev());
        let more = of(4_990..5_010);
        distinct.add(&more);
        assert_eq!(distinct.count(), 5_010);
        let mut empty = Distinct::default();
        empty.add(&more);
        empty.add(&more);
        assert_eq!(empty.count(), 20);
    }

    #[test]
    fn what_is_bounded_is_counted_about_and_takes_no_more_room() {
        for most in [1_024, 16_384] {
            let mut distinct = of(0..200_000);
            distinct.bound(most);
            // In whatever order they come, and whoever is bounded already.
            let mut exact = of(100_000..400_000);
            let mut bounded = of(350_000..500_000);
            bounded.bound(most);
            exact.add(&bounded);
            distinct.add(&exact);
            let off = (distinct.count() - 500_000).abs() as f64 / 5_000.0;
            assert!(off <= 2.0 * within(most), "{most}: {off} % off");
            assert!(distinct.kept() <= most, "{}", distinct.kept());
        }
        let mut few = of(0..1_000);
        few.bound(1_024);
        few.add(&of(500..1_010));
        assert_eq!(few.count(), 1_010, "few are counted exactly");
    }
}
