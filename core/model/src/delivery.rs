//! A lifecycle event owed to a plugin: its states, and when a failed attempt is tried again.

use serde::{Deserialize, Serialize};

use crate::{DeliveryId, InstallationId, IssueId, LifecycleId, Timestamp};

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be tried when its time comes.
    Waiting,
    /// Being tried; falls back to waiting when its lease ends.
    Leased,
    /// The plugin did it.
    Done,
    /// The plugin had nothing to do.
    Ignored,
    /// Held until an admin mends the configuration or the credentials.
    Parked,
    /// Given up: permanent failure, or no attempt left.
    Dead,
    /// A later one about the same issue took its place before it was told.
    Superseded,
}

impl DeliveryState {
    /// As it is stored.
    pub const fn code(self) -> i16 {
        match self {
            DeliveryState::Waiting => 0,
            DeliveryState::Leased => 1,
            DeliveryState::Done => 2,
            DeliveryState::Ignored => 3,
            DeliveryState::Parked => 4,
            DeliveryState::Dead => 5,
            DeliveryState::Superseded => 6,
        }
    }

    /// The state of a stored number.
    pub const fn from_code(code: i16) -> Option<Self> {
        Some(match code {
            0 => DeliveryState::Waiting,
            1 => DeliveryState::Leased,
            2 => DeliveryState::Done,
            3 => DeliveryState::Ignored,
            4 => DeliveryState::Parked,
            5 => DeliveryState::Dead,
            6 => DeliveryState::Superseded,
            _ => return None,
        })
    }

    /// Whether nothing more comes of it by itself.
    pub const fn is_over(self) -> bool {
        matches!(
            self,
            DeliveryState::Done | DeliveryState::Ignored | DeliveryState::Dead | DeliveryState::Superseded
        )
    }

    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Waiting => "waiting",
            DeliveryState::Leased => "leased",
            DeliveryState::Done => "done",
            DeliveryState::Ignored => "ignored",
            DeliveryState::Parked => "parked",
            DeliveryState::Dead => "dead",
            DeliveryState::Superseded => "superseded",
        }
    }
}

/// One lifecycle event owed to one installation.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Its id; the idempotency key that the plugin sees is made of it.
    pub id: DeliveryId,
    /// To whom.
    pub installation: InstallationId,
    /// What.
    pub lifecycle: LifecycleId,
    /// About which issue: deliveries of one issue to one installation keep their order.
    pub issue: IssueId,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts made.
    pub attempts: i32,
    /// Not before.
    pub next_at: Timestamp,
    /// Whether somebody asked for it again after it was over.
    pub is_replay: bool,
}

/// Why an installation is owed nothing of what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unowed {
    /// Its settings do not ask for such changes.
    Unsubscribed,
    /// It was disabled.
    Disabled,
    /// It was installed later.
    TooEarly,
    /// It did it itself.
    OwnChange,
    /// Plugins answered each other too often.
    ChainTooLong,
    /// It is an alert that names others.
    NotNamed,
}

impl Unowed {
    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Unowed::Unsubscribed => "unsubscribed",
            Unowed::Disabled => "disabled",
            Unowed::TooEarly => "too_early",
            Unowed::OwnChange => "own_change",
            Unowed::ChainTooLong => "chain_too_long",
            Unowed::NotNamed => "not_named",
        }
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// The plugin did it.
    Done,
    /// The plugin had nothing to do.
    Ignored,
    /// Try again, not before the hint (milliseconds).
    Retry {
        /// Why.
        message: String,
        /// The destination's own wish.
        after_ms: Option<u64>,
    },
    /// The destination wants to be left alone that many milliseconds; counts as no attempt.
    RateLimited {
        /// For how long.
        after_ms: u64,
    },
    /// The configuration is wrong: an admin has to act.
    Config {
        /// What is wrong.
        message: String,
    },
    /// The credentials are refused: an admin has to act.
    Auth {
        /// What was said.
        message: String,
    },
    /// It will never work.
    Permanent {
        /// Why.
        message: String,
    },
    /// The plugin trapped or broke a limit.
    Crashed {
        /// Which: `trap`, `cpu`, `wall`, `memory`.
        limit: String,
        /// The trap's text.
        message: String,
    },
}

/// Seconds to wait after the n-th failed attempt: 5 s, 30 s, 2 min, 10 min, 30 min, then every hour: no longer, or what
/// failed alone would learn half a day late that its destination is back. After [`MAX_ATTEMPTS`] (about three days)
/// a delivery is dead.
pub fn backoff_seconds(attempt: i32) -> i64 {
    const SERIES: [i64; 6] = [5, 30, 120, 600, 1_800, 3_600];
    let at = usize::try_from(attempt.max(1) - 1).unwrap_or(0);
    SERIES[at.min(SERIES.len() - 1)]
}

/// Attempts after which a delivery is given up.
pub const MAX_ATTEMPTS: i32 = 77;

/// Crashes after which a delivery is given up: a plugin that trapped thrice on one input will trap again.
pub const MAX_CRASHES: i32 = 3;

/// What becomes of a delivery after an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Its state.
    pub state: DeliveryState,
    /// Attempts that count, this one included.
    pub attempts: i32,
    /// Crashes, this one included.
    pub crashes: i32,
    /// Not before.
    pub next_at: Timestamp,
    /// Why it stands there, for people; none where all is well.
    pub reason: Option<String>,
    /// Whether the whole installation is to be held, because an admin has to act.
    pub pauses_installation: bool,
}

/// Decides about a delivery with that many `attempts` and `crashes` before one that ended in `outcome` at `now`.
pub fn verdict(attempts: i32, crashes: i32, outcome: &AttemptOutcome, now: Timestamp) -> Verdict {
    let ended = |state, reason: Option<String>| Verdict {
        state,
        attempts: attempts + 1,
        crashes,
        next_at: now,
        reason,
        pauses_installation: false,
    };
    match outcome {
        AttemptOutcome::Done => ended(DeliveryState::Done, None),
        AttemptOutcome::Ignored => ended(DeliveryState::Ignored, None),
        AttemptOutcome::Permanent { message } => ended(DeliveryState::Dead, Some(message.clone())),
        AttemptOutcome::Config { message } | AttemptOutcome::Auth { message } => Verdict {
            // Nobody is to blame but the configuration: once it is mended all attempts are there again.
            attempts,
            pauses_installation: true,
            ..ended(DeliveryState::Parked, Some(message.clone()))
        },
        AttemptOutcome::RateLimited { after_ms } => Verdict {
            attempts,
            next_at: now.plus_millis(bounded_wait(*after_ms)),
            ..ended(
                DeliveryState::Waiting,
                Some("the destination asked to wait".to_owned()),
            )
        },
        AttemptOutcome::Retry { message, after_ms } => {
            let wait = backoff_millis(attempts + 1, now).max(after_ms.map_or(0, bounded_wait));
            Verdict {
                next_at: now.plus_millis(wait),
                ..ended(again(attempts + 1 >= MAX_ATTEMPTS), Some(message.clone()))
            }
        }
        AttemptOutcome::Crashed { limit, message } => {
            let is_over = crashes + 1 >= MAX_CRASHES || attempts + 1 >= MAX_ATTEMPTS;
            Verdict {
                crashes: crashes + 1,
                next_at: now.plus_millis(backoff_millis(attempts + 1, now)),
                ..ended(again(is_over), Some(format!("{limit}: {message}")))
            }
        }
    }
}

/// Where a failure leaves a delivery.
const fn again(is_over: bool) -> DeliveryState {
    if is_over {
        DeliveryState::Dead
    } else {
        DeliveryState::Waiting
    }
}

fn backoff_millis(attempt: i32, now: Timestamp) -> i64 {
    spread(backoff_seconds(attempt) * 1_000, now)
}

/// A wait and up to a fifth more, so that what failed together is not tried again together. The microsecond at which
/// an attempt ended is dice enough, and a test can hold it.
pub(crate) const fn spread(wait_ms: i64, now: Timestamp) -> i64 {
    wait_ms + wait_ms * now.micros().rem_euclid(1_000) / 5_000
}

/// Milliseconds to wait because a destination said so: at most a day, so that no header parks a delivery for good.
pub(crate) fn bounded_wait(asked_ms: u64) -> i64 {
    const DAY_MS: i64 = 86_400_000;
    i64::try_from(asked_ms).unwrap_or(DAY_MS).min(DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn retry(after_ms: Option<u64>) -> AttemptOutcome {
        AttemptOutcome::Retry {
            message: "no answer".to_owned(),
            after_ms,
        }
    }

    fn crash() -> AttemptOutcome {
        AttemptOutcome::Crashed {
            limit: "cpu".to_owned(),
            message: "too long".to_owned(),
        }
    }

    #[test]
    fn an_attempt_ends_in_one_state() {
        let text = || "why".to_owned();
        let cases = [
            (AttemptOutcome::Done, DeliveryState::Done, 4),
            (AttemptOutcome::Ignored, DeliveryState::Ignored, 4),
            (
                AttemptOutcome::Permanent { message: text() },
                DeliveryState::Dead,
                4,
            ),
            (
                AttemptOutcome::Config { message: text() },
                DeliveryState::Parked,
                3,
            ),
            (AttemptOutcome::Auth { message: text() }, DeliveryState::Parked, 3),
            (
                AttemptOutcome::RateLimited { after_ms: 1 },
                DeliveryState::Waiting,
                3,
            ),
            (retry(None), DeliveryState::Waiting, 4),
            (crash(), DeliveryState::Waiting, 4),
        ];
        for (outcome, state, attempts) in cases {
            let verdict = verdict(3, 0, &outcome, NOW);
            assert_eq!(
                (verdict.state, verdict.attempts),
                (state, attempts),
                "{outcome:?}"
            );
            assert_eq!(verdict.pauses_installation, state == DeliveryState::Parked);
        }
    }

    #[test]
    fn attempts_and_crashes_come_to_an_end() {
        assert_eq!(
            verdict(MAX_ATTEMPTS - 2, 0, &retry(None), NOW).state,
            DeliveryState::Waiting
        );
        assert_eq!(
            verdict(MAX_ATTEMPTS - 1, 0, &retry(None), NOW).state,
            DeliveryState::Dead
        );
        assert_eq!(
            verdict(0, MAX_CRASHES - 2, &crash(), NOW).state,
            DeliveryState::Waiting
        );
        assert_eq!(
            verdict(0, MAX_CRASHES - 1, &crash(), NOW).state,
            DeliveryState::Dead
        );
    }

    #[test]
    fn attempts_that_end_together_are_spread() {
        let wait = |micros: i64| {
            let now = Timestamp::from_micros(NOW.micros() + micros);
            verdict(0, 0, &retry(None), now).next_at.micros() - now.micros()
        };
        assert_eq!((wait(0), wait(500), wait(999)), (5_000_000, 5_500_000, 5_999_000));
    }

    #[test]
    fn the_longer_of_backoff_and_the_destinations_wish_counts_up_to_a_day() {
        let wait = |outcome: &AttemptOutcome| verdict(0, 0, outcome, NOW).next_at.millis() - NOW.millis();
        assert_eq!(wait(&retry(None)), 5_000);
        assert_eq!(wait(&retry(Some(1))), 5_000);
        assert_eq!(wait(&retry(Some(60_000))), 60_000);
        assert_eq!(wait(&retry(Some(u64::MAX))), 86_400_000);
        assert_eq!(wait(&AttemptOutcome::RateLimited { after_ms: 700 }), 700);
    }
}
