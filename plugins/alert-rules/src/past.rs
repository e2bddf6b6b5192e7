//! What rules that watch would have done: history minute by minute, by the same looks that are taken live.

use std::collections::{BTreeMap, HashMap, HashSet};

use errand_plugin_sdk::issues::{self, Filter, NewValue};
use errand_plugin_sdk::{Failure, Issue, PastDeed, Retraced};

use crate::facts::{self, Facts};
use crate::memory::{History, MINUTE_MS};
use crate::metric::{self, Measure, Metric};
use crate::questions::Questions;
use crate::rule::Rule;
use crate::share::Share;
use crate::sight::Sight;
use crate::track::{Sessions, Track, Window};
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

type Tags = Vec<(String, String)>;

/// Events with these tags, of so many milliseconds before: what is compared with has a track of its own.
type Of = (Tags, u64);

/// History, as far as rules look at it.
struct Past {
    questions: Questions,
    tracks: HashMap<Of, Track>,
    /// By what is watched, as it was written.
    windows: HashMap<String, Window>,
    sessions: HashMap<String, Sessions>,
    values: HashMap<String, Vec<NewValue>>,
    issues: HashMap<String, Option<Issue>>,
    /// Whether there was more than could be looked at.
    is_capped: bool,
}

/// What is read of events: how far back, and whether with their users.
struct Wanted {
    of: Of,
    back: u64,
    with_users: bool,
}

/// What of events a rule looks at.
fn looks_at(trigger: &Trigger) -> Vec<Wanted> {
    let wanted = |tags: Tags, ago: u64, back: u64, with_users| Wanted {
        of: (tags, ago),
        back,
        with_users,
    };
    match trigger {
        Trigger::Change(_) | Trigger::NewValue(_) | Trigger::Timetable(_) => Vec::new(),
        Trigger::Growth(growth) => {
            let users = growth.of == Counted::Users;
            vec![wanted(Vec::new(), 0, growth.span.unsigned_abs(), users)]
        }
        Trigger::Metric(metric) => {
            let (users, back) = (metric.of == Counted::Users, metric.window.unsigned_abs());
            let now = wanted(metric.tags.clone(), 0, back, users);
            let then = metric
                .ago()
                .map(|ago| wanted(metric.tags.clone(), ago, back, users));
            [Some(now), then].into_iter().flatten().collect()
        }
        Trigger::Share(share) => vec![wanted(share.tags(), 0, share.window().unsigned_abs(), false)],
    }
}

impl Past {
    fn of(rules: &[Rule], since: u64, until: u64) -> Result<Self, Failure> {
        let mut past = Past {
            questions: Questions::of_a_call(),
            tracks: HashMap::new(),
            windows: HashMap::new(),
            sessions: HashMap::new(),
            values: HashMap::new(),
            issues: HashMap::new(),
            is_capped: false,
        };
        let mut all: BTreeMap<Of, (u64, bool)> = BTreeMap::new();
        for trigger in rules.iter().flat_map(|rule| &rule.when) {
            for wanted in looks_at(trigger) {
                let known = all.entry(wanted.of).or_default();
                *known = (known.0.max(wanted.back), known.1 || wanted.with_users);
            }
            match trigger {
                Trigger::NewValue(tag) if past.questions.take(1) => {
                    let found = issues::new_values(None, tag, since, until)?;
                    past.values.insert(tag.clone(), found);
                }
                Trigger::Share(share) => {
                    let back = since.saturating_sub(share.window().unsigned_abs() + MINUTE_MS);
                    let told = share.minutes((back, until), &mut past.questions)?;
                    let sessions = told.map(|told| Sessions::of(&told));
                    past.sessions
                        .extend(sessions.map(|sessions| (share.text.clone(), sessions)));
                }
                _ => {}
            }
        }
        for (of, (back, with_users)) in all {
            // An hour more on each side: what it is compared with is an hour of the clock.
            let from = since.saturating_sub(of.1 + back + HOUR_MS);
            let to = match of.1 {
                0 => until,
                ago => until.saturating_sub(ago) + HOUR_MS,
            };
            past.read(of, (from, to), with_users)?;
        }
        Ok(past)
    }

    fn read(&mut self, of: Of, (since, until): (u64, u64), with_users: bool) -> Result<(), Failure> {
        if !self.questions.take(1) {
            self.is_capped = true;
            return Ok(());
        }
        let filter = Filter {
            issue: None,
            project: None,
            tags: of.0.clone(),
        };
        let found = issues::by_minutes(&filter, since, until, with_users)?;
        self.is_capped |= found.is_at_least;
        self.tracks.insert(of, Track::of(found.minutes));
        Ok(())
    }

    /// The window that ends at a time.
    fn window(&mut self, name: &str, of: &Of, (since, until): (u64, u64)) -> Option<&Window> {
        let track = self.tracks.get(of)?;
        let window = self.windows.entry(name.to_owned()).or_default();
        window.go(track, since, until);
        Some(window)
    }
}

impl Sight for Past {
    fn grown(&mut self, growth: &Growth, now: u64, quiet: &HashSet<String>) -> Result<Vec<Issue>, Failure> {
        let since = now.saturating_sub(growth.span.unsigned_abs());
        let Some(window) = self.window(&growth.text, &(Vec::new(), 0), (since, now)) else {
            return Ok(Vec::new());
        };
        let enough = window
            .by_issue
            .iter()
            .filter(|(_, tally)| tally.events >= growth.count && tally.number(growth.of) >= growth.count);
        let places: Vec<usize> = enough.map(|(place, _)| *place).collect();
        let Some(track) = self.tracks.get(&(Vec::new(), 0)) else {
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
        let mut number = |name: &str, ago: u64, stretch: (u64, u64)| {
            let window = self.window(name, &(metric.tags.clone(), ago), stretch)?;
            Some(window.all.number(metric.of))
        };
        let current = number(&metric.text, 0, metric.counted_at(now));
        let before = match (metric.ago(), metric.compared_at(now)) {
            (Some(ago), Some(stretch)) => number(&format!("{} before", metric.text), ago, stretch),
            _ => Some(0),
        };
        Ok(current
            .zip(before)
            .map(|(current, before)| metric.judge(current, before)))
    }

    /// Where sessions are known by the hour alone, they are looked at as it ends.
    fn share(&mut self, share: &Share, now: u64) -> Result<Option<Measure>, Failure> {
        let since = now.saturating_sub(share.window().unsigned_abs());
        let known = self.sessions.get(&share.text);
        if let Some(counts) = known.and_then(|known| known.between(since - since % MINUTE_MS, now)) {
            return Ok(Some(share.judge(&counts)));
        }
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
        let track = self.tracks.get(&(tags.to_vec(), 0));
        match track.and_then(|track| track.seen_last(since, now)) {
            Some(id) => self.issue(&id),
            None => metric::seen_last(window, tags, &mut self.questions),
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
