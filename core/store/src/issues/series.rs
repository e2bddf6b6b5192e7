//! Events of issues over time, from the hourly counts.

use std::collections::BTreeMap;

use errand_model::question::{MOST_STEPS, Span, step_of, step_start};
use errand_model::{IssueId, Timestamp};

use crate::{Db, Result, Statement, fetch_all};

/// How wide and how many the intervals of a series are; the last one holds the present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intervals {
    /// How many.
    pub count: usize,
    /// Hours in each.
    pub hours: i64,
}

impl Intervals {
    /// The last day, by hour.
    pub const DAY: Intervals = Intervals { count: 24, hours: 1 };
    /// The last two weeks, by day.
    pub const FORTNIGHT: Intervals = Intervals { count: 14, hours: 24 };
    /// The last thirty days, by day.
    pub const MONTH: Intervals = Intervals { count: 30, hours: 24 };

    const fn micros(self) -> i64 {
        self.hours * 3_600_000_000
    }

    /// The start of the first interval. Intervals start at full hours or days of UTC.
    pub const fn start(self, now: Timestamp) -> Timestamp {
        let width = self.micros();
        let last = now.micros().div_euclid(width) * width;
        Timestamp::from_micros(last - (self.count as i64 - 1) * width)
    }

    /// When each of them starts, and how many events there were.
    fn filled(self, now: Timestamp, hours: &BTreeMap<i64, i64>) -> Vec<(Timestamp, i64)> {
        let (start, width) = (self.start(now).micros(), self.micros());
        let at = |n: usize| start + n as i64 * width;
        let events = |from: i64| hours.range(from..from + width).map(|(_, events)| events).sum();
        (0..self.count)
            .map(|n| (Timestamp::from_micros(at(n)), events(at(n))))
            .collect()
    }
}

/// The series of each of `issues`; those that had no event have zeros.
pub async fn series(
    db: &Db,
    issues: &[IssueId],
    intervals: Intervals,
    now: Timestamp,
) -> Result<BTreeMap<IssueId, Vec<(Timestamp, i64)>>> {
    let mut hours: BTreeMap<IssueId, BTreeMap<i64, i64>> =
        issues.iter().map(|issue| (*issue, BTreeMap::new())).collect();
    let mut statement = Statement::new(
        db.dialect(),
        "SELECT issue_id, hour, events FROM issue_hour WHERE issue_id IN ",
    );
    statement.bind_list(issues.iter().map(|issue| issue.0))?;
    statement
        .push(" AND hour >= ")
        .bind(intervals.start(now).micros())?;
    let rows: Vec<(i64, i64, i64)> = statement.fetch_all(db).await?;
    for (issue, hour, events) in rows {
        hours.entry(IssueId(issue)).or_default().insert(hour, events);
    }
    Ok(hours
        .into_iter()
        .map(|(issue, hours)| (issue, intervals.filled(now, &hours)))
        .collect())
}

/// Events of an issue in a span, in steps of `step` seconds, which are hours or longer: when each step begins, and how many
/// fell into it.
pub async fn in_steps(db: &Db, issue: IssueId, span: Span, step: i64) -> Result<Vec<(Timestamp, i64)>> {
    // Days are added up where they are; weeks do not begin where the count of micros does.
    let unit = step.min(86_400) * 1_000_000;
    let rows = fetch_all!(
        db,
        (i64, i64),
        "SELECT hour / $1 * $1, CAST(SUM(events) AS BIGINT) FROM issue_hour
         WHERE issue_id = $2 AND hour >= $3 AND hour < $4 GROUP BY 1 ORDER BY 1 LIMIT 100000",
        unit,
        issue.0,
        span.since.hour().micros(),
        span.until.micros()
    )?;
    let number = |time: i64| step_of(time, step);
    let (first, last) = (number(span.since.micros()), number(span.until.micros() - 1));
    let mut steps: BTreeMap<i64, i64> = (first..=last)
        .take(MOST_STEPS as usize)
        .map(|at| (at, 0))
        .collect();
    for (time, events) in rows {
        if let Some(sum) = steps.get_mut(&number(time)) {
            *sum += events;
        }
    }
    Ok(steps
        .into_iter()
        .map(|(at, events)| (step_start(at, step), events))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_interval_holds_the_present() {
        let now = Timestamp::parse_rfc3339("2026-11-22T18:29:13Z").expect("a time");
        let hour = now.hour().micros();
        let hours = BTreeMap::from([
            (hour, 3),
            (hour - 3_600_000_000, 2),
            (hour - 25 * 3_600_000_000, 7),
        ]);
        let day = Intervals::DAY.filled(now, &hours);
        assert_eq!(day.len(), 24);
        assert_eq!(day[23], (now.hour(), 3));
        assert_eq!(day[22].1, 2);
        assert_eq!(day.iter().map(|(_, events)| events).sum::<i64>(), 5);
        let days = Intervals::FORTNIGHT.filled(now, &hours);
        assert_eq!(days.last().map(|(_, events)| *events), Some(5));
        assert_eq!(days.iter().map(|(_, events)| events).sum::<i64>(), 12);
    }
}
