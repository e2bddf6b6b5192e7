//! What a start finds: how far the queue is digested, and what was under way.

use std::path::PathBuf;

use errand_queue::{Position, Queue};
use errand_store::persist::{self, Arrival};

use crate::engine::StartError;
use crate::hub::Hub;

/// What a hub before this one had under way when it died is due at once.
pub(crate) async fn reclaim(hub: &Hub) -> Result<(), errand_store::Error> {
    let mut tx = hub.db.begin().await?;
    let deliveries = errand_store::deliveries::reclaim(&mut tx).await?;
    let jobs = errand_store::plugin_jobs::reclaim(&mut tx).await?;
    tx.commit().await?;
    if deliveries + jobs > 0 {
        tracing::info!(
            deliveries,
            jobs,
            "what was under way when the hub died is tried again"
        );
    }
    Ok(())
}

pub(crate) async fn read_mark(hub: &Hub, directory: PathBuf) -> Result<Position, StartError> {
    let identifying = move || Queue::<Arrival>::identify(&directory);
    let id = tokio::task::spawn_blocking(identifying)
        .await
        .map_err(|_| StartError::Stopped)??;
    let mark = persist::mark(&hub.db, &id).await?;
    Ok(Position(
        mark.and_then(|mark| u64::try_from(mark).ok()).unwrap_or(0),
    ))
}
