//! Drops what is not to be kept, and gives the disk back.
//!
//! Whoever wants to write waits while a batch is dropped: batches grow and shrink so that none takes long, and between
//! two of them others write for twice that time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use errand_store::{leases, retention};

use super::pace::Pace;
use super::runner::Round;
use crate::hub::Hub;

pub(super) const EVERY: Duration = Duration::from_secs(10);

/// What the lease is of: one hub alone drops.
const WORK: &str = "retention";
/// Seconds after which another hub takes over from one that died.
const LEASE_SECONDS: i64 = 60;

/// What the job remembers.
#[derive(Debug)]
pub(crate) struct Retention {
    /// Which hub it is.
    holder: i64,
    events: Pace,
    pages: Pace,
    dropped: AtomicU64,
}

impl Retention {
    pub(crate) fn new(hub: &Hub) -> Self {
        Retention {
            holder: hub.ids.next(hub.clock.as_ref()),
            events: Pace::new(),
            pages: Pace::new(),
            dropped: AtomicU64::new(0),
        }
    }
}

pub(super) async fn round(hub: &Hub, memory: &Retention) -> errand_store::Result<Round> {
    let now = hub.now();
    let Some(mut due) = retention::due(&hub.db, now).await? else {
        memory.dropped.store(0, Ordering::Relaxed);
        return give_back(hub, memory).await;
    };
    let until = now.plus_seconds(LEASE_SECONDS);
    if !leases::take(&hub.db, WORK, memory.holder, now, until).await? {
        return Ok(Round::Done);
    }
    let reason = due.reason.as_str();
    let found = due.events();
    loop {
        let batch = memory.events.batch();
        let holder = (WORK, memory.holder);
        let held = retention::drop_some(&hub.db, &mut due, batch, holder, hub.now()).await?;
        metrics::histogram!("errand_retention_hold_seconds").record(held);
        memory.events.learn(held);
        if due.events() == 0 {
            break;
        }
        tokio::time::sleep(2 * held).await;
    }
    metrics::counter!("errand_retention_events_total", "reason" => reason).increment(found as u64);
    let dropped = memory.dropped.fetch_add(found as u64, Ordering::Relaxed) + found as u64;
    let progress = format!("{dropped} events dropped in this run, lately for {reason}");
    leases::report(&hub.db, WORK, memory.holder, hub.now(), &progress).await?;
    // Others write meanwhile.
    give_back(hub, memory).await?;
    Ok(Round::More)
}

/// Gives the disk some of what is free; more of it in the next round.
async fn give_back(hub: &Hub, memory: &Retention) -> errand_store::Result<Round> {
    let pages = u32::try_from(memory.pages.batch()).unwrap_or(1);
    let (given, held) = hub.db.give_back(pages).await?;
    if given == 0 {
        return Ok(Round::Done);
    }
    metrics::histogram!("errand_retention_hold_seconds").record(held);
    memory.pages.learn(held);
    tokio::time::sleep(2 * held).await;
    Ok(Round::More)
}
