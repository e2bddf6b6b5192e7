//! What somebody asks for, in words as a form has them.

use errand_model::Timestamp;
use errand_model::question::{Key, MOST_KEYS, MOST_ROWS, Measure, Question, Span};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{ToSpan as _, Zoned};
use serde::{Deserialize, Serialize};

use crate::search;

/// Stretches of time, and what they are called. All are in UTC.
pub const SPANS: [(&str, &str); 11] = [
    ("1h", "the last hour"),
    ("24h", "the last 24 hours"),
    ("7d", "the last 7 days"),
    ("14d", "the last 14 days"),
    ("30d", "the last 30 days"),
    ("90d", "the last 90 days"),
    ("365d", "the last 365 days"),
    ("yesterday", "yesterday"),
    ("last-week", "last week, Monday to Sunday"),
    ("last-month", "last month"),
    ("dates", "from day to day"),
];

/// Steps of time, and what they are called; none of them for the whole time at once.
pub const STEPS: [(&str, &str); 5] = [
    ("", "all at once"),
    ("auto", "over time"),
    ("hour", "by hour"),
    ("day", "by day"),
    ("week", "by week"),
];

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// A question as a form asks it, and as saved reports keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ask {
    /// Which events, in the language of the search.
    pub query: String,
    /// Slugs of projects; all that one sees, where there are none.
    pub projects: Vec<String>,
    /// What is counted: `events`, `users`, `issues`.
    pub measure: String,
    /// What they are grouped by.
    pub by: Vec<String>,
    /// One of [`SPANS`].
    pub span: String,
    /// The first day, for `dates`.
    pub from: String,
    /// The last day.
    pub to: String,
    /// One of [`STEPS`].
    pub step: String,
    /// Rows.
    pub top: usize,
}

impl Default for Ask {
    fn default() -> Self {
        Ask {
            query: String::new(),
            projects: Vec::new(),
            measure: "events".to_owned(),
            by: Vec::new(),
            span: "7d".to_owned(),
            from: String::new(),
            to: String::new(),
            step: String::new(),
            top: 10,
        }
    }
}

impl Ask {
    /// The question.
    ///
    /// # Errors
    /// What makes no sense, and what is allowed there.
    pub fn question(&self, now: Timestamp) -> Result<Question, String> {
        let filter =
            search::parse(&self.query, now).map_err(|why| format!("The filter cannot be read {why}."))?;
        let measure = Measure::parse(&self.measure);
        let measure = measure.ok_or("What is counted is one of: events, users, issues.")?;
        let mut keys: Vec<Key> = Vec::new();
        for key in self.by.iter().map(|key| key.trim()).filter(|key| !key.is_empty()) {
            let key = Key::parse(key);
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        if keys.len() > MOST_KEYS {
            return Err(format!("A report groups by {MOST_KEYS} keys at most."));
        }
        if !(1..=MOST_ROWS).contains(&self.top) {
            return Err(format!("A report has 1 to {MOST_ROWS} rows."));
        }
        let span = self.span(now)?;
        Ok(Question {
            filter,
            measures: vec![measure],
            keys,
            span,
            step: self.step(span)?,
            sort: 0,
            is_ascending: false,
            top: self.top,
        })
    }

    fn span(&self, now: Timestamp) -> Result<Span, String> {
        let last = |seconds: i64| Span {
            since: now.plus_seconds(-seconds),
            until: now,
        };
        let today = today(now).ok_or("There is no such day.")?;
        let days = |first: Option<Date>, end: Option<Date>| {
            let span = first.and_then(midnight).zip(end.and_then(midnight));
            let (since, until) = span.ok_or("There is no such day.")?;
            Ok(Span { since, until })
        };
        match self.span.as_str() {
            "1h" => Ok(last(HOUR)),
            "24h" => Ok(last(DAY)),
            "7d" => Ok(last(7 * DAY)),
            "14d" => Ok(last(14 * DAY)),
            "30d" => Ok(last(30 * DAY)),
            "90d" => Ok(last(90 * DAY)),
            "365d" => Ok(last(365 * DAY)),
            "yesterday" => days(today.yesterday().ok(), Some(today)),
            "last-week" => {
                let monday = today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days());
                let monday = monday.ok();
                days(
                    monday.and_then(|monday| monday.checked_sub(7.days()).ok()),
                    monday,
                )
            }
            "last-month" => {
                let first = today.first_of_month();
                days(first.checked_sub(1.month()).ok(), Some(first))
            }
            "dates" => {
                let day = |text: &str| {
                    let wrong = "The days are written as 2026-01-31.";
                    text.trim().parse::<Date>().map_err(|_| wrong.to_owned())
                };
                let (first, last) = (day(&self.from)?, day(&self.to)?);
                if last < first {
                    return Err("The last day is before the first.".to_owned());
                }
                days(Some(first), last.tomorrow().ok())
            }
            _ => Err(format!("The time is one of: {}.", names(&SPANS))),
        }
    }

    fn step(&self, span: Span) -> Result<Option<i64>, String> {
        match self.step.as_str() {
            "" => Ok(None),
            "auto" => Ok(Some(span.fitting_step())),
            "hour" => Ok(Some(HOUR)),
            "day" => Ok(Some(DAY)),
            "week" => Ok(Some(7 * DAY)),
            _ => Err(format!("The steps are one of: {}.", names(&STEPS))),
        }
    }

    /// The keys that are there.
    pub fn keys(&self) -> Vec<Key> {
        let given = self.by.iter().map(|key| key.trim()).filter(|key| !key.is_empty());
        given.map(Key::parse).collect()
    }

    /// What is asked, in a line: `users by release · browser.name:"UC Browser" · last week, Monday to Sunday`.
    pub fn in_words(&self) -> String {
        let mut text = self.measure.clone();
        for (at, key) in self.keys().iter().enumerate() {
            text.push_str(if at == 0 { " by " } else { " and " });
            text.push_str(key.as_str());
        }
        if !self.query.trim().is_empty() {
            text.push_str(" · ");
            text.push_str(self.query.trim());
        }
        text.push_str(" · ");
        match self.span.as_str() {
            "dates" => text.push_str(&format!("{} to {}", self.from, self.to)),
            span => {
                let known = SPANS.iter().find(|(name, _)| *name == span);
                text.push_str(known.map_or(span, |(_, words)| words));
            }
        }
        if !self.projects.is_empty() {
            text.push_str(" · ");
            text.push_str(&self.projects.join(", "));
        }
        text
    }
}

fn names(of: &[(&str, &str)]) -> String {
    let names: Vec<&str> = of
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !name.is_empty())
        .collect();
    names.join(", ")
}

fn today(now: Timestamp) -> Option<Date> {
    let now = jiff::Timestamp::from_microsecond(now.micros()).ok()?;
    Some(Zoned::new(now, TimeZone::UTC).date())
}

fn midnight(day: Date) -> Option<Timestamp> {
    let start = day.to_zoned(TimeZone::UTC).ok()?;
    Some(Timestamp::from_seconds(start.timestamp().as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Sunday.
    const NOW: &str = "2026-11-29T09:28:39Z";

    fn asked(span: &str) -> (String, String) {
        let now = Timestamp::parse_rfc3339(NOW).expect("a time");
        let ask = Ask {
            span: span.to_owned(),
            from: "2026-01-30".to_owned(),
            to: "2026-02-01".to_owned(),
            ..Ask::default()
        };
        let span = ask.question(now).expect("a question").span;
        (span.since.to_string(), span.until.to_string())
    }

    #[test]
    fn spans_end_and_begin_where_people_mean() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(asked("7d"), pair("2026-11-22T09:28:39Z", NOW));
        assert_eq!(
            asked("yesterday"),
            pair("2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z")
        );
        assert_eq!(
            asked("last-week"),
            pair("2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z")
        );
        assert_eq!(
            asked("last-month"),
            pair("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z")
        );
        assert_eq!(
            asked("dates"),
            pair("2026-01-30T00:00:00Z", "2026-02-02T00:00:00Z")
        );
    }

    #[test]
    fn what_makes_no_sense_says_what_would() {
        let now = Timestamp::parse_rfc3339(NOW).expect("a time");
        let wrong = [
            (
                Ask {
                    query: "level:loud".to_owned(),
                    ..Ask::default()
                },
                "debug, info",
            ),
            (
                Ask {
                    measure: "tears".to_owned(),
                    ..Ask::default()
                },
                "events, users",
            ),
            (
                Ask {
                    span: "1y".to_owned(),
                    ..Ask::default()
                },
                "last-week",
            ),
            (
                Ask {
                    step: "minute".to_owned(),
                    ..Ask::default()
                },
                "hour, day",
            ),
            (
                Ask {
                    span: "dates".to_owned(),
                    ..Ask::default()
                },
                "2026-01-31",
            ),
            (
                Ask {
                    top: 0,
                    ..Ask::default()
                },
                "1 to 1000",
            ),
            (
                Ask {
                    by: ["a", "b", "c"].map(str::to_owned).to_vec(),
                    ..Ask::default()
                },
                "2 keys",
            ),
        ];
        for (ask, says) in wrong {
            let problem = ask.question(now).expect_err("it makes no sense");
            assert!(problem.contains(says), "{problem}");
        }
    }

    #[test]
    fn what_is_asked_can_be_said_in_a_line() {
        let ask = Ask {
            query: "browser.name:\"UC Browser\"".to_owned(),
            measure: "users".to_owned(),
            by: vec!["release".to_owned(), String::new()],
            span: "last-week".to_owned(),
            ..Ask::default()
        };
        let words = "users by release · browser.name:\"UC Browser\" · last week, Monday to Sunday";
        assert_eq!(ask.in_words(), words);
    }
}
