//! Work that one hub alone does, of those that share a database.

use errand_store::leases;

use crate::hub::Hub;

/// A hub's claim to some work. It ends by itself some time after the hub died, and at once when the hub stops.
#[derive(Debug)]
pub(super) struct Lease {
    work: &'static str,
    seconds: i64,
    holder: i64,
}

impl Lease {
    /// Of `work`; another hub takes over `seconds` after this one was last heard of.
    pub(super) fn new(hub: &Hub, work: &'static str, seconds: i64) -> Self {
        Lease {
            work,
            seconds,
            holder: hub.ids.next(hub.clock.as_ref()),
        }
    }

    /// Takes it, or makes it last longer; answers whether this hub has it now.
    pub(super) async fn take(&self, hub: &Hub) -> errand_store::Result<bool> {
        let now = hub.now();
        let until = now.plus_seconds(self.seconds);
        leases::take(&hub.db, self.work, self.holder, now, until).await
    }

    /// Lets others have it at once, if it is this hub's.
    pub(super) async fn give_up(&self, hub: &Hub) -> errand_store::Result<()> {
        leases::give_up(&hub.db, self.work, self.holder, hub.now()).await
    }

    /// Says how far the work is.
    pub(super) async fn report(&self, hub: &Hub, progress: &str) -> errand_store::Result<()> {
        leases::report(&hub.db, self.work, self.holder, hub.now(), progress).await
    }

    /// What is leased, and to whom.
    pub(super) const fn holder(&self) -> (&'static str, i64) {
        (self.work, self.holder)
    }
}
