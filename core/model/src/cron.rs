//! When a job is due: five fields as cron has them, and perhaps a time zone behind them.
//!
//! The `cron` crate counts the days of the week from Sunday as 1 and wants both days to fit; cron itself counts from
//! 0 and is content with either where both are named. Both are translated here.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::DateTime;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// What is allowed, for error messages.
const ALLOWED: &str =
    "five fields and perhaps a time zone are needed, as in '0 9 * * 1-5' or '0 9 * * 1-5 Europe/Berlin'";

/// The names of the days, from 0.
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// When something is to be done: minute, hour, day of the month, month, day of the week; in UTC, unless a time zone
/// follows. Where clocks are put forward, times that are skipped are left out; where they are put back, a time that
/// comes twice counts once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cron {
    text: String,
    zone: Tz,
    /// Either of them will do.
    schedules: Vec<cron::Schedule>,
}

impl Cron {
    /// The first time after `after`; none if there is none before the year 2100.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let after = DateTime::from_timestamp_micros(after.micros())?.with_timezone(&self.zone);
        let next = self
            .schedules
            .iter()
            .filter_map(|schedule| schedule.after(&after).find(|next| *next > after));
        next.min()
            .map(|next| Timestamp::from_micros(next.timestamp_micros()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Cron {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fields: Vec<_> = text.split_ascii_whitespace().collect();
        let (fields, zone) = match fields.as_slice() {
            [fields @ .., zone] if fields.len() == 5 => (fields, read_zone(zone)?),
            fields => (fields, Tz::UTC),
        };
        let &[minute, hour, day, month, weekday] = fields else {
            return Err(ALLOWED.to_owned());
        };
        let is_cron_char = |c: char| c.is_ascii_alphanumeric() || "*/,-".contains(c);
        if !fields.iter().all(|field| field.chars().all(is_cron_char)) {
            return Err(ALLOWED.to_owned());
        }
        let weekdays = read_weekdays(weekday)?;
        let (is_day_named, is_weekday_named) = (!day.starts_with('*'), !weekday.starts_with('*'));
        let pairs = match is_day_named && is_weekday_named {
            true => vec![(day, "*"), ("*", weekdays.as_str())],
            false => vec![(day, weekdays.as_str())],
        };
        let schedules = pairs.into_iter().map(|(day, weekday)| {
            let seven = format!("0 {minute} {hour} {day} {month} {weekday} *");
            seven.parse().map_err(|_| ALLOWED.to_owned())
        });
        Ok(Cron {
            text: text.to_owned(),
            zone,
            schedules: schedules.collect::<Result<_, _>>()?,
        })
    }
}

fn read_zone(name: &str) -> Result<Tz, String> {
    let shown: String = name.chars().take(64).collect();
    name.parse()
        .map_err(|_| format!("there is no time zone '{shown}', such as Europe/Berlin"))
}

/// The days of the week as the crate counts them.
fn read_weekdays(field: &str) -> Result<String, String> {
    if field == "*" {
        return Ok(field.to_owned());
    }
    let mut days = BTreeSet::new();
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)),
            None => (part, Some(1_usize)),
        };
        let step = step.ok_or_else(|| ALLOWED.to_owned())?;
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (read_day(first)?, read_day(last)?),
            None if range == "*" => (0, 6),
            None if part.contains('/') => (read_day(range)?, 6),
            None => (read_day(range)?, read_day(range)?),
        };
        // Sunday ends a week as well as it begins one.
        let last = if last == 0 && first > 0 { 7 } else { last };
        if first > last {
            return Err(ALLOWED.to_owned());
        }
        days.extend((first..=last).step_by(step).map(|day| day % 7 + 1));
    }
    let days: Vec<_> = days.iter().map(ToString::to_string).collect();
    Ok(days.join(","))
}

fn read_day(text: &str) -> Result<usize, String> {
    let named = DAYS.iter().position(|name| text.eq_ignore_ascii_case(name));
    let numbered = || text.parse().ok().filter(|day| *day <= 7);
    named.or_else(numbered).ok_or_else(|| ALLOWED.to_owned())
}

impl TryFrom<String> for Cron {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Cron> for String {
    fn from(cron: Cron) -> String {
        cron.text
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Cron {}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).expect("a time")
    }

    /// The next times after `after`.
    fn next(cron: &str, after: &str, count: usize) -> Vec<String> {
        let cron: Cron = cron.parse().expect("a cron expression");
        let mut last = at(after);
        let mut times = Vec::new();
        for _ in 0..count {
            let Some(next) = cron.next_after(last) else { break };
            times.push(next.to_string());
            last = next;
        }
        times
    }

    #[test]
    fn days_of_the_week_count_from_sunday_as_0() {
        // 2026-11-20 is a Friday.
        let after = "2026-11-20T10:00:00Z";
        let monday = ["2026-11-23T09:00:00Z"];
        for weekdays in ["1-5", "mon-fri", "1,2,3,4,5", "MON"] {
            assert_eq!(
                next(&format!("0 9 * * {weekdays}"), after, 1),
                monday,
                "{weekdays}"
            );
        }
        for weekdays in ["0", "7", "sun", "7-7"] {
            let sunday = ["2026-11-22T09:00:00Z"];
            assert_eq!(
                next(&format!("0 9 * * {weekdays}"), after, 1),
                sunday,
                "{weekdays}"
            );
        }
        let weekend = [
            "2026-11-21T09:00:00Z",
            "2026-11-22T09:00:00Z",
            "2026-11-28T09:00:00Z",
        ];
        for weekdays in ["6-7", "sat-sun", "6,0"] {
            assert_eq!(
                next(&format!("0 9 * * {weekdays}"), after, 3),
                weekend,
                "{weekdays}"
            );
        }
    }

    #[test]
    fn where_both_days_are_named_either_will_do() {
        let times = next("0 0 13 * 5", "2026-11-01T00:00:00Z", 3);
        assert_eq!(
            times,
            [
                "2026-11-06T00:00:00Z",
                "2026-11-13T00:00:00Z",
                "2026-11-20T00:00:00Z"
            ]
        );
        let times = next("0 0 13 * *", "2026-11-01T00:00:00Z", 2);
        assert_eq!(times, ["2026-11-13T00:00:00Z", "2026-12-13T00:00:00Z"]);
    }

    #[test]
    fn steps_lists_and_months_are_as_in_cron() {
        let times = next("*/20 8,20 1 jan,7 *", "2026-11-20T10:00:00Z", 4);
        assert_eq!(
            times,
            [
                "2027-01-01T08:00:00Z",
                "2027-01-01T08:20:00Z",
                "2027-01-01T08:40:00Z",
                "2027-01-01T20:00:00Z"
            ]
        );
        assert!(next("0 0 30 2 *", "2026-11-20T10:00:00Z", 1).is_empty(), "never");
    }

    #[test]
    fn a_time_zone_has_its_summer() {
        let times = next("0 9 * * * Europe/Berlin", "2026-10-24T00:00:00Z", 2);
        assert_eq!(times, ["2026-10-24T07:00:00Z", "2026-10-25T08:00:00Z"]);
        // 02:30 comes twice on the 25th of October 2026, and not at all on the 28th of March 2027.
        let times = next("30 2 * * * Europe/Berlin", "2026-10-24T12:00:00Z", 2);
        assert_eq!(times, ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
        let times = next("30 2 * * * Europe/Berlin", "2027-03-27T12:00:00Z", 1);
        assert_eq!(times, ["2027-03-29T00:30:00Z"]);
    }

    #[test]
    fn what_is_none_is_refused() {
        for (text, word) in [
            ("", "five fields"),
            ("0 9 * *", "five fields"),
            ("0 9 * * 8", "five fields"),
            ("61 9 * * *", "five fields"),
            ("0 9 * * 5-1", "five fields"),
            ("0 9 * * */0", "five fields"),
            ("0 9 ? * 1#2", "five fields"),
            ("0 9 * * * Mars/Olympus", "no time zone 'Mars/Olympus'"),
            ("0 0 9 * * 1 2", "five fields"),
        ] {
            let error = text.parse::<Cron>().expect_err(text);
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
