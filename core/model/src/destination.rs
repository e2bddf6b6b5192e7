//! Where an installation sends its requests, and whether that place may be bothered now: a circuit breaker.
//!
//! What one delivery learns of a destination counts for all that go there: while it is down or asks to be left
//! alone the others wait, rather than each find out for itself.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::delivery::{AttemptOutcome, bounded_wait, spread};

/// Failures in a row after which nobody goes there until a single attempt has succeeded.
pub const OPENS_AFTER: i32 = 5;

/// Milliseconds that the circuit is open for at first; it doubles with each attempt that fails then.
const FIRST_HOLD_MS: i64 = 30_000;
/// Milliseconds that it is open for at most: how late a destination that is back is noticed.
const LONGEST_HOLD_MS: i64 = 900_000;

/// How a destination fares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// Host and port, as the requests named it; empty for attempts that made no request.
    pub host: String,
    /// Failures since it last answered.
    pub failures: i32,
    /// Nobody goes there before.
    pub held_until: Timestamp,
    /// What was said last, while all is not well.
    pub reason: Option<String>,
}

/// Whether a destination may be bothered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Circuit {
    /// It may.
    Closed,
    /// It works, but asked to be left alone for a while.
    Busy,
    /// It is down: nobody goes there.
    Open,
    /// It was down: one may go and see.
    HalfOpen,
}

impl Circuit {
    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Circuit::Closed => "closed",
            Circuit::Busy => "busy",
            Circuit::Open => "open",
            Circuit::HalfOpen => "half_open",
        }
    }

    /// Whether nobody may go there.
    pub const fn is_held(self) -> bool {
        matches!(self, Circuit::Busy | Circuit::Open)
    }
}

/// What an attempt tells of its destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// It works.
    Answered,
    /// It works, and wants to be left alone that many milliseconds.
    Busy(u64),
    /// It does not work, and wants to be left alone that long, if it said so.
    Failed {
        /// What was said.
        message: String,
        /// Milliseconds.
        after_ms: Option<u64>,
    },
}

impl Signal {
    /// What `outcome` tells; nothing where the plugin, its settings or its credentials are to blame.
    pub fn of(outcome: &AttemptOutcome) -> Option<Self> {
        match outcome {
            AttemptOutcome::Done | AttemptOutcome::Ignored | AttemptOutcome::Permanent { .. } => {
                Some(Signal::Answered)
            }
            AttemptOutcome::RateLimited { after_ms } => Some(Signal::Busy(*after_ms)),
            AttemptOutcome::Retry { message, after_ms } => Some(Signal::Failed {
                message: message.clone(),
                after_ms: *after_ms,
            }),
            AttemptOutcome::Config { .. } | AttemptOutcome::Auth { .. } | AttemptOutcome::Crashed { .. } => {
                None
            }
        }
    }
}

impl Destination {
    /// One of which nothing is known yet.
    pub fn new(host: impl Into<String>) -> Self {
        Destination {
            host: host.into(),
            failures: 0,
            held_until: Timestamp::default(),
            reason: None,
        }
    }

    /// Whether it may be bothered at `now`.
    pub fn circuit(&self, now: Timestamp) -> Circuit {
        match (self.failures >= OPENS_AFTER, now < self.held_until) {
            (true, true) => Circuit::Open,
            (true, false) => Circuit::HalfOpen,
            (false, true) => Circuit::Busy,
            (false, false) => Circuit::Closed,
        }
    }

    /// How it fares after an attempt that ended at `now` and told that.
    #[must_use]
    pub fn after(&self, signal: &Signal, now: Timestamp) -> Self {
        let mut next = self.clone();
        match signal {
            Signal::Answered => {
                // That one was answered takes no wish to be left alone back.
                if self.failures >= OPENS_AFTER || now >= self.held_until {
                    next.held_until = Timestamp::default();
                    next.reason = None;
                }
                next.failures = 0;
            }
            Signal::Busy(after_ms) => {
                let until = now.plus_millis(bounded_wait(*after_ms));
                next.held_until = self.held_until.max(until);
                next.reason = Some("the destination asked to wait".to_owned());
            }
            // What was under way when the circuit opened says nothing new.
            Signal::Failed { .. } if self.circuit(now) == Circuit::Open => {}
            Signal::Failed { message, after_ms } => {
                next.failures = self.failures.saturating_add(1);
                let wished = after_ms.map_or(0, bounded_wait);
                let wait = hold_millis(next.failures, now).max(wished);
                next.held_until = self.held_until.max(now.plus_millis(wait));
                next.reason = Some(message.clone());
            }
        }
        next
    }

    /// Whether it works again: what waited for it may go.
    pub fn recovers_as(&self, next: &Self) -> bool {
        self.failures >= OPENS_AFTER && next.failures == 0
    }
}

/// Milliseconds to stay away after that many failures in a row; a little more, so that destinations that failed
/// together are not tried together.
fn hold_millis(failures: i32, now: Timestamp) -> i64 {
    let Ok(doublings) = u32::try_from(failures - OPENS_AFTER) else {
        return 0;
    };
    let hold = FIRST_HOLD_MS << doublings.min(10);
    spread(hold.min(LONGEST_HOLD_MS), now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn failed() -> Signal {
        Signal::Failed {
            message: "answered 500".to_owned(),
            after_ms: None,
        }
    }

    fn down() -> Destination {
        (0..OPENS_AFTER).fold(Destination::new("a"), |at, _| at.after(&failed(), NOW))
    }

    #[test]
    fn it_opens_after_failures_in_a_row_only() {
        let shaky = Destination::new("a");
        let shaky = (0..OPENS_AFTER - 1).fold(shaky, |at, _| at.after(&failed(), NOW));
        assert_eq!(shaky.circuit(NOW), Circuit::Closed);
        let well = shaky.after(&Signal::Answered, NOW);
        assert_eq!(well, Destination::new("a"));
        assert_eq!(shaky.after(&failed(), NOW).circuit(NOW), Circuit::Open);
    }

    #[test]
    fn it_stays_away_longer_each_time_up_to_a_quarter_of_an_hour() {
        let (mut at, mut now, mut holds) = (down(), NOW, Vec::new());
        for _ in 0..8 {
            holds.push(at.held_until.millis() - now.millis());
            now = at.held_until;
            assert_eq!(at.circuit(now), Circuit::HalfOpen);
            // Whole milliseconds: without dice.
            now = Timestamp::from_seconds(now.seconds() + 1);
            at = at.after(&failed(), now);
        }
        let wanted = [
            30_000, 60_000, 120_000, 240_000, 480_000, 900_000, 900_000, 900_000,
        ];
        assert_eq!(holds, wanted);
    }

    #[test]
    fn what_was_under_way_when_it_opened_changes_nothing() {
        let open = down();
        assert_eq!(open.after(&failed(), NOW.plus_seconds(1)), open);
        let back = open.after(&Signal::Answered, NOW.plus_seconds(1));
        assert!(open.recovers_as(&back));
        assert_eq!(back, Destination::new("a"));
    }

    #[test]
    fn a_wish_to_be_left_alone_holds_for_all_and_up_to_a_day() {
        let busy = Destination::new("a").after(&Signal::Busy(60_000), NOW);
        assert_eq!(busy.circuit(NOW.plus_seconds(59)), Circuit::Busy);
        assert_eq!(busy.circuit(NOW.plus_seconds(60)), Circuit::Closed);
        let answered = busy.after(&Signal::Answered, NOW);
        assert_eq!(
            answered.circuit(NOW),
            Circuit::Busy,
            "one answer does not take it back"
        );
        let shorter = busy.after(&Signal::Busy(1_000), NOW);
        assert_eq!(shorter.held_until, busy.held_until);
        let for_ever = Destination::new("a").after(&Signal::Busy(u64::MAX), NOW);
        assert_eq!(for_ever.held_until, NOW.plus_seconds(86_400));
        let wish = Signal::Failed {
            message: "answered 503".to_owned(),
            after_ms: Some(10_000),
        };
        let asked = Destination::new("a").after(&wish, NOW);
        assert_eq!((asked.failures, asked.circuit(NOW)), (1, Circuit::Busy));
    }
}
