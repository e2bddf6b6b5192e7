//! Typed ids.
//!
//! Rows are numbered by [`Ids`]: 63-bit integers that grow with time and need no database, so that a batch
//! knows its ids before it is written, and the newest rows lie side by side in every index. Projects alone
//! count from 1, because their id stands in DSNs that people read.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};

use serde::{Deserialize, Serialize};

use crate::Clock;

/// Text that should have been an id and is none.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{text}' is not {expected}")]
pub struct ParseIdError {
    text: String,
    expected: &'static str,
}

impl ParseIdError {
    fn new(text: &str, expected: &'static str) -> Self {
        // The text may be anything a client sent: what is quoted is bounded.
        ParseIdError {
            text: text.chars().take(64).collect(),
            expected,
        }
    }
}

macro_rules! row_id {
    ($($(#[$meta:meta])* $name:ident,)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                text.parse().map($name).map_err(|_| ParseIdError::new(text, "a number"))
            }
        }

        impl From<i64> for $name {
            fn from(id: i64) -> Self {
                $name(id)
            }
        }
    )*};
}

row_id! {
    /// An organization.
    OrganizationId,
    /// A project; stands in its DSNs.
    ProjectId,
    /// A DSN key.
    KeyId,
    /// A team.
    TeamId,
    /// A person.
    UserId,
    /// A session of a person's browser.
    SessionId,
    /// An API token.
    TokenId,
    /// An issue.
    IssueId,
    /// An event's row. People and SDKs know events by their [`EventId`].
    EventRow,
    /// A lifecycle event.
    LifecycleId,
    /// A configured plugin.
    InstallationId,
    /// A lifecycle event owed to an installation.
    DeliveryId,
    /// A call of a plugin for something else.
    CallId,
}

/// The id that an SDK gave an event: a UUID, written as 32 hexadecimal digits. Unique within a project.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub [u8; 16]);

impl EventId {
    /// A random one, for events that came without.
    pub fn random() -> Self {
        EventId(*uuid::Uuid::new_v4().as_bytes())
    }

    /// The id as hyphenated UUID text, which the minidump endpoint answers.
    pub fn hyphenated(self) -> String {
        uuid::Uuid::from_bytes(self.0).hyphenated().to_string()
    }
}

impl FromStr for EventId {
    type Err = ParseIdError;
    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let uuid = uuid::Uuid::try_parse(text)
            .map_err(|_| ParseIdError::new(text, "an event id (32 hexadecimal digits)"))?;
        Ok(EventId(uuid.into_bytes()))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        uuid::Uuid::from_bytes(self.0).simple().fmt(f)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for EventId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The MD5 that decides an event's issue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupHash(pub [u8; 16]);

impl fmt::Display for GroupHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for GroupHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for GroupHash {
    type Err = ParseIdError;
    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let id: EventId = text
            .parse()
            .map_err(|_| ParseIdError::new(text, "a hash (32 hexadecimal digits)"))?;
        Ok(GroupHash(id.0))
    }
}

/// Makes row ids: 41 bits of milliseconds since 2024, 6 bits of node, 16 bits that count within them.
///
/// Ids of one process grow strictly, also when the wall clock steps back.
#[derive(Debug)]
pub struct Ids {
    node: i64,
    last: AtomicI64,
}

impl Ids {
    const EPOCH_MILLIS: i64 = 1_704_067_200_000;
    const COUNTER_BITS: u32 = 16;
    const NODE_BITS: u32 = 6;

    /// Makes ids for `node` (0 to 63); two nodes on one database need different numbers.
    pub fn new(node: u8) -> Self {
        Ids {
            node: i64::from(node & 0x3f),
            last: AtomicI64::new(0),
        }
    }

    /// The next id.
    pub fn next(&self, clock: &dyn Clock) -> i64 {
        let millis = (clock.now().millis() - Self::EPOCH_MILLIS).max(1);
        let floor = millis << Self::COUNTER_BITS;
        // `last` holds time and counter without the node; a full counter runs into the next millisecond.
        let step = |last: i64| Some(floor.max(last + 1));
        let last = match self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step) {
            Ok(last) | Err(last) => last,
        };
        let ticket = floor.max(last + 1);
        let counter = ticket & ((1 << Self::COUNTER_BITS) - 1);
        ((ticket >> Self::COUNTER_BITS) << (Self::COUNTER_BITS + Self::NODE_BITS))
            | (self.node << Self::COUNTER_BITS)
            | counter
    }

    /// When an id was made, to the millisecond.
    pub fn time(id: i64) -> crate::Timestamp {
        let millis = (id >> (Self::COUNTER_BITS + Self::NODE_BITS)) + Self::EPOCH_MILLIS;
        crate::Timestamp::from_micros(millis.saturating_mul(1_000))
    }

    /// The smallest id that could be made at `time`: rows of a time range are a range of ids.
    pub fn floor(time: crate::Timestamp) -> i64 {
        (time.millis() - Self::EPOCH_MILLIS).max(0) << (Self::COUNTER_BITS + Self::NODE_BITS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ManualClock, Timestamp};

    #[test]
    fn ids_grow_even_when_the_clock_steps_back() {
        let clock = ManualClock::at(Timestamp::from_micros(1_790_000_000_000_000));
        let ids = Ids::new(3);
        let mut last = 0;
        for step in 0..200_000 {
            if step == 100_000 {
                clock.set(Timestamp::from_micros(1_780_000_000_000_000));
            }
            let id = ids.next(&clock);
            assert!(id > last);
            last = id;
        }
    }

    #[test]
    fn an_id_is_not_below_the_floor_of_its_time() {
        let clock = ManualClock::at(Timestamp::from_micros(1_790_000_000_123_000));
        assert!(Ids::new(0).next(&clock) >= Ids::floor(clock.now()));
        assert!(Ids::new(63).next(&clock) < Ids::floor(clock.now().plus_millis(1)));
    }

    #[test]
    fn event_ids_are_read_with_and_without_hyphens() {
        let id: EventId = "94b7c070c3d34e55a612fa03c990e52a".parse().expect("an id");
        assert_eq!(id.hyphenated().parse(), Ok(id));
        assert_eq!(id.to_string(), "94b7c070c3d34e55a612fa03c990e52a");
        assert!("94b7".parse::<EventId>().is_err());
    }
}
