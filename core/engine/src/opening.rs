//! What a start finds: how far the queue is digested, and what was under way; and why it may fail.

use std::path::PathBuf;

use errand_queue::{OpenError, Position, Queue};
use errand_store::persist::{self, Arrival};

use crate::hub::Hub;

/// Why the engine does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The queue does not open.
    #[error(transparent)]
    Queue(#[from] OpenError),
    /// The database does not say how far the queue is digested.
    #[error(transparent)]
    Store(#[from] errand_store::Error),
    /// The runtime is going down.
    #[error("the engine was stopped while it started")]
    Stopped,
}

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
