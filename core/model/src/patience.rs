//! How long who failed has to wait before the next try.

use crate::Timestamp;

/// A number of failures is free; each further one doubles the wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Failures after which nobody waits yet.
    pub free: i64,
    /// The first wait, in seconds.
    pub first_seconds: i64,
    /// The longest wait, in seconds.
    pub most_seconds: i64,
}

impl Patience {
    /// Until when nothing more is heard after so many failures, the last of them at `last`; none where nobody waits.
    pub fn until(self, failures: i64, last: Timestamp) -> Option<Timestamp> {
        let beyond = failures - self.free;
        if beyond <= 0 {
            return None;
        }
        let doublings = u32::try_from(beyond - 1).unwrap_or(u32::MAX).min(32);
        let seconds = self
            .first_seconds
            .saturating_mul(1_i64 << doublings)
            .min(self.most_seconds);
        Some(last.plus_seconds(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_bound() {
        let patience = Patience {
            free: 3,
            first_seconds: 10,
            most_seconds: 60,
        };
        let last = Timestamp::from_seconds(1_000);
        let waits = (0..9).map(|failures| {
            let until = patience.until(failures, last);
            until.map(|until| (until.micros() - last.micros()) / 1_000_000)
        });
        let expected = [
            None,
            None,
            None,
            None,
            Some(10),
            Some(20),
            Some(40),
            Some(60),
            Some(60),
        ];
        assert_eq!(waits.collect::<Vec<_>>(), expected);
        assert_eq!(patience.until(i64::MAX, last), Some(last.plus_seconds(60)));
    }
}
