//! How an issue moves from state to state. Pure: the store writes down what comes out.

mod fix;

use crate::Timestamp;
use crate::issue::{ArchiveUntil, Deployed, Resolution, Status, Substatus, Threshold};
use crate::lifecycle::Change;
use crate::release::{self, Heard};

#[cfg(test)]
mod tests;

/// Seconds for which an issue is new: seven days.
pub const NEW_SECONDS: i64 = 7 * 86_400;

/// Where an issue stands.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Its state.
    pub status: Status,
    /// Its finer state.
    pub substatus: Substatus,
    /// How it was resolved, while it is.
    pub resolution: Option<Resolution>,
    /// The deploy that brought the fix, while it is resolved and there was one.
    pub deployed: Option<Deployed>,
    /// Until when it is archived, while it is.
    pub archive: Option<ArchiveUntil>,
}

/// What came in for an issue, and the counts after it.
#[derive(Clone, Copy)]
pub struct Arrived<'a> {
    /// The time now.
    pub now: Timestamp,
    /// When the issue first happened.
    pub first_seen: Timestamp,
    /// How many events came in.
    pub count: i64,
    /// How many users they hit that the issue had not hit before.
    pub new_users: i64,
    /// Events of the issue, these included.
    pub times_seen: i64,
    /// Users of the issue, these included.
    pub users_seen: i64,
    /// Events of the issue in the current hour, these included.
    pub hour_events: i64,
    /// The distinct releases of the events; none for events that name none.
    pub releases: &'a [Option<&'a str>],
    /// When releases were first heard of.
    pub heard: Heard<'a>,
}

/// A new state, and what it is to be told as.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// The new state.
    pub to: State,
    /// What to tell; none for what is only bookkeeping.
    pub change: Option<Change>,
}

impl State {
    /// Of an issue whose first event came in just now.
    pub const fn new() -> Self {
        State {
            status: Status::Unresolved,
            substatus: Substatus::New,
            resolution: None,
            deployed: None,
            archive: None,
        }
    }

    const fn unresolved(substatus: Substatus) -> Self {
        State {
            status: Status::Unresolved,
            substatus,
            resolution: None,
            deployed: None,
            archive: None,
        }
    }

    /// After events came in; none where they change nothing.
    pub fn on_events(&self, arrived: &Arrived<'_>) -> Option<Transition> {
        match self.status {
            Status::Resolved => self.regress(arrived),
            Status::Ignored => self.wake(arrived),
            Status::Unresolved => self.age(arrived.now, arrived.first_seen),
        }
    }

    /// After time went by; none where it changes nothing.
    pub fn on_time(&self, now: Timestamp, first_seen: Timestamp) -> Option<Transition> {
        match self.status {
            Status::Ignored => self.archive.as_ref().and_then(|until| date_passed(until, now)),
            Status::Unresolved => self.age(now, first_seen),
            Status::Resolved => None,
        }
    }

    /// Somebody says it is done. Saying it again, in the same way, changes nothing.
    pub fn resolve(&self, resolution: Resolution) -> Option<Transition> {
        let is_so = self.status == Status::Resolved && self.resolution.as_ref() == Some(&resolution);
        (!is_so).then(|| Transition {
            to: State {
                status: Status::Resolved,
                // What is resolved has no finer state; the last one stays for who reads the row.
                substatus: self.substatus,
                resolution: Some(resolution.clone()),
                deployed: None,
                archive: None,
            },
            change: Some(Change::Resolved { resolution }),
        })
    }

    /// Somebody takes it up again.
    pub fn unresolve(&self) -> Option<Transition> {
        (self.status != Status::Unresolved).then(|| Transition {
            to: State::unresolved(Substatus::Ongoing),
            change: Some(Change::Unresolved),
        })
    }

    /// Somebody archives it.
    pub fn archive(&self, until: ArchiveUntil) -> Option<Transition> {
        let is_so = self.status == Status::Ignored && self.archive.as_ref() == Some(&until);
        (!is_so).then(|| Transition {
            to: State {
                status: Status::Ignored,
                substatus: until.substatus(),
                resolution: None,
                deployed: None,
                archive: Some(until.clone()),
            },
            change: Some(Change::Archived { until }),
        })
    }

    /// A resolved issue happened again: a regression, unless only in releases that do not hold the fix.
    fn regress(&self, arrived: &Arrived<'_>) -> Option<Transition> {
        let resolution = self.resolution.as_ref().unwrap_or(&Resolution::Now);
        let release = arrived
            .releases
            .iter()
            .find(|release| is_regression(resolution, **release, arrived))?;
        Some(Transition {
            to: State::unresolved(Substatus::Regressed),
            change: Some(Change::Regressed {
                resolution: self.resolution.clone(),
                release: release.map(str::to_owned),
            }),
        })
    }

    /// An archived issue happened again: it comes back once what it was archived until has come.
    fn wake(&self, arrived: &Arrived<'_>) -> Option<Transition> {
        let until = self.archive.as_ref()?;
        if let Some(over) = date_passed(until, arrived.now) {
            return Some(over);
        }
        let mut next = until.clone();
        let reason = if count_reached(&mut next.events, arrived.times_seen, arrived.count, arrived.now) {
            Some(in_words("seen", until.events, "times"))
        } else if count_reached(
            &mut next.users,
            arrived.users_seen,
            arrived.new_users,
            arrived.now,
        ) {
            Some(in_words("affected", until.users, "users"))
        } else if until.escalating && arrived.hour_events > until.escalation_limit {
            Some(format!(
                "{} events in an hour, more than {}",
                arrived.hour_events, until.escalation_limit
            ))
        } else {
            None
        };
        match reason {
            Some(reason) => Some(Transition {
                to: State::unresolved(Substatus::Escalating),
                change: Some(Change::Escalating { reason }),
            }),
            // A new window has begun.
            None if next != *until => Some(Transition {
                to: State {
                    archive: Some(next),
                    ..self.clone()
                },
                change: None,
            }),
            None => None,
        }
    }

    /// What is new becomes ongoing.
    fn age(&self, now: Timestamp, first_seen: Timestamp) -> Option<Transition> {
        let is_old = now > first_seen.plus_seconds(NEW_SECONDS);
        (self.substatus == Substatus::New && is_old).then(|| Transition {
            to: State::unresolved(Substatus::Ongoing),
            change: None,
        })
    }
}

impl Default for State {
    fn default() -> Self {
        State::new()
    }
}

impl ArchiveUntil {
    /// Whether nothing but a person brings it back.
    pub const fn is_forever(&self) -> bool {
        !self.escalating && self.date.is_none() && self.events.is_none() && self.users.is_none()
    }

    /// The finer state of an issue that is archived so.
    pub const fn substatus(&self) -> Substatus {
        if self.is_forever() {
            Substatus::ArchivedForever
        } else if self.escalating {
            Substatus::ArchivedUntilEscalating
        } else {
            Substatus::ArchivedUntilConditionMet
        }
    }
}

fn date_passed(until: &ArchiveUntil, now: Timestamp) -> Option<Transition> {
    until.date.filter(|date| *date <= now).map(|_| Transition {
        to: State::unresolved(Substatus::Ongoing),
        change: Some(Change::Unresolved),
    })
}

/// Whether the count has grown as far as it should; begins the next window where one is over.
fn count_reached(threshold: &mut Option<Threshold>, total: i64, arrived: i64, now: Timestamp) -> bool {
    let Some(threshold) = threshold else { return false };
    if let Some(minutes) = threshold.window_minutes
        && now > threshold.since.plus_seconds(minutes.saturating_mul(60))
    {
        threshold.base = total - arrived;
        threshold.since = now;
    }
    total - threshold.base >= threshold.more
}

fn in_words(verb: &str, threshold: Option<Threshold>, noun: &str) -> String {
    let more = threshold.map_or(0, |threshold| threshold.more);
    match threshold.and_then(|threshold| threshold.window_minutes) {
        Some(minutes) => format!("{verb} {more} more {noun} within {minutes} minutes"),
        None => format!("{verb} {more} more {noun}"),
    }
}

/// Whether an event of `release` shows that what was said to be fixed is not. An event that names no release is
/// taken for an old one where a release was named, as Sentry takes it.
fn is_regression(resolution: &Resolution, release: Option<&str>, arrived: &Arrived<'_>) -> bool {
    match (resolution, release) {
        (Resolution::Now | Resolution::InCommit { .. }, _) => true,
        (_, None) => false,
        (resolution, Some(release)) => release::holds_fix(release, resolution, arrived.heard),
    }
}
