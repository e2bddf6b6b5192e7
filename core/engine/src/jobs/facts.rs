//! Folds what events left behind, so that questions are answered quickly, and forgets what is old enough.

use std::time::Duration;

use errand_store::facts;

use super::lease::Lease;
use super::round::Round;
use crate::hub::Hub;

/// A question reads every batch that waits, and a thousand events a second leave two hundred of them in one.
pub(super) const EVERY: Duration = Duration::from_secs(2);

/// What the lease is of: one hub alone folds, because two would do the same work twice.
const WORK: &str = "facts";
/// Seconds after which another hub takes over from one that died; a round takes few of them.
const LEASE_SECONDS: i64 = 30;

/// What the job remembers.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(super) lease: Lease,
}

impl Facts {
    pub(crate) fn new(hub: &Hub) -> Self {
        Facts {
            lease: Lease::new(hub, WORK, LEASE_SECONDS),
        }
    }
}

pub(super) async fn round(hub: &Hub, memory: &Facts) -> errand_store::Result<Round> {
    let Some(due) = facts::due(&hub.db, hub.now()).await? else {
        return Ok(Round::Done);
    };
    if !memory.lease.take(hub).await? {
        return Ok(Round::Done);
    }
    facts::keep(&hub.db, hub.context(), due).await?;
    Ok(Round::More)
}
