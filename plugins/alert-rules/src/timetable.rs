//! `at 09:00 mon-fri +01:00 for is:unresolved level:fatal`, `cron 0 9 * * 1 for …`: by the clock, about the issues that a
//! search finds.

use crate::quiet;
use crate::time;

/// What was missed for longer is not made up for.
const LATE_MS: u64 = 3_600_000;
const ALLOWED: &str =
    "at 09:00 mon-fri +01:00 for is:unresolved level:fatal, cron 0 9 * * 1-5 +01:00 for is:unresolved";

/// When, and about what.
#[derive(Debug, PartialEq, Eq)]
pub struct Timetable {
    minutes: Vec<bool>,
    hours: Vec<bool>,
    days: Vec<bool>,
    months: Vec<bool>,
    /// From Monday.
    weekdays: Vec<bool>,
    /// Whether either day will do: both are named.
    is_either_day: bool,
    /// Minutes east of UTC.
    offset: i64,
    /// Issues that it is about.
    pub search: String,
    /// As it was written.
    pub text: String,
}

impl Timetable {
    /// Whether a text is meant to be one.
    pub fn is_meant(words: &[&str]) -> bool {
        matches!(words, ["at" | "cron", ..])
    }

    pub fn parse(text: &str, words: &[&str]) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no time; allowed: {ALLOWED}");
        let at = words.iter().position(|word| *word == "for").ok_or_else(wrong)?;
        let (when, search) = words.split_at(at);
        let search = search.get(1..).unwrap_or_default().join(" ");
        let mut table = Timetable {
            minutes: vec![true; 60],
            hours: vec![true; 24],
            days: vec![true; 32],
            months: vec![true; 13],
            weekdays: vec![true; 7],
            is_either_day: false,
            offset: 0,
            search,
            text: text.to_owned(),
        };
        let read = match when {
            ["at", minute, rest @ ..] => table.of_day(minute, rest),
            ["cron", minute, hour, day, month, weekday, rest @ ..] => {
                table.cron([minute, hour, day, month, weekday], rest)
            }
            _ => None,
        };
        match read.is_some() && !table.search.is_empty() {
            true => Ok(table),
            false => Err(wrong()),
        }
    }

    fn of_day(&mut self, minute: &str, rest: &[&str]) -> Option<()> {
        let at = time::of_day(minute).filter(|at| *at < 24 * 60)?;
        self.minutes = only(60, at % 60);
        self.hours = only(24, at / 60);
        for part in rest {
            match time::offset(part) {
                Some(offset) => self.offset = offset,
                None => self.weekdays = quiet::days(part)?.to_vec(),
            }
        }
        Some(())
    }

    fn cron(&mut self, fields: [&&str; 5], rest: &[&str]) -> Option<()> {
        let [minute, hour, day, month, weekday] = fields;
        self.minutes = field(minute, 0, 59)?;
        self.hours = field(hour, 0, 23)?;
        self.days = field(day, 1, 31)?;
        self.months = field(month, 1, 12)?;
        // 0 and 7 are Sunday.
        let from_sunday = field(weekday, 0, 7)?;
        for (at, is_it) in self.weekdays.iter_mut().enumerate() {
            *is_it = from_sunday[at + 1] || (at == 6 && from_sunday[0]);
        }
        self.is_either_day = *day != "*" && *weekday != "*";
        match rest {
            [] => {}
            [offset] => self.offset = time::offset(offset)?,
            _ => return None,
        }
        Some(())
    }

    /// Whether it strikes within a stretch: after `after`, up to `until`; both in milliseconds. What is too late is left
    /// out.
    pub fn strikes(&self, after: u64, until: u64) -> bool {
        let first = after.max(until.saturating_sub(LATE_MS)) / 60_000 + 1;
        (first..=until / 60_000).any(|minute| self.strikes_at(minute))
    }

    fn strikes_at(&self, minute: u64) -> bool {
        let at = i64::try_from(minute * 60_000).unwrap_or(i64::MAX);
        let (weekday, of_day) = time::local(at, self.offset);
        let (day, month) = time::date(at, self.offset);
        let has =
            |list: &[bool], at: i64| usize::try_from(at).ok().and_then(|at| list.get(at)) == Some(&true);
        let on_day = match self.is_either_day {
            true => has(&self.days, day) || has(&self.weekdays, weekday),
            false => has(&self.days, day) && has(&self.weekdays, weekday),
        };
        on_day && has(&self.months, month) && has(&self.hours, of_day / 60) && has(&self.minutes, of_day % 60)
    }
}

fn only(count: usize, at: i64) -> Vec<bool> {
    (0..count).map(|one| i64::try_from(one) == Ok(at)).collect()
}

/// `*`, `5`, `1-5`, `*/15`, `1,15-20`: which numbers up to `last` are meant.
fn field(text: &str, first: usize, last: usize) -> Option<Vec<bool>> {
    let mut meant = vec![false; last + 1];
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (first, last),
            Some((from, to)) => (from.parse().ok()?, to.parse().ok()?),
            None => {
                let at: usize = range.parse().ok()?;
                (at, if step > 1 { last } else { at })
            }
        };
        if from < first || to > last || from > to {
            return None;
        }
        (from..=to).step_by(step).for_each(|at| meant[at] = true);
    }
    Some(meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 2026-11-23 00:00 UTC.
    const MONDAY: u64 = 1_795_392_000_000;

    fn struck(text: &str, days: u64) -> Vec<u64> {
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(Timetable::is_meant(&words));
        let table = Timetable::parse(text, &words).unwrap_or_else(|why| panic!("{why}"));
        let minutes = (0..days * 24 * 60).map(|minute| MONDAY + minute * 60_000);
        let struck = minutes.filter(|at| table.strikes(at - 60_000, *at));
        struck.map(|at| (at - MONDAY) / 60_000).collect()
    }

    #[test]
    fn it_strikes_when_it_says_and_at_no_other_minute() {
        const DAY: u64 = 24 * 60;
        assert_eq!(
            struck("at 09:00 mon,wed for is:unresolved", 7),
            [540, 2 * DAY + 540]
        );
        assert_eq!(struck("at 00:30 tue +01:00 for is:unresolved", 7), [DAY - 30]);
        assert_eq!(struck("cron */30 9-10 * * 1 for is:new", 7), [540, 570, 600, 630]);
        assert_eq!(struck("cron 0 0 25 11 * for is:new", 30), [2 * DAY]);
        assert_eq!(
            struck("cron 0 0 25 * 7 for is:new", 7),
            [2 * DAY, 6 * DAY],
            "either day"
        );
    }

    #[test]
    fn what_was_missed_is_made_up_for_within_an_hour_and_once() {
        let words = ["at", "09:00", "for", "is:new"];
        let table = Timetable::parse("at 09:00 for is:new", &words).unwrap();
        let nine = MONDAY + 9 * 3_600_000;
        assert!(table.strikes(nine - 600_000, nine + 1_800_000));
        assert!(!table.strikes(nine, nine + 1_800_000), "it struck before");
        assert!(!table.strikes(nine - 600_000, nine + 2 * 3_600_000), "too late");
    }

    #[test]
    fn what_is_no_time_is_said() {
        for wrong in [
            "at 9 for is:new",
            "at 09:00",
            "at 09:00 for",
            "at 09:00 someday for is:new",
            "cron 0 9 * * for is:new",
            "cron 61 9 * * * for is:new",
            "cron 0 9 * * 1 Berlin for is:new",
        ] {
            let words: Vec<&str> = wrong.split_whitespace().collect();
            assert!(Timetable::parse(wrong, &words).is_err(), "{wrong}");
        }
    }
}
