//! How much happened: what is asked, and what is answered.

use errand_model::health::Sessions;
use errand_model::{IssueId, ProjectId, Timestamp};

use crate::attempt::IssueSummary;

/// What a plugin wants counted; all of it must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatsFilter {
    /// Events of this issue alone.
    pub issue: Option<IssueId>,
    /// Events of this project alone.
    pub project: Option<ProjectId>,
    /// Events with these tags, by key and value.
    pub tags: Vec<(String, String)>,
}

/// A stretch of time in which something is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatsWindow {
    /// When it begins.
    pub since: Timestamp,
    /// When it is over, which does not belong to it.
    pub until: Timestamp,
    /// Whether distinct users are counted too.
    pub with_users: bool,
}

/// A value that a tag had for the first time.
#[derive(Clone, Debug, PartialEq)]
pub struct NewValue {
    /// The value.
    pub value: String,
    /// When.
    pub first_seen: Timestamp,
    /// The issue of that event.
    pub issue: IssueSummary,
}

/// How much there was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatsCounts {
    /// Events.
    pub events: u64,
    /// Distinct users; none where they are not counted so.
    pub users: Option<u64>,
    /// From when it was really counted; no later than asked.
    pub since: Timestamp,
    /// Whether there was more than was looked at.
    pub is_at_least: bool,
}

/// Which sessions a plugin wants counted; all of it must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionsFilter {
    /// Of this project alone.
    pub project: Option<ProjectId>,
    /// Of this release.
    pub release: Option<String>,
    /// In this environment.
    pub environment: Option<String>,
}

/// How sessions went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionsCounts {
    /// The sessions.
    pub sessions: Sessions,
    /// Distinct users.
    pub users: i64,
    /// Those of them one of whose sessions crashed.
    pub users_crashed: i64,
    /// From when it was really counted; no later than asked.
    pub since: Timestamp,
}

/// How sessions went, minute by minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionsMinutes {
    /// Since when that is known.
    pub since: Timestamp,
    /// When each minute began, and the sessions that began in it; the oldest first.
    pub minutes: Vec<(Timestamp, Sessions)>,
}

/// What happened of an issue within a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastMinute {
    /// When it began.
    pub at: Timestamp,
    /// The issue.
    pub issue: IssueId,
    /// Its events.
    pub events: u32,
    /// Whose they were: numbers that tell users apart within one answer.
    pub users: Vec<u32>,
}

/// What happened in a stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastMinutes {
    /// The oldest first.
    pub minutes: Vec<PastMinute>,
    /// Whether there was more than was looked at: then the oldest are missing.
    pub is_at_least: bool,
}

impl PastMinutes {
    /// Of events: when, of which issue, and whose.
    pub(super) fn of<'e>(
        seen: impl Iterator<Item = (Timestamp, IssueId, &'e Option<String>)>,
        with_users: bool,
    ) -> Self {
        let mut users: Vec<&str> = Vec::new();
        let mut number = |user: &'e str| {
            let known = users.iter().position(|known| *known == user);
            let number = known.unwrap_or_else(|| {
                users.push(user);
                users.len() - 1
            });
            u32::try_from(number).ok()
        };
        let minute = |(at, issue, user): (Timestamp, IssueId, &'e Option<String>)| PastMinute {
            at: Timestamp::from_seconds(at.seconds() / 60 * 60),
            issue,
            events: 1,
            users: user
                .as_deref()
                .filter(|_| with_users)
                .and_then(&mut number)
                .into_iter()
                .collect(),
        };
        let mut minutes: Vec<_> = seen.map(minute).collect();
        minutes.sort_by_key(|minute| minute.at);
        PastMinutes {
            minutes,
            is_at_least: false,
        }
    }
}
