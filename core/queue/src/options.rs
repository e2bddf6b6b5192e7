//! The bounds of a queue.

use std::time::Duration;

/// The bounds of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Length at which a segment file is closed and the next one begun.
    pub segment_bytes: u64,
    /// Bytes that may wait to be digested; beyond them pushes are refused.
    pub max_bytes: u64,
    /// Bytes of companions kept in memory; beyond them the consumer reads the records back from the file.
    pub memory_bytes: usize,
    /// Bytes that have to stay free on the disk for pushes to be taken.
    pub disk_floor_bytes: u64,
    /// Pushes that may wait for the appender; whoever comes then waits for room.
    pub waiting_pushes: usize,
    /// How long the appender lets company gather before it syncs, once the sync before served several pushes.
    /// A push that comes alone never waits for it.
    pub linger: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            segment_bytes: 64 << 20,
            max_bytes: 2 << 30,
            memory_bytes: 48 << 20,
            disk_floor_bytes: 256 << 20,
            waiting_pushes: 4_096,
            linger: Duration::from_millis(1),
        }
    }
}
