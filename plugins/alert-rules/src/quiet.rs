//! `mute`: when a rule keeps quiet.

use crate::time;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const ALLOWED: &str =
    "a time (22:00-07:00), days (mon-fri, or sat,sun), both, and a place east of UTC (+01:00)";

/// A stretch of each day, or of some days.
#[derive(Debug, PartialEq, Eq)]
pub struct Mute {
    /// The days on which it begins, from Monday.
    days: [bool; 7],
    /// Minutes of the day; where the end is not after the begin, it is of the next day.
    from: i64,
    until: i64,
    /// Minutes east of UTC.
    offset: i64,
    /// As it was written.
    text: String,
}

impl Mute {
    /// `22:00-07:00 mon-fri +01:00`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |part: &str| format!("'{part}' says no time to keep quiet; allowed: {ALLOWED}");
        let mut mute = Mute {
            days: [true; 7],
            from: 0,
            until: 24 * 60,
            offset: 0,
            text: text.to_owned(),
        };
        let mut parts = text.split_whitespace().peekable();
        if parts.peek().is_none() {
            return Err(wrong(text));
        }
        for part in parts {
            if let Some(offset) = time::offset(part) {
                mute.offset = offset;
            } else if let Some((from, until)) = times(part) {
                (mute.from, mute.until) = (from, until);
            } else {
                mute.days = days(part).ok_or_else(|| wrong(part))?;
            }
        }
        Ok(mute)
    }

    /// Whether it holds at a time.
    pub fn holds(&self, at: i64) -> bool {
        let (day, minute) = time::local(at, self.offset);
        let on = |day: i64| self.days[usize::try_from(day.rem_euclid(7)).unwrap_or(0)];
        if self.from < self.until {
            on(day) && (self.from..self.until).contains(&minute)
        } else {
            (on(day) && minute >= self.from) || (on(day - 1) && minute < self.until)
        }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn times(part: &str) -> Option<(i64, i64)> {
    let (from, until) = part.split_once('-')?;
    Some((time::of_day(from)?, time::of_day(until)?))
}

/// `mon-fri`, `sat,sun`: from Monday.
pub fn days(part: &str) -> Option<[bool; 7]> {
    let day = |name: &str| DAYS.iter().position(|day| *day == name.to_ascii_lowercase());
    let mut days = [false; 7];
    for piece in part.split(',') {
        match piece.split_once('-') {
            Some((from, until)) => {
                let (from, until) = (day(from)?, day(until)?);
                let length = (until + 7 - from) % 7;
                (0..=length).for_each(|step| days[(from + step) % 7] = true);
            }
            None => days[day(piece)?] = true,
        }
    }
    Some(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 2026-11-23 00:00 UTC.
    const MONDAY: i64 = 1_795_392_000_000;

    fn at(day: i64, hour: i64) -> i64 {
        MONDAY + day * time::DAY_MS + hour * 3_600_000
    }

    #[test]
    fn a_night_begins_on_one_day_and_ends_on_the_next() {
        let nights = Mute::parse("22:00-07:00 mon-fri").unwrap();
        for (day, hour, holds) in [
            (0, 21, false),
            (0, 22, true),
            (1, 6, true),
            (1, 7, false),
            (5, 6, true),
            (5, 23, false),
            (0, 3, false),
        ] {
            assert_eq!(nights.holds(at(day, hour)), holds, "day {day}, {hour}:00");
        }
        let abroad = Mute::parse("22:00-07:00 +01:00").unwrap();
        assert!(abroad.holds(at(0, 21)) && !abroad.holds(at(1, 6)));
    }

    #[test]
    fn days_stand_for_all_of_the_day() {
        let weekend = Mute::parse("sat,sun").unwrap();
        assert!(weekend.holds(at(5, 0)) && weekend.holds(at(6, 23)) && !weekend.holds(at(4, 23)));
        assert!(Mute::parse("fri-mon").unwrap().holds(at(0, 5)));
        for wrong in ["", "22:00", "25:00-07:00", "someday", "22:00-7:00", "mon-"] {
            assert!(
                Mute::parse(wrong).unwrap_err().contains("allowed: a time"),
                "{wrong}"
            );
        }
    }
}
