//! Where a record stands in the journal.

use std::fmt;

/// Bytes since the journal began, over all its segments, those long deleted included. A record is known by the
/// position behind it: who has digested up to a position goes on reading there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

impl Position {
    /// The position that many bytes on.
    #[must_use]
    pub const fn plus(self, bytes: u64) -> Self {
        Position(self.0.saturating_add(bytes))
    }

    /// Bytes from `earlier` to here; none where `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Position) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
