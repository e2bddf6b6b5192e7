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
const LEAST: u64 = 10;
const ALLOWED: &str = "events > 100 in 10m, users > 20 in 1h, events > 3x the same 1h 1w ago min 20, each with or \
                       without: where environment:production level:error";

/// A number of events or users, and what is too many.
#[derive(Debug, PartialEq)]
pub struct Metric {
    pub of: Counted,
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
    Fixed(u64),
    /// More than so many times what it was that many milliseconds before, and than `least`.
    Times { factor: f64, ago: i64, least: u64 },
}

impl Metric {
    /// Whether a text is meant to be one.
    pub fn is_meant(words: &[&str]) -> bool {
        matches!(words, ["events" | "users", ">", ..])
    }

    pub fn parse(text: &str, words: &[&str]) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no number to watch; allowed: {ALLOWED}");
        let at = words.iter().position(|word| *word == "where");
        let (rule, tags) = words.split_at(at.unwrap_or(words.len()));
        let of = match rule.first() {
            Some(&"users") => Counted::Users,
            _ => Counted::Events,
        };
        let (window, bound) = match rule.get(2..).unwrap_or_default() {
            [count, "in", window] => {
                let count = count.parse().map_err(|_| wrong())?;
                (time::span(window)?, Bound::Fixed(count))
            }
            [factor, "the", "same", window, ago, "ago", rest @ ..] => {
                let factor = factor.strip_suffix('x').and_then(|factor| factor.parse().ok());
                let factor: f64 = factor
                    .filter(|factor| *factor >= 1.0 && *factor <= 1_000.0)
                    .ok_or_else(wrong)?;
                let least = match rest {
                    [] => LEAST,
                    ["min", least] => least.parse().map_err(|_| wrong())?,
                    _ => return Err(wrong()),
                };
                let ago = time::span(ago)?;
                (time::span(window)?, Bound::Times { factor, ago, least })
            }
            _ => return Err(wrong()),
        };
        if window > 7 * time::DAY_MS || window < 60_000 {
            return Err(format!("'{text}': between a minute and a week can be counted"));
        }
        Ok(Metric {
            of,
            window,
            bound,
            tags: pairs(tags.get(1..).unwrap_or_default()).ok_or_else(wrong)?,
            text: text.to_owned(),
        })
    }

    /// How a number stands, by what it was before where it is compared.
    pub fn judge(&self, now: u64, before: u64) -> Measure {
        let (most, compared) = match self.bound {
            Bound::Fixed(most) => (most, String::new()),
            Bound::Times { factor, least, .. } => {
                // A count of events is far below what a float holds exactly.
                let most = (before as f64 * factor).floor() as u64;
                (most.max(least), format!(", {before} then"))
            }
        };
        let what = match self.of {
            Counted::Events => "events",
            Counted::Users => "users",
        };
        Measure {
            is_too_many: now > most,
            words: format!("{now} {what} ({}{compared})", self.text),
        }
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
        let ago = self.ago();
        if !questions.take(if ago.is_some() { 2 } else { 1 }) {
            return Ok(None);
        }
        let now = self.number(&self.counted(at)?);
        let before = match ago {
            Some(ago) => self.number(&self.counted(at.saturating_sub(ago))?),
            None => 0,
        };
        Ok(Some(self.judge(now, before)))
    }

    fn counted(&self, until: u64) -> Result<Counts, Failure> {
        let filter = Filter {
            issue: None,
            project: None,
            tags: self.tags.clone(),
        };
        let since = until.saturating_sub(self.window.unsigned_abs());
        issues::count_between(&filter, since, until, self.of == Counted::Users)
    }

    fn number(&self, counts: &Counts) -> u64 {
        match self.of {
            Counted::Events => counts.events,
            Counted::Users => counts.users.unwrap_or_default(),
        }
    }
}

/// The issue with these tags that was seen last within so many milliseconds.
pub fn seen_last(
    window: i64,
    tags: &[(String, String)],
    questions: &mut Questions,
) -> Result<Option<Issue>, Failure> {
    if !questions.take(1) {
        return Ok(None);
    }
    let hours = (window / 3_600_000).max(1) + 1;
    let mut query = format!("lastSeen:-{hours}h");
    for (key, value) in tags {
        query.push_str(&format!(" {key}:\"{}\"", value.replace('"', "\\\"")));
    }
    Ok(issues::search(&query, None, 1)?.issues.into_iter().next())
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
            (Counted::Users, 3_600_000, &Bound::Fixed(20))
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
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
