//! What every change takes besides its transaction: the time, and ids for new rows.

use errand_model::{Clock, Ids, Timestamp};

/// The time, and ids for new rows.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Says what time it is.
    pub clock: &'a dyn Clock,
    /// Numbers new rows.
    pub ids: &'a Ids,
}

impl Context<'_> {
    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The id of a new row.
    pub fn id(&self) -> i64 {
        self.ids.next(self.clock)
    }
}
