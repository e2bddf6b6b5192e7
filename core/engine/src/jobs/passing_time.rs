//! Moves issues on that time alone moves: archives whose date has come, and what is no longer new after a week.

use std::time::Duration;

use errand_store::issues;

use super::round::Round;
use crate::hub::Hub;

pub(super) const EVERY: Duration = Duration::from_secs(60);

/// Issues that are moved in one transaction.
const BATCH: i64 = 200;

pub(super) async fn round(hub: &Hub) -> errand_store::Result<Round> {
    let mut tx = hub.db.begin().await?;
    let moved = issues::pass_time(&mut tx, hub.context(), BATCH).await?;
    tx.commit().await?;
    Ok(if moved >= BATCH as usize {
        Round::More
    } else {
        Round::Done
    })
}
