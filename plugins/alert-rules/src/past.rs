//! What rules that watch would have done: history minute by minute, by the same looks that are taken live.

use std::collections::{BTreeMap, HashMap, HashSet};

use errand_plugin_sdk::issues::{self, Filter, NewValue};
use errand_plugin_sdk::{Failure, Issue, PastDeed, Retraced};

use crate::facts::{self, Facts};
use crate::memory::{History, MINUTE_MS};
use crate::metric::{Measure, Metric};
use crate::questions::Questions;
use crate::rule::Rule;
use crate::share::Share;
use crate::sight::Sight;
use crate::trigger::{Counted, Growth, Trigger};
use crate::watch;

/// Questions that a minute may take. With fewer left, the rest is another call's.
const OF_A_MINUTE: usize = 12;
const HOUR_MS: u64 = 3_600_000;

/// Goes through a stretch of history, as far as one call may ask.
pub fn retrace(
    rules: &[Rule],
    (since, until): (u64, u64),
    mut history: History,
) -> Result<Retraced, Failure> {
    let mut past = Past::of(rules, since, until)?;
    let mut deeds = Vec::new();
    let mut reached = since;
    while reached < until && (reached == since || past.questions.left() >= OF_A_MINUTE) {
        // As each minute ends, and in the end at this moment.
        let at = ((reached / MINUTE_MS + 1) * MINUTE_MS).min(until);
        for alarm in watch::watch(rules, at, &mut history, &mut past)? {
            // That it is over is told live, and is no second firing.
            if !alarm.is_over {
                deeds.push(PastDeed {
                    at,
                    issue: alarm.issue.id,
                    change: alarm.change.to_owned(),
                    did: vec![alarm.rule.name.clone()],
                    why: alarm.why,
                });
            }
        }
        reached = at;
    }
    Ok(Retraced {
        deeds,
        reached,
        is_capped: past.is_capped,
        memory: history.write(),
    })
}

/// Events by minute and issue, of those with some tags.
struct Track {
    /// When, which issue by its place in `issues`, how many events, and whose.
    minutes: Vec<(u64, usize, u64, Vec<u32>)>,
    issues: Vec<String>,
}

/// A window that moves over a track.
#[derive(Default)]
struct Window {
    from: usize,
    to: usize,
    all: Tally,
    by_issue: BTreeMap<usize, Tally>,
}

/// Events, and how often each user is among them.
#[derive(Default)]
struct Tally {
    events: u64,
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

    fn number(&self, of: Counted) -> u64 {
        match of {
            Counted::Events => self.events,
            Counted::Users => self.users.len() as u64,
        }
    }
}

impl Window {
    /// Moves on to what happened from then to then. Times only grow.
    fn go(&mut self, track: &Track, since: u64, until: u64) {
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

type Tags = Vec<(String, String)>;

/// History, as far as rules look at it.
struct Past {
    questions: Questions,
    tracks: HashMap<Tags, Track>,
    /// By what is watched, as it was written.
    windows: HashMap<String, Window>,
    values: HashMap<String, Vec<NewValue>>,
    issues: HashMap<String, Option<Issue>>,
    /// Whether there was more than could be looked at.
    is_capped: bool,
}

/// What a rule looks at: events with these tags, so far back, with their users or without.
fn looks_at(trigger: &Trigger) -> Option<(Tags, u64, bool)> {
    match trigger {
        Trigger::Change(_) | Trigger::NewValue(_) | Trigger::Timetable(_) => None,
        Trigger::Growth(growth) => Some((
            Vec::new(),
            growth.span.unsigned_abs(),
            growth.of == Counted::Users,
        )),
        Trigger::Metric(metric) => {
            let back = metric.window.unsigned_abs() + metric.ago().unwrap_or_default();
            Some((metric.tags.clone(), back, metric.of == Counted::Users))
        }
        Trigger::Share(share) => Some((share.tags(), share.window().unsigned_abs(), false)),
    }
}

impl Past {
    fn of(rules: &[Rule], since: u64, until: u64) -> Result<Self, Failure> {
        let mut past = Past {
            questions: Questions::of_a_call(),
            tracks: HashMap::new(),
            windows: HashMap::new(),
            values: HashMap::new(),
            issues: HashMap::new(),
            is_capped: false,
        };
        let mut wanted: BTreeMap<Tags, (u64, bool)> = BTreeMap::new();
        for trigger in rules.iter().flat_map(|rule| &rule.when) {
            if let Some((tags, back, with_users)) = looks_at(trigger) {
                let known = wanted.entry(tags).or_default();
                *known = (known.0.max(back), known.1 || with_users);
            }
            if let Trigger::NewValue(tag) = trigger
                && past.questions.take(1)
            {
                let found = issues::new_values(None, tag, since, until)?;
                past.values.insert(tag.clone(), found);
            }
        }
        for (tags, (back, with_users)) in wanted {
            past.read(tags, (since.saturating_sub(back + HOUR_MS), until), with_users)?;
        }
        Ok(past)
    }

    fn read(&mut self, tags: Tags, (since, until): (u64, u64), with_users: bool) -> Result<(), Failure> {
        if !self.questions.take(1) {
            self.is_capped = true;
            return Ok(());
        }
        let filter = Filter {
            issue: None,
            project: None,
            tags: tags.clone(),
        };
        let found = issues::by_minutes(&filter, since, until, with_users)?;
        self.is_capped |= found.is_at_least;
        let mut track = Track {
            minutes: Vec::with_capacity(found.minutes.len()),
            issues: Vec::new(),
        };
        let mut places: HashMap<String, usize> = HashMap::new();
        for minute in found.minutes {
            let place = *places.entry(minute.issue).or_insert_with_key(|issue| {
                track.issues.push(issue.clone());
                track.issues.len() - 1
            });
            track
                .minutes
                .push((minute.at, place, u64::from(minute.events), minute.users));
        }
        self.tracks.insert(tags, track);
        Ok(())
    }

    /// The window that ends at a time.
    fn window(
        &mut self,
        name: &str,
        tags: &[(String, String)],
        (since, until): (u64, u64),
    ) -> Option<&Window> {
        let track = self.tracks.get(tags)?;
        let window = self.windows.entry(name.to_owned()).or_default();
        window.go(track, since, until);
        Some(window)
    }
}

impl Sight for Past {
    fn grown(&mut self, growth: &Growth, now: u64, quiet: &HashSet<String>) -> Result<Vec<Issue>, Failure> {
        let since = now.saturating_sub(growth.span.unsigned_abs());
        let Some(window) = self.window(&growth.text, &[], (since, now)) else {
            return Ok(Vec::new());
        };
        let enough = window
            .by_issue
            .iter()
            .filter(|(_, tally)| tally.events >= growth.count && tally.number(growth.of) >= growth.count);
        let places: Vec<usize> = enough.map(|(place, _)| *place).collect();
        let Some(track) = self.tracks.get(&Vec::new()) else {
            return Ok(Vec::new());
        };
        let ids = places
            .into_iter()
            .filter_map(|place| track.issues.get(place).cloned());
        let loud: Vec<String> = ids.filter(|id| !quiet.contains(id)).collect();
        let mut grown = Vec::new();
        for id in loud {
            grown.extend(self.issue(&id)?);
        }
        Ok(grown)
    }

    fn number(&mut self, metric: &Metric, now: u64) -> Result<Option<Measure>, Failure> {
        let window = metric.window.unsigned_abs();
        let mut number = |name: &str, until: u64| {
            let stretch = (until.saturating_sub(window), until);
            let window = self.window(name, &metric.tags, stretch)?;
            Some(window.all.number(metric.of))
        };
        let current = number(&metric.text, now);
        let before = match metric.ago() {
            Some(ago) => number(&format!("{} before", metric.text), now.saturating_sub(ago)),
            None => Some(0),
        };
        Ok(current
            .zip(before)
            .map(|(current, before)| metric.judge(current, before)))
    }

    /// Sessions are counted by the hour: looked at as it ends.
    fn share(&mut self, share: &Share, now: u64) -> Result<Option<Measure>, Failure> {
        match (now + MINUTE_MS).is_multiple_of(HOUR_MS) {
            true => share.measured(now, &mut self.questions),
            false => Ok(None),
        }
    }

    fn seen_last(
        &mut self,
        window: i64,
        tags: &[(String, String)],
        now: u64,
    ) -> Result<Option<Issue>, Failure> {
        let since = now.saturating_sub(window.unsigned_abs().max(HOUR_MS) + HOUR_MS);
        let last = self.tracks.get(tags).and_then(|track| {
            let after = track.minutes.partition_point(|(at, ..)| *at < now);
            let (at, place, ..) = track.minutes.get(after.checked_sub(1)?)?;
            (*at >= since).then(|| track.issues.get(*place).cloned())?
        });
        match last {
            Some(id) => self.issue(&id),
            None => Ok(None),
        }
    }

    fn issue(&mut self, id: &str) -> Result<Option<Issue>, Failure> {
        if let Some(known) = self.issues.get(id) {
            return Ok(known.clone());
        }
        if !self.questions.take(1) {
            return Ok(None);
        }
        let found = issues::get(id)?;
        self.issues.insert(id.to_owned(), found.clone());
        Ok(found)
    }

    fn new_values(&mut self, tag: &str, since: u64, now: u64) -> Result<Vec<NewValue>, Failure> {
        let values = self.values.get(tag).into_iter().flatten();
        let fresh = values.filter(|new| new.first_seen >= since && new.first_seen < now);
        Ok(fresh.cloned().collect())
    }

    /// What a search would have found then nobody knows.
    fn searched(&mut self, _: &str) -> Result<Vec<Issue>, Failure> {
        Ok(Vec::new())
    }

    fn facts(&mut self, issue: &Issue, now: u64, change: &str) -> Result<Option<Facts>, Failure> {
        match self.questions.take(1) {
            true => facts::of_issue(issue, now, (change, "system")).map(Some),
            false => Ok(None),
        }
    }
}
