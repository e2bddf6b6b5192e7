//! `events > 100 in 10m where environment:production`: a number that crosses a threshold, and comes back.

use errand_plugin_sdk::issues::{self, Counts, Filter};
use errand_plugin_sdk::{Failure, Issue};
use serde::{Deserialize, Serialize};

use crate::memory::{self, Memory};
use crate::questions::Questions;
use crate::time;
use crate::trigger::Counted;

/// What a comparison with an earlier window has to reach at least, where nothing else is said: three times nothing is
/// nothing.
const LEAST: f64 = 10.0;
const HOUR_MS: u64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;
const ALLOWED: &str = "events > 100 in 10m, users > 20 in 1h, events > 3x the same 1h 1w ago min 20, events per minute > 30 \
                       in 5m, events per minute > 3x the same hour 1w ago in 5m min 20, each with or without: where \
                       environment:production transaction:\"/checkout/*\"";

/// A number of events or users, and what is too many.
#[derive(Debug, PartialEq)]
pub struct Metric {
    pub of: Counted,
    /// Whether it is a number per minute.
    pub is_rate: bool,
    /// Milliseconds that are counted.
    pub window: i64,
    pub bound: Bound,
    /// Tags that the events have.
    pub tags: Vec<(String, String)>,
    /// As it was written.
    pub text: String,
}

/// What is too many.
#[derive(Debug, PartialEq)]
pub enum Bound {
    /// More than that.
    Fixed(f64),
    /// More than so many times what it was that many milliseconds before, and than `least`.
    Times { factor: f64, ago: i64, least: f64 },
}

impl Bound {
    fn times(factor: &str, ago: &str, rest: &[&str]) -> Option<Result<Self, String>> {
        let factor: f64 = factor.strip_suffix('x')?.parse().ok()?;
        let is_factor = (1.0..=1_000.0).contains(&factor);
        let least = match rest {
            [] => LEAST,
            ["min", least] => number(least)?,
            _ => return None,
        };
        let times = |ago| Bound::Times { factor, ago, least };
        is_factor.then(|| time::span(ago).map(times))
    }
}

/// A number that is none below zero.
fn number(text: &str) -> Option<f64> {
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite() && *number >= 0.0)
}

impl Metric {
    /// Whether a text is meant to be one.
    pub fn is_meant(words: &[&str]) -> bool {
        matches!(words, ["events" | "users", ">" | "per", ..])
    }

    pub fn parse(text: &str, words: &[&str]) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no number to watch; allowed: {ALLOWED}");
        let at = words.iter().position(|word| *word == "where");
        let (rule, tags) = words.split_at(at.unwrap_or(words.len()));
        let (of, is_rate, rest) = match rule {
            ["events", ">", rest @ ..] => (Counted::Events, false, rest),
            ["users", ">", rest @ ..] => (Counted::Users, false, rest),
            ["events", "per", "minute", ">", rest @ ..] => (Counted::Events, true, rest),
            _ => return Err(wrong()),
        };
        let (window, bound) = match (is_rate, rest) {
            (_, [most, "in", window]) => (window, number(most).map(|most| Ok(Bound::Fixed(most)))),
            (false, [factor, "the", "same", window, ago, "ago", rest @ ..]) => {
                (window, Bound::times(factor, ago, rest))
            }
            (true, [factor, "the", "same", "hour", ago, "ago", "in", window, rest @ ..]) => {
                (window, Bound::times(factor, ago, rest))
            }
            _ => return Err(wrong()),
        };
        let (window, bound) = (time::span(window)?, bound.ok_or_else(wrong)??);
        if window > 7 * time::DAY_MS || window < MINUTE_MS {
            return Err(format!("'{text}': between a minute and a week can be counted"));
        }
        if is_rate && matches!(bound, Bound::Times { ago, .. } if ago.unsigned_abs() < HOUR_MS) {
            return Err(format!("'{text}': an hour is over an hour later"));
        }
        Ok(Metric {
            of,
            is_rate,
            window,
            bound,
            tags: pairs(tags.get(1..).unwrap_or_default()).ok_or_else(wrong)?,
            text: text.to_owned(),
        })
    }

    /// How a number stands, by what it was before where it is compared.
    pub fn judge(&self, now: u64, before: u64) -> Measure {
        let now = self.value(now, self.window.unsigned_abs());
        let (most, compared) = match self.bound {
            Bound::Fixed(most) => (most, String::new()),
            Bound::Times { factor, least, .. } => {
                let span = if self.is_rate {
                    HOUR_MS
                } else {
                    self.window.unsigned_abs()
                };
                let before = self.value(before, span);
                let most = (before * factor).max(least);
                (most, format!(", {} then", self.shown(before)))
            }
        };
        let what = match (self.of, self.is_rate) {
            (Counted::Events, false) => "events",
            (Counted::Events, true) => "events per minute",
            (Counted::Users, _) => "users",
        };
        Measure {
            is_too_many: now > most,
            words: format!("{} {what} ({}{compared})", self.shown(now), self.text),
        }
    }

    /// A count of events is far below what a float holds exactly.
    fn value(&self, count: u64, span: u64) -> f64 {
        match self.is_rate {
            true => count as f64 * MINUTE_MS as f64 / span as f64,
            false => count as f64,
        }
    }

    fn shown(&self, value: f64) -> String {
        match self.is_rate {
            true => format!("{value:.1}"),
            false => format!("{value:.0}"),
        }
    }

    /// What is counted at a time.
    pub fn counted_at(&self, at: u64) -> (u64, u64) {
        (at.saturating_sub(self.window.unsigned_abs()), at)
    }

    /// What it is compared with then, if it is compared: as long before, or that hour of the clock.
    pub fn compared_at(&self, at: u64) -> Option<(u64, u64)> {
        let then = at.saturating_sub(self.ago()?);
        Some(match self.is_rate {
            true => {
                let hour = then - then % HOUR_MS;
                (hour, hour + HOUR_MS)
            }
            false => self.counted_at(then),
        })
    }

    /// How long before it is compared with; none if it is not.
    pub fn ago(&self) -> Option<u64> {
        match self.bound {
            Bound::Fixed(_) => None,
            Bound::Times { ago, .. } => Some(ago.unsigned_abs()),
        }
    }

    /// How it stands at a time.
    pub fn measure(&self, at: u64, questions: &mut Questions) -> Result<Option<Measure>, Failure> {
        let compared = self.compared_at(at);
        if !questions.take(if compared.is_some() { 2 } else { 1 }) {
            return Ok(None);
        }
        let now = self.number(&self.counted(self.counted_at(at))?);
        let before = match compared {
            Some(stretch) => self.number(&self.counted(stretch)?),
            None => 0,
        };
        Ok(Some(self.judge(now, before)))
    }

    fn counted(&self, (since, until): (u64, u64)) -> Result<Counts, Failure> {
        let filter = Filter {
            issue: None,
            project: None,
            tags: self.tags.clone(),
        };
        issues::count_between(&filter, since, until, self.of == Counted::Users)
    }

    fn number(&self, counts: &Counts) -> u64 {
        match self.of {
            Counted::Events => counts.events,
            Counted::Users => counts.users.unwrap_or_default(),
        }
    }
}

/// The issue with these tags that was seen last within so many milliseconds; where there is none, the one that was seen last of
/// all: what is too many is told in any case.
pub fn seen_last(
    window: i64,
    tags: &[(String, String)],
    questions: &mut Questions,
) -> Result<Option<Issue>, Failure> {
    let hours = (window / 3_600_000).max(1) + 1;
    let mut query = format!("lastSeen:-{hours}h");
    for (key, value) in tags {
        query.push_str(&format!(" {key}:\"{}\"", value.replace('"', "\\\"")));
    }
    for query in [query.as_str(), ""] {
        if !questions.take(1) {
            return Ok(None);
        }
        if let Some(issue) = issues::search(query, None, 1)?.issues.into_iter().next() {
            return Ok(Some(issue));
        }
    }
    Ok(None)
}

/// How a number stands.
pub struct Measure {
    pub is_too_many: bool,
    /// `412 events (events > 100 in 10m)`.
    pub words: String,
}

/// Whether a rule's number was too many when it was last looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub is_too_many: bool,
    /// About which issue it was said.
    pub issue: String,
    /// By which call: the same call again says the same again.
    pub by: String,
    /// How it stood before that call.
    pub was_too_many: bool,
}

impl Standing {
    pub fn read(memory: &dyn Memory, rule: &str, text: &str) -> Result<Self, Failure> {
        memory::read(memory, &key(rule, text))
    }

    /// Whether it was too many before this call.
    pub fn before(&self, call: &str) -> bool {
        match !call.is_empty() && self.by == call {
            true => self.was_too_many,
            false => self.is_too_many,
        }
    }

    pub fn write(&self, memory: &mut dyn Memory, rule: &str, text: &str) -> Result<(), Failure> {
        memory::write(memory, &key(rule, text), self)
    }
}

fn key(rule: &str, text: &str) -> String {
    format!("number/{rule}/{text}").chars().take(200).collect()
}

/// `environment:production level:error`.
pub fn pairs(words: &[&str]) -> Option<Vec<(String, String)>> {
    let pair = |word: &&str| {
        let (key, value) = word.split_once(':')?;
        let value = value.trim_matches('"');
        (!key.is_empty() && !value.is_empty()).then(|| (key.to_owned(), value.to_owned()))
    };
    words.iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Metric, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(Metric::is_meant(&words), "{text}");
        Metric::parse(text, &words)
    }

    #[test]
    fn thresholds_are_read_and_bounded() {
        let metric = parse("users > 20 in 1h where environment:production release:\"shop@2\"").unwrap();
        assert_eq!(
            (metric.of, metric.window, &metric.bound),
            (Counted::Users, 3_600_000, &Bound::Fixed(20.0))
        );
        assert_eq!(metric.tags[1], ("release".to_owned(), "shop@2".to_owned()));
        let metric = parse("events > 1.5x the same 1h 1w ago").unwrap();
        let expected = Bound::Times {
            factor: 1.5,
            ago: 7 * time::DAY_MS,
            least: LEAST,
        };
        assert_eq!(metric.bound, expected);
        for wrong in [
            "events > many in 1h",
            "events > 3 in 30d",
            "events > 3",
            "events > 0.5x the same 1h 1d ago",
            "events > 3x the same 1h 1d ago min",
            "events > 3 in 1h where production",
            "events > -3 in 1h",
            "users per minute > 3 in 5m",
            "events per minute > 3x the same hour 10m ago in 5m",
            "events per minute > 3x the same 2h 1d ago in 5m",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_per_minute_is_compared_with_that_hour_of_the_clock() {
        let metric = parse("events per minute > 3x the same hour 1w ago in 5m min 2").unwrap();
        let week = 7 * 24 * HOUR_MS;
        let at = 2_000 * HOUR_MS + 17 * 60_000;
        assert_eq!(metric.counted_at(at), (at - 5 * 60_000, at));
        let hour = 2_000 * HOUR_MS - week;
        assert_eq!(metric.compared_at(at), Some((hour, hour + HOUR_MS)));
        // Two a minute in that hour: more than six are too many, which are thirty in five minutes.
        assert!(!metric.judge(30, 120).is_too_many);
        let measure = metric.judge(31, 120);
        assert!(measure.is_too_many);
        assert!(
            measure.words.starts_with("6.2 events per minute (") && measure.words.ends_with(", 2.0 then)"),
            "{}",
            measure.words
        );
        // Three times nothing is nothing.
        assert!(!metric.judge(10, 0).is_too_many && metric.judge(11, 0).is_too_many);
        assert!(
            parse("events per minute > 0.5 in 1h")
                .unwrap()
                .judge(31, 0)
                .is_too_many
        );
    }
}
