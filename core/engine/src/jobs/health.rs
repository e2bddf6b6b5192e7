//! Forgets sessions that are too old to be asked for.

use std::time::Duration;

use errand_store::health;

use super::round::Round;
use crate::hub::Hub;

pub(super) const EVERY: Duration = Duration::from_secs(3_600);

pub(super) async fn round(hub: &Hub) -> errand_store::Result<Round> {
    let mut tx = hub.db.begin().await?;
    health::forget_old(&mut tx, hub.now()).await?;
    tx.commit().await?;
    Ok(Round::Done)
}
