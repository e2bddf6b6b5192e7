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
            _ => return None,
        })
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

/// Seconds to wait after the n-th failed attempt: 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 3 h, 6 h, then every 12 h.
/// After [`MAX_ATTEMPTS`] (about three days) a delivery is dead.
pub fn backoff_seconds(attempt: i32) -> i64 {
    const SERIES: [i64; 9] = [5, 30, 120, 600, 1_800, 3_600, 10_800, 21_600, 43_200];
    let at = usize::try_from(attempt.max(1) - 1).unwrap_or(0);
    SERIES[at.min(SERIES.len() - 1)]
}

/// Attempts after which a delivery is given up.
pub const MAX_ATTEMPTS: i32 = 13;

/// Crashes after which a delivery is given up: a plugin that trapped thrice on one input will trap again.
pub const MAX_CRASHES: i32 = 3;
