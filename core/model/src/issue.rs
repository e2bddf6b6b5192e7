//! The issue and its states.
//!
//! ```text
//!            event of a resolved issue                    archive
//! resolved ───────────────────────────▶ unresolved ◀───────────────▶ archived ("ignored" on the wire)
//!     ▲            (regressed)              │            condition met (escalating), or by hand
//!     └─────────────────────────────────────┘ resolve: now, in a release, in the next release
//! ```

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::outcome::Category;
use crate::{IssueId, Level, ProjectId, TeamId, Timestamp, UserId};

/// What a person or the hub says of an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Somebody should look.
    Unresolved,
    /// Done, until it happens again.
    Resolved,
    /// Archived: not to be shown until its condition is met. Sentry's API says `ignored`.
    Ignored,
}

/// The finer state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Substatus {
    /// Unresolved, first seen within the last seven days.
    New,
    /// Unresolved, older.
    Ongoing,
    /// Unresolved, because it came back after it was resolved.
    Regressed,
    /// Unresolved, because it grew beyond what its archiving allowed.
    Escalating,
    /// Archived until it grows unusually.
    ArchivedUntilEscalating,
    /// Archived until a date, a count of events or of users.
    ArchivedUntilConditionMet,
    /// Archived for good.
    ArchivedForever,
}

macro_rules! names {
    ($type:ident, $code:ty: $($variant:ident = $number:literal $name:literal,)*) => {
        impl $type {
            /// All of them.
            pub const ALL: &'static [$type] = &[$($type::$variant),*];
            /// As the API writes it.
            pub const fn as_str(self) -> &'static str {
                match self { $($type::$variant => $name),* }
            }
            /// As it is stored.
            pub const fn code(self) -> $code {
                match self { $($type::$variant => $number),* }
            }
            /// The variant of a stored number.
            pub const fn from_code(code: $code) -> Option<Self> {
                match code { $($number => Some($type::$variant),)* _ => None }
            }
        }
        impl FromStr for $type {
            type Err = ();
            fn from_str(text: &str) -> Result<Self, ()> {
                match text { $($name => Ok($type::$variant),)* _ => Err(()) }
            }
        }
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

names!(Status, i16: Unresolved = 0 "unresolved", Resolved = 1 "resolved", Ignored = 2 "ignored",);
names!(Substatus, i16:
    New = 0 "new",
    Ongoing = 1 "ongoing",
    Regressed = 2 "regressed",
    Escalating = 3 "escalating",
    ArchivedUntilEscalating = 4 "archived_until_escalating",
    ArchivedUntilConditionMet = 5 "archived_until_condition_met",
    ArchivedForever = 6 "archived_forever",
);

impl Substatus {
    /// The state of which it is a finer one.
    pub const fn status(self) -> Status {
        match self {
            Substatus::New | Substatus::Ongoing | Substatus::Regressed | Substatus::Escalating => {
                Status::Unresolved
            }
            Substatus::ArchivedUntilEscalating
            | Substatus::ArchivedUntilConditionMet
            | Substatus::ArchivedForever => Status::Ignored,
        }
    }
}

/// Whose an issue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "lowercase")]
pub enum Assignee {
    /// A person.
    User(UserId),
    /// A team.
    Team(TeamId),
}

/// `user:12` or `team:3`.
impl fmt::Display for Assignee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Assignee::User(id) => write!(f, "user:{id}"),
            Assignee::Team(id) => write!(f, "team:{id}"),
        }
    }
}

/// A text names no assignee.
#[derive(Debug, thiserror::Error)]
#[error("an assignee is 'user:' or 'team:' and a number")]
pub struct BadAssignee;

impl FromStr for Assignee {
    type Err = BadAssignee;

    fn from_str(text: &str) -> Result<Self, BadAssignee> {
        let (kind, id) = text.split_once(':').ok_or(BadAssignee)?;
        match kind {
            "user" => id.parse().map(Assignee::User).map_err(|_| BadAssignee),
            "team" => id.parse().map(Assignee::Team).map_err(|_| BadAssignee),
            _ => Err(BadAssignee),
        }
    }
}

/// How an issue was resolved: what decides whether a later event is a regression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Resolution {
    /// At once: any later event is a regression.
    Now,
    /// In this release: events of older releases are no regression.
    InRelease {
        /// The release that holds the fix.
        version: String,
    },
    /// In whatever release comes after the newest known one: events of that one or older are no regression.
    InNextRelease {
        /// The newest release when it was resolved; none if the project has none.
        after: Option<String>,
    },
    /// In a commit, which the release that holds it will bring.
    InCommit {
        /// The commit's id.
        commit: String,
    },
}

/// The first deploy that brought a fix to where customers are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployed {
    /// The release that was deployed: the one that holds the fix, or a later one.
    pub release: String,
    /// Where to, as the deploy called it: `production`.
    pub environment: String,
    /// When.
    pub at: Timestamp,
    /// A page about the deploy, if it named one.
    pub url: Option<String>,
}

/// Until when an issue stays archived. Empty means for good.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ArchiveUntil {
    /// Until it grows unusually: more events in an hour than `escalation_limit`.
    pub escalating: bool,
    /// Until this moment.
    pub date: Option<Timestamp>,
    /// Until it was seen that many times more (within the window, if one is set).
    pub events: Option<Threshold>,
    /// Until that many more users are affected.
    pub users: Option<Threshold>,
    /// Events in an hour beyond which it counts as escalating; fixed when it was archived.
    pub escalation_limit: i64,
}

/// A count to be reached from a base line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threshold {
    /// How many more.
    pub more: i64,
    /// The count when the window began.
    pub base: i64,
    /// Length of the window in minutes; none for no window.
    pub window_minutes: Option<i64>,
    /// When the window began.
    pub since: Timestamp,
}

/// An issue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    /// Its id.
    pub id: IssueId,
    /// Its project.
    pub project: ProjectId,
    /// Counts within the project; with the project's slug it makes the short id (`SHOP-1A`).
    pub number: i64,
    /// What to call it: `TypeError: x is undefined`.
    pub title: String,
    /// Where it happened, in words.
    pub culprit: String,
    /// What kind of event made it, and the parts of the title.
    pub kind: EventKind,
    /// Sentry's `metadata`: `type`, `value`, `filename`, `function` for errors; `title` for messages.
    pub metadata: serde_json::Value,
    /// The level of the newest event.
    pub level: Level,
    /// The platform of the first event.
    pub platform: String,
    /// Its logger, if it named one.
    pub logger: String,
    /// Its state.
    pub status: Status,
    /// Its finer state.
    pub substatus: Substatus,
    /// How it was resolved, while it is.
    pub resolution: Option<Resolution>,
    /// The deploy that brought the fix, while it is resolved and there was one.
    #[serde(default)]
    pub deployed: Option<Deployed>,
    /// Until when it is archived, while it is.
    pub archive: Option<ArchiveUntil>,
    /// Whose it is.
    pub assignee: Option<Assignee>,
    /// How bad it is for whom it hits: see [`Priority`].
    pub priority: Priority,
    /// When it first happened (the event's time, corrected for clock drift).
    pub first_seen: Timestamp,
    /// When it last happened.
    pub last_seen: Timestamp,
    /// The release of its first event.
    pub first_release: Option<String>,
    /// The release of its newest event.
    pub last_release: Option<String>,
    /// Events, exactly.
    pub times_seen: i64,
    /// Distinct users, exactly.
    pub users_seen: i64,
    /// Comments.
    pub comments: i64,
    /// Grows with every change of state: two who change it at once notice each other.
    pub revision: i64,
}

/// What an event is about, which decides its title.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// A message.
    #[default]
    Default,
    /// An exception.
    Error,
    /// A Content-Security-Policy report.
    Csp,
    /// A public-key-pinning report.
    Hpkp,
    /// A certificate-transparency report.
    ExpectCt,
    /// An OCSP-stapling report.
    ExpectStaple,
    /// What a user wrote.
    Feedback,
}

impl EventKind {
    /// Which rate limit such an event counts towards.
    pub const fn category(self) -> Category {
        match self {
            EventKind::Default | EventKind::Error => Category::Error,
            EventKind::Csp | EventKind::Hpkp | EventKind::ExpectCt | EventKind::ExpectStaple => {
                Category::Security
            }
            EventKind::Feedback => Category::Feedback,
        }
    }
}

names!(EventKind, i16:
    Default = 0 "default",
    Error = 1 "error",
    Csp = 2 "csp",
    Hpkp = 3 "hpkp",
    ExpectCt = 4 "expectct",
    ExpectStaple = 5 "expectstaple",
    Feedback = 6 "feedback",
);

/// Sentry's priorities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Can wait.
    Low,
    /// In between.
    #[default]
    Medium,
    /// Look now.
    High,
}

names!(Priority, i16: Low = 25 "low", Medium = 50 "medium", High = 75 "high",);

impl Priority {
    /// What a new issue starts with: errors are high, warnings medium, the rest low.
    pub const fn of_level(level: Level) -> Self {
        match level {
            Level::Error | Level::Fatal => Priority::High,
            Level::Warning => Priority::Medium,
            Level::Debug | Level::Info => Priority::Low,
        }
    }
}

/// The short id of an issue: the project's slug and the number in base 32 (Sentry's alphabet, without I, L, O, U).
pub fn short_id(project_slug: &str, number: i64) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut digits = Vec::new();
    let mut rest = number.unsigned_abs();
    loop {
        digits.push(char::from(ALPHABET[(rest % 32) as usize]));
        rest /= 32;
        if rest == 0 {
            break;
        }
    }
    let number: String = digits.iter().rev().collect();
    format!("{}-{number}", project_slug.to_uppercase())
}

/// The project slug and number of a short id; the slug in lower case.
pub fn parse_short_id(text: &str) -> Option<(String, i64)> {
    let (slug, digits) = text.rsplit_once('-')?;
    if slug.is_empty() || digits.is_empty() || digits.len() > 12 {
        return None;
    }
    let digit = |c: char| match c.to_ascii_uppercase() {
        'I' | 'L' => Some(1),
        'O' => Some(0),
        c => "0123456789ABCDEFGHJKMNPQRSTVWXYZ".find(c).map(|at| at as i64),
    };
    let number = digits
        .chars()
        .try_fold(0_i64, |sum, c| Some(sum * 32 + digit(c)?))?;
    Some((slug.to_lowercase(), number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids_are_read_back() {
        for number in [0, 1, 31, 32, 1_000_000] {
            assert_eq!(
                parse_short_id(&short_id("my-shop", number)),
                Some(("my-shop".to_owned(), number))
            );
        }
        assert_eq!(parse_short_id("nonsense"), None);
    }
}
