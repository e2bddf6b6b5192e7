//! Folds what events left behind, so that questions are answered quickly, and forgets what is old enough.

use std::time::Duration;

use errand_store::{facts, leases};

use super::runner::Round;
use crate::hub::Hub;

/// A question reads every batch that waits, and a thousand events a second leave two hundred of them in one.
pub(super) const EVERY: Duration = Duration::from_secs(2);

/// What the lease is of: one hub alone folds, because two would do the same work twice.
const WORK: &str = "facts";
/// Seconds after which another hub takes over from one that stopped or died; a round takes few of them.
const LEASE_SECONDS: i64 = 30;

/// What the job remembers.
#[derive(Debug)]
pub(crate) struct Facts {
    /// Which hub it is.
    holder: i64,
}

impl Facts {
    pub(crate) fn new(hub: &Hub) -> Self {
        Facts {
            holder: hub.ids.next(hub.clock.as_ref()),
        }
    }
}

pub(super) async fn round(hub: &Hub, memory: &Facts) -> errand_store::Result<Round> {
    let now = hub.now();
    let Some(due) = facts::due(&hub.db, now).await? else {
        return Ok(Round::Done);
    };
    let until = now.plus_seconds(LEASE_SECONDS);
    if !leases::take(&hub.db, WORK, memory.holder, now, until).await? {
        return Ok(Round::Done);
    }
    facts::keep(&hub.db, hub.context(), due).await?;
    Ok(Round::More)
}
