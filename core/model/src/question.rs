//! Questions over what happened: which events, counted by what, in which time; and their answers.

use crate::Timestamp;
use crate::search::Query;

/// Keys that a question groups by at most.
pub const MOST_KEYS: usize = 2;
/// Steps of time that an answer has at most.
pub const MOST_STEPS: i64 = 1_000;
/// Rows that an answer has at most.
pub const MOST_ROWS: usize = 1_000;
/// A week that begins on a Monday: the first one began four days after the epoch.
const MONDAY: i64 = 4 * DAY;
const DAY: i64 = 86_400;
const MICROS: i64 = 1_000_000;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Which events.
    pub filter: Query,
    /// What is counted of them; one at least.
    pub measures: Vec<Measure>,
    /// What they are grouped by.
    pub keys: Vec<Key>,
    /// In which time.
    pub span: Span,
    /// In steps of so many seconds; none for the whole time at once.
    pub step: Option<i64>,
    /// The place in `measures` of what rows are sorted by, the most first.
    pub sort: usize,
    /// Whether the least comes first.
    pub is_ascending: bool,
    /// Rows; what is beyond them is added up as others.
    pub top: usize,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Events.
    Events,
    /// Different users.
    Users,
    /// Different issues.
    Issues,
}

impl Measure {
    /// All of them.
    pub const ALL: [Measure; 3] = [Measure::Events, Measure::Users, Measure::Issues];

    /// As forms and saved reports write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Measure::Events => "events",
            Measure::Users => "users",
            Measure::Issues => "issues",
        }
    }

    /// Reads what [`Measure::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Measure::ALL.into_iter().find(|measure| measure.as_str() == text)
    }
}

/// What events are grouped by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Their project.
    Project,
    /// Their issue.
    Issue,
    /// Whom they happened to.
    User,
    /// A tag: `release`, `browser.name`, or any other.
    Tag(String),
}

impl Key {
    /// Reads a key: `project`, `issue` and `user`, and else a tag.
    pub fn parse(text: &str) -> Self {
        match text {
            "project" => Key::Project,
            "issue" => Key::Issue,
            "user" => Key::User,
            text => {
                let inner = text.strip_prefix("tags[").and_then(|tag| tag.strip_suffix(']'));
                Key::Tag(inner.unwrap_or(text).to_owned())
            }
        }
    }

    /// What [`Key::parse`] reads.
    pub fn as_str(&self) -> &str {
        match self {
            Key::Project => "project",
            Key::Issue => "issue",
            Key::User => "user",
            Key::Tag(tag) => tag,
        }
    }
}

/// A stretch of time: its end does not belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From here.
    pub since: Timestamp,
    /// To here.
    pub until: Timestamp,
}

impl Span {
    /// Whether `time` lies in it.
    pub fn contains(self, time: Timestamp) -> bool {
        self.since <= time && time < self.until
    }

    /// How long it is.
    pub const fn seconds(self) -> i64 {
        (self.until.micros() - self.since.micros()) / MICROS
    }

    /// A step that gives a curve one can read: an hour, a day or a week.
    pub const fn fitting_step(self) -> i64 {
        match self.seconds() {
            ..=7_200 => 300,
            7_201..=259_200 => 3_600,
            259_201..=8_640_000 => DAY,
            _ => 7 * DAY,
        }
    }
}

/// Which step of `step` seconds `time` lies in. Steps are the same whatever the span is: hours and days of UTC, weeks from
/// Monday on.
pub const fn step_of(time: i64, step: i64) -> i64 {
    (time - offset(step)).div_euclid(step * MICROS)
}

/// When a step begins.
pub const fn step_start(number: i64, step: i64) -> Timestamp {
    Timestamp::from_micros(number * step * MICROS + offset(step))
}

const fn offset(step: i64) -> i64 {
    if step % (7 * DAY) == 0 { MONDAY * MICROS } else { 0 }
}

/// What the answer to a question is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// When each step begins; none where the question has no steps.
    pub steps: Vec<Timestamp>,
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// What is not in the rows, where there are more groups than rows.
    pub others: Option<Row>,
    /// How many groups there are in all.
    pub groups: usize,
    /// All together.
    pub total: Row,
    /// Within how many per cent users and issues are, nineteen times of twenty, where they are estimated.
    pub within: Option<f64>,
}

/// One group, counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// What its events have in common, by the question's keys.
    pub labels: Vec<Label>,
    /// By the question's measures.
    pub values: Vec<i64>,
    /// By measure and step.
    pub series: Vec<Vec<i64>>,
}

/// What a group is told apart by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// Events without it.
    Missing,
    /// The value of a tag.
    Text(std::sync::Arc<str>),
    /// The id of a project, an issue or a user.
    Id(i64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_begin_where_people_expect_them() {
        let at = |text| Timestamp::parse_rfc3339(text).expect("a time");
        let start = |text, step| step_start(step_of(at(text).micros(), step), step).to_string();
        assert_eq!(start("2026-11-29T09:28:39Z", 3_600), "2026-11-29T09:00:00Z");
        assert_eq!(start("2026-11-29T09:28:39Z", DAY), "2026-11-29T00:00:00Z");
        // A Sunday: its week began on Monday the 23rd.
        assert_eq!(start("2026-11-29T09:28:39Z", 7 * DAY), "2026-11-23T00:00:00Z");
        assert_eq!(start("1969-12-31T23:59:59Z", DAY), "1969-12-31T00:00:00Z");
    }

    #[test]
    fn keys_are_read_as_they_are_written() {
        for text in ["project", "issue", "user", "release", "browser.name"] {
            assert_eq!(Key::parse(text).as_str(), text);
        }
        assert_eq!(Key::parse("tags[project]"), Key::Tag("project".to_owned()));
    }
}
