//! Which time is looked at: `statsPeriod` and `interval`.

use errand_model::Timestamp;

use crate::api::error::invalid;
use crate::api::query::QueryPairs;
use crate::error::Error;

const HOUR: i64 = 3_600;

/// Intervals that are answered at most.
const MOST_INTERVALS: i64 = 1_000;

/// The time that is looked at, in intervals.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    step: i64,
}

impl Span {
    /// As a request asks for it.
    pub(super) fn of(query: &QueryPairs, now: Timestamp) -> Result<Self, Error> {
        let step = query
            .choose("interval", &[("1h", HOUR), ("1d", 24 * HOUR)])?
            .unwrap_or(HOUR);
        let period = query.text("statsPeriod").unwrap_or("24h");
        let hours =
            hours(period).ok_or_else(|| invalid("statsPeriod", period, "hours or days, as 24h or 14d"))?;
        let last = now.seconds().div_euclid(step) * step;
        let count = (hours * HOUR / step).clamp(1, MOST_INTERVALS);
        Ok(Span {
            start: Timestamp::from_seconds(last - (count - 1) * step),
            end: Timestamp::from_seconds(last + step),
            step,
        })
    }

    /// The start of each interval.
    pub(super) fn intervals(self) -> impl Iterator<Item = Timestamp> {
        let count = (self.end.seconds() - self.start.seconds()) / self.step;
        (0..count).map(move |n| self.start.plus_seconds(n * self.step))
    }

    /// Which interval an hour is in.
    pub(super) fn index(self, hour: i64) -> Option<usize> {
        let seconds = Timestamp::from_micros(hour).seconds() - self.start.seconds();
        usize::try_from(seconds.div_euclid(self.step)).ok()
    }
}

/// `24h` or `14d` in hours.
fn hours(period: &str) -> Option<i64> {
    let (number, unit) = period.split_at_checked(period.len().checked_sub(1)?)?;
    let number: i64 = number
        .parse()
        .ok()
        .filter(|number| (1..=2_160).contains(number))?;
    match unit {
        "h" => Some(number),
        "d" if number <= 90 => Some(number * 24),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::hours;

    #[test]
    fn periods_are_hours_or_days() {
        assert_eq!(hours("24h"), Some(24));
        assert_eq!(hours("14d"), Some(336));
        for wrong in ["", "d", "91d", "0h", "-1h", "1w", "9999999999999999999h"] {
            assert_eq!(hours(wrong), None, "{wrong}");
        }
    }
}
