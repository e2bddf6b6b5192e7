//! Drops what is not to be kept, and gives the disk back.
//!
//! Whoever wants to write waits while a batch is dropped: batches grow and shrink so that none takes long, and between
//! two of them others write, for longer where what arrives has to wait.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use errand_store::retention;

use super::lease::Lease;
use super::pace::Pace;
use super::round::Round;
use crate::digest::Lag;
use crate::hub::Hub;

pub(super) const EVERY: Duration = Duration::from_secs(10);

/// What the lease is of: one hub alone drops.
const WORK: &str = "retention";
/// Seconds after which another hub takes over from one that died.
const LEASE_SECONDS: i64 = 60;
/// Seconds that what arrives may wait to be stored before retention stands back for it.
const PATIENCE: f64 = 1.0;

/// What the job remembers.
#[derive(Debug)]
pub(crate) struct Retention {
    pub(super) lease: Lease,
    events: Pace,
    pages: Pace,
    dropped: AtomicU64,
}

impl Retention {
    pub(crate) fn new(hub: &Hub) -> Self {
        Retention {
            lease: Lease::new(hub, WORK, LEASE_SECONDS),
            events: Pace::new(),
            pages: Pace::new(),
            dropped: AtomicU64::new(0),
        }
    }
}

pub(super) async fn round(hub: &Hub, memory: &Retention, lag: &Lag) -> errand_store::Result<Round> {
    let Some(mut due) = retention::due(&hub.db, hub.now()).await? else {
        memory.dropped.store(0, Ordering::Relaxed);
        return give_back(hub, memory, lag).await;
    };
    if !memory.lease.take(hub).await? {
        return Ok(Round::Done);
    }
    let reason = due.reason.as_str();
    let found = due.events();
    loop {
        let batch = memory.events.batch();
        let holder = memory.lease.holder();
        let held = retention::drop_some(&hub.db, &mut due, batch, holder, hub.now()).await?;
        metrics::histogram!("errand_retention_hold_seconds").record(held);
        memory.events.learn(held);
        if due.events() == 0 {
            break;
        }
        stand_back(hub, lag, held).await;
    }
    metrics::counter!("errand_retention_events_total", "reason" => reason).increment(found as u64);
    let dropped = memory.dropped.fetch_add(found as u64, Ordering::Relaxed) + found as u64;
    let progress = format!("{dropped} events dropped in this run, lately for {reason}");
    memory.lease.report(hub, &progress).await?;
    // Others write meanwhile.
    give_back(hub, memory, lag).await?;
    Ok(Round::More)
}

/// Gives the disk some of what is free; more of it in the next round.
async fn give_back(hub: &Hub, memory: &Retention, lag: &Lag) -> errand_store::Result<Round> {
    let pages = u32::try_from(memory.pages.batch()).unwrap_or(1);
    let (given, held) = hub.db.give_back(pages).await?;
    if given == 0 {
        return Ok(Round::Done);
    }
    metrics::histogram!("errand_retention_hold_seconds").record(held);
    memory.pages.learn(held);
    stand_back(hub, lag, held).await;
    Ok(Round::More)
}

/// Lets others write, after nobody else could for that long.
///
/// It has to be short enough that a hub drops as many events as it takes.
async fn stand_back(hub: &Hub, lag: &Lag, held: Duration) {
    let is_behind = lag.seconds(hub.now()) > PATIENCE;
    tokio::time::sleep(if is_behind { 2 * held } else { held / 2 }).await;
}
