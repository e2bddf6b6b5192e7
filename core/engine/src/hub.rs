//! What everything in the engine stands on: the database, the time, ids for new rows.

use std::sync::Arc;

use errand_model::{Clock, Ids, Timestamp};
use errand_store::{Context, Db};

/// The database, the time and ids for new rows. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hub {
    /// The database.
    pub db: Db,
    /// Says what time it is.
    pub clock: Arc<dyn Clock>,
    /// Numbers new rows.
    pub ids: Arc<Ids>,
}

impl Hub {
    /// Time and ids, as the store takes them.
    pub fn context(&self) -> Context<'_> {
        Context {
            clock: self.clock.as_ref(),
            ids: &self.ids,
        }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
