//! History as it is gone through: what happened minute by minute, and windows that move over it.

use std::collections::{BTreeMap, HashMap};

use errand_plugin_sdk::issues::{Minute, SessionCounts, SessionMinutes};

use crate::trigger::Counted;

/// Events by minute and issue, of those with some tags.
pub struct Track {
    /// When, which issue by its place in `issues`, how many events, and whose.
    pub minutes: Vec<(u64, usize, u64, Vec<u32>)>,
    pub issues: Vec<String>,
}

impl Track {
    /// What the hub told of it.
    pub fn of(minutes: Vec<Minute>) -> Self {
        let mut track = Track {
            minutes: Vec::with_capacity(minutes.len()),
            issues: Vec::new(),
        };
        let mut places: HashMap<String, usize> = HashMap::new();
        for minute in minutes {
            let place = *places.entry(minute.issue).or_insert_with_key(|issue| {
                track.issues.push(issue.clone());
                track.issues.len() - 1
            });
            track
                .minutes
                .push((minute.at, place, u64::from(minute.events), minute.users));
        }
        track
    }

    /// The issue that was seen last before `now`, where that was since then.
    pub fn seen_last(&self, since: u64, now: u64) -> Option<String> {
        let after = self.minutes.partition_point(|(at, ..)| *at < now);
        let (at, place, ..) = self.minutes.get(after.checked_sub(1)?)?;
        (*at >= since).then(|| self.issues.get(*place).cloned())?
    }
}

/// A window that moves over a track.
#[derive(Default)]
pub struct Window {
    from: usize,
    to: usize,
    pub all: Tally,
    pub by_issue: BTreeMap<usize, Tally>,
}

/// Events, and how often each user is among them.
#[derive(Default)]
pub struct Tally {
    pub events: u64,
    users: HashMap<u32, u32>,
}

impl Tally {
    fn add(&mut self, events: u64, users: &[u32]) {
        self.events += events;
        for user in users {
            *self.users.entry(*user).or_default() += 1;
        }
    }

    fn take(&mut self, events: u64, users: &[u32]) {
        self.events = self.events.saturating_sub(events);
        for user in users {
            if let Some(times) = self.users.get_mut(user) {
                *times -= 1;
                if *times == 0 {
                    self.users.remove(user);
                }
            }
        }
    }

    pub fn number(&self, of: Counted) -> u64 {
        match of {
            Counted::Events => self.events,
            Counted::Users => self.users.len() as u64,
        }
    }
}

impl Window {
    /// Moves on to what happened from then to then. Times only grow.
    pub fn go(&mut self, track: &Track, since: u64, until: u64) {
        while let Some((at, issue, events, users)) = track.minutes.get(self.to)
            && *at < until
        {
            self.all.add(*events, users);
            self.by_issue.entry(*issue).or_default().add(*events, users);
            self.to += 1;
        }
        while let Some((at, issue, events, users)) = track.minutes.get(self.from)
            && *at < since
            && self.from < self.to
        {
            self.all.take(*events, users);
            if let Some(tally) = self.by_issue.get_mut(issue) {
                tally.take(*events, users);
                if tally.events == 0 {
                    self.by_issue.remove(issue);
                }
            }
            self.from += 1;
        }
    }
}

/// Sessions by the minute in which they began, and how many there were before each.
pub struct Sessions {
    /// Since when they are known so.
    since: u64,
    minutes: Vec<u64>,
    before: Vec<[u64; 4]>,
}

impl Sessions {
    /// What the hub told of them.
    pub fn of(told: &SessionMinutes) -> Self {
        let mut before = vec![[0; 4]];
        let mut sum = [0; 4];
        for minute in &told.minutes {
            let counts = [minute.sessions, minute.errored, minute.abnormal, minute.crashed];
            for (sum, count) in sum.iter_mut().zip(counts) {
                *sum += count;
            }
            before.push(sum);
        }
        Sessions {
            since: told.since,
            minutes: told.minutes.iter().map(|minute| minute.at).collect(),
            before,
        }
    }

    /// Those that began from then to then; none where that is not known by the minute.
    pub fn between(&self, since: u64, until: u64) -> Option<SessionCounts> {
        if since < self.since {
            return None;
        }
        let place = |at: u64| self.minutes.partition_point(|minute| *minute < at);
        let (from, to) = (self.before.get(place(since))?, self.before.get(place(until))?);
        let [sessions, errored, abnormal, crashed] = std::array::from_fn(|at| to[at] - from[at]);
        Some(SessionCounts {
            sessions,
            errored,
            abnormal,
            crashed,
            users: 0,
            users_crashed: 0,
            since,
        })
    }
}

#[cfg(test)]
mod tests {
    use errand_plugin_sdk::issues::SessionMinute;

    use super::*;

    #[test]
    fn sessions_of_a_stretch_are_added_up() {
        let minute = |at, sessions, crashed| SessionMinute {
            at,
            sessions,
            errored: crashed,
            abnormal: 0,
            crashed,
        };
        let told = SessionMinutes {
            since: 60_000,
            minutes: vec![
                minute(60_000, 10, 1),
                minute(180_000, 5, 0),
                minute(240_000, 7, 2),
            ],
        };
        let sessions = Sessions::of(&told);
        for (since, until, expected) in [
            (60_000, 300_000, Some((22, 3))),
            (61_000, 240_000, Some((5, 0))),
            (300_000, 360_000, Some((0, 0))),
            (0, 300_000, None),
        ] {
            let found = sessions.between(since, until);
            let found = found.map(|counts| (counts.sessions, counts.crashed));
            assert_eq!(found, expected, "from {since} until {until}");
        }
    }

    #[test]
    fn a_window_knows_who_is_in_it() {
        let minute = |at, issue: &str, users: &[u32]| Minute {
            at,
            issue: issue.to_owned(),
            events: users.len() as u32,
            users: users.to_vec(),
        };
        let track = Track::of(vec![
            minute(0, "1", &[0, 1]),
            minute(0, "2", &[1]),
            minute(60_000, "1", &[1, 2]),
        ]);
        let mut window = Window::default();
        window.go(&track, 0, 60_000);
        assert_eq!(
            (
                window.all.number(Counted::Users),
                window.all.number(Counted::Events)
            ),
            (2, 3)
        );
        window.go(&track, 60_000, 120_000);
        assert_eq!(
            window.all.number(Counted::Users),
            2,
            "one of them left, another came"
        );
        assert_eq!(window.by_issue.len(), 1);
        assert_eq!(track.seen_last(0, 60_000).as_deref(), Some("2"));
        assert_eq!(track.seen_last(60_001, 200_000), None);
    }
}
