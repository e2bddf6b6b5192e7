//! How much a project may send in a day and in thirty days, and what of a flood is let in.
//!
//! A flood is a minute with many times the events of the project's usual one. Its beginning passes, then one event of each
//! second, so that the end of it is there too. What one project sends beyond never gets to the queue that all share.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use errand_model::project::Volume;
use errand_model::{ProjectId, Timestamp};
use errand_store::outcomes::Accepted;
use lru::LruCache;

use super::config::IngestConfig;
use super::limits::{Reached, Scope};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 86_400 * SECOND;

/// How long the numbers of the database are believed.
const READ_EVERY: i64 = 30 * SECOND;
/// A minute with that many times the usual events is the beginning of a flood.
const TIMES_USUAL: i64 = 6;
/// Fewer events a minute are no flood of anything.
const LEAST: i64 = 60;
/// A minute of a project that has no past yet.
const UNKNOWN: i64 = 600;
/// When SDKs are to come back: within the flood, so that its end gets through; when a quota is used up.
const FLOOD_SECONDS: u32 = 1;
const QUOTA_SECONDS: i64 = 3_600;

/// What is known of a project's events.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    read_at: Option<i64>,
    day: i64,
    today: i64,
    thirty_days: i64,
    /// Events in a minute from which on it is a flood.
    flood: i64,
    minute: i64,
    in_minute: i64,
    sampled: i64,
}

/// The tallies of projects that have a bound.
#[derive(Debug)]
pub(crate) struct Volumes {
    tallies: Mutex<LruCache<ProjectId, Tally>>,
}

impl Volumes {
    pub(crate) fn new(config: &IngestConfig) -> Self {
        let size = NonZeroUsize::new(config.known_keys).unwrap_or(NonZeroUsize::MIN);
        Volumes {
            tallies: Mutex::new(LruCache::sparse(size)),
        }
    }

    /// Whether the database's numbers are to be read again; one caller alone is told so.
    pub(super) fn is_due(&self, project: ProjectId, now: Timestamp) -> bool {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = tallies.get_or_insert_mut(project, Tally::default);
        let is_due = tally.read_at.is_none_or(|read| now.micros() - read >= READ_EVERY);
        if is_due {
            tally.read_at = Some(now.micros());
        }
        is_due
    }

    /// Takes the database's numbers over. It lags a little behind what was let in here, and knows what other hubs let in.
    pub(super) fn learn(&self, project: ProjectId, accepted: Accepted, now: Timestamp) {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = tallies.get_or_insert_mut(project, Tally::default);
        let day = now.micros().div_euclid(DAY);
        if tally.day != day {
            (tally.day, tally.today) = (day, 0);
        }
        tally.today = tally.today.max(accepted.today);
        tally.thirty_days = accepted.thirty_days.max(tally.today);
        tally.flood = accepted
            .usual_hour
            .map_or(UNKNOWN, |hour| (hour * TIMES_USUAL / 60).max(LEAST));
    }

    /// Whether another event may come in, which then counts; if not, why.
    pub(super) fn take(&self, project: ProjectId, volume: Volume, now: Timestamp) -> Result<(), Reached> {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = tallies.get_or_insert_mut(project, Tally::default);
        tally.turn(now.micros());
        let reached = |scope, seconds: i64| Reached {
            scope,
            retry_after_seconds: u32::try_from(seconds).unwrap_or(1).max(1),
        };
        if volume.daily.is_some_and(|most| tally.today >= i64::from(most)) {
            let midnight = (tally.day + 1) * DAY - now.micros();
            return Err(reached(
                Scope::Day(project),
                (midnight / SECOND).min(QUOTA_SECONDS),
            ));
        }
        if volume
            .monthly
            .is_some_and(|most| tally.thirty_days >= i64::from(most))
        {
            return Err(reached(Scope::Month(project), QUOTA_SECONDS));
        }
        tally.in_minute += 1;
        if volume.spikes && tally.flood > 0 && tally.in_minute > tally.flood {
            if now.micros() - tally.sampled < SECOND {
                return Err(reached(Scope::Spike(project), i64::from(FLOOD_SECONDS)));
            }
            tally.sampled = now.micros();
        }
        tally.today += 1;
        tally.thirty_days += 1;
        Ok(())
    }
}

impl Tally {
    /// Begins another minute, and another day, when they have come.
    fn turn(&mut self, now: i64) {
        let (day, minute) = (now.div_euclid(DAY), now.div_euclid(MINUTE));
        if self.day != day {
            (self.day, self.today) = (day, 0);
        }
        if self.minute != minute {
            // A flood that goes on over the minute does not begin anew.
            let goes_on = self.minute + 1 == minute && self.flood > 0 && self.in_minute > self.flood;
            self.in_minute = if goes_on { self.flood } else { 0 };
            self.minute = minute;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROJECT: ProjectId = ProjectId(1);
    const START: Timestamp = Timestamp::from_seconds(1_790_000_040);

    fn volumes(usual_hour: Option<i64>) -> Volumes {
        let volumes = Volumes::new(&IngestConfig::default());
        let accepted = Accepted {
            today: 0,
            thirty_days: 0,
            usual_hour,
        };
        volumes.learn(PROJECT, accepted, START);
        volumes
    }

    #[test]
    fn a_flood_keeps_its_beginning_and_one_event_of_each_second_to_its_end() {
        let volumes = volumes(Some(6_000));
        let volume = Volume {
            spikes: true,
            ..Volume::default()
        };
        // Twenty times the usual for ninety seconds, over the turn of a minute.
        let mut passed = Vec::new();
        for millis in (0..90_000).step_by(30) {
            let now = START.plus_millis(millis);
            match volumes.take(PROJECT, volume, now) {
                Ok(()) => passed.push(millis),
                Err(reached) => assert_eq!(reached.scope.reason(), "spike_protection"),
            }
        }
        assert!(passed.len() > 600 && passed.len() < 700, "{}", passed.len());
        assert_eq!(passed[..3], [0, 30, 60], "the first");
        assert!(
            passed.last().is_some_and(|last| *last > 88_900),
            "the last: {passed:?}"
        );
        let quiet = START.plus_seconds(300);
        for nth in 0..600 {
            assert!(
                volumes.take(PROJECT, volume, quiet).is_ok(),
                "{nth} once it is over"
            );
        }
    }

    #[test]
    fn a_quota_holds_until_the_day_is_over_and_counts_what_the_database_knows() {
        let volumes = volumes(None);
        let volume = Volume {
            daily: Some(10),
            ..Volume::default()
        };
        let accepted = Accepted {
            today: 7,
            thirty_days: 7,
            usual_hour: None,
        };
        volumes.learn(PROJECT, accepted, START);
        let passed = (0..20)
            .filter(|_| volumes.take(PROJECT, volume, START).is_ok())
            .count();
        assert_eq!(passed, 3);
        let tomorrow = START.plus_seconds(86_400);
        assert!(volumes.take(PROJECT, volume, tomorrow).is_ok());
        let month = Volume {
            monthly: Some(11),
            ..Volume::default()
        };
        assert_eq!(
            volumes
                .take(PROJECT, month, tomorrow)
                .map_err(|reached| reached.scope.reason()),
            Err("monthly_quota")
        );
    }
}
