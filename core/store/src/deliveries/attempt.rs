//! Attempts, as they are kept.

use errand_model::delivery::AttemptOutcome;
use errand_model::{DeliveryId, Timestamp};

use crate::{Error, Reads, Result, fetch_all};

/// One try of a delivery, as it went.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// When it began.
    pub started: Timestamp,
    /// How long it took, in milliseconds.
    pub wall_ms: i64,
    /// How long the plugin computed, in milliseconds.
    pub cpu_ms: i64,
    /// The most memory the plugin had, in bytes.
    pub memory_bytes: i64,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// What the plugin logged, as JSON text.
    pub log: String,
    /// The requests it made, as JSON text.
    pub requests: String,
}

/// An attempt as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredAttempt {
    /// Its id.
    pub id: i64,
    /// How it went.
    pub attempt: Attempt,
}

type Row = (i64, i64, i64, i64, i64, String, String, String);

/// The attempts at a delivery, the oldest first.
pub async fn attempts(mut on: impl Reads, id: DeliveryId) -> Result<Vec<StoredAttempt>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT id, started, wall_ms, cpu_ms, memory_bytes, outcome, log, requests FROM delivery_attempt
         WHERE delivery_id = $1 ORDER BY id LIMIT 1000",
        id.0
    )?;
    rows.into_iter().map(read).collect()
}

fn read((id, started, wall_ms, cpu_ms, memory_bytes, outcome, log, requests): Row) -> Result<StoredAttempt> {
    let outcome =
        serde_json::from_str(&outcome).map_err(|why| Error::corrupt("delivery_attempt.outcome", why))?;
    let started = Timestamp::from_micros(started);
    Ok(StoredAttempt {
        id,
        attempt: Attempt {
            started,
            wall_ms,
            cpu_ms,
            memory_bytes,
            outcome,
            log,
            requests,
        },
    })
}
