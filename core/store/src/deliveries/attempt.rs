//! Attempts, as they are kept.

use errand_model::delivery::AttemptOutcome;
use errand_model::staged::StagedChange;
use errand_model::{DeliveryId, InstallationId, Timestamp};

use serde::{Deserialize, Serialize};

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
    /// Why it did what it did, or did not, in the plugin's own words.
    pub explanation: Option<String>,
    /// What it changes of issues: it does once the attempt is written down as one that went well.
    pub changes: Vec<StagedChange>,
}

impl Attempt {
    /// Whether what the plugin staged is to take place.
    pub const fn is_well(&self) -> bool {
        matches!(self.outcome, AttemptOutcome::Done | AttemptOutcome::Ignored)
    }
}

/// A change of an issue that an attempt asked for, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AskedChange {
    /// What was asked for.
    #[serde(flatten)]
    pub asked: StagedChange,
    /// Why it did not take place, if it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
}

/// An attempt as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredAttempt {
    /// Its id.
    pub id: i64,
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
    /// What it changed of issues, as JSON text: a list of [`AskedChange`].
    pub changes: String,
}

/// The columns of an attempt, in whichever table it is kept.
#[derive(sqlx::FromRow)]
pub(crate) struct AttemptColumns {
    id: i64,
    started: i64,
    wall_ms: i64,
    cpu_ms: i64,
    memory_bytes: i64,
    outcome: String,
    log: String,
    requests: String,
    changes: String,
}

impl AttemptColumns {
    pub(crate) fn read(self) -> Result<StoredAttempt> {
        Ok(StoredAttempt {
            id: self.id,
            started: Timestamp::from_micros(self.started),
            wall_ms: self.wall_ms,
            cpu_ms: self.cpu_ms,
            memory_bytes: self.memory_bytes,
            outcome: serde_json::from_str(&self.outcome)
                .map_err(|why| Error::corrupt("attempt's outcome", why))?,
            log: self.log,
            requests: self.requests,
            changes: self.changes,
        })
    }
}

/// The attempts at a delivery, the oldest first.
pub async fn attempts(mut on: impl Reads, id: DeliveryId) -> Result<Vec<StoredAttempt>> {
    let rows = fetch_all!(
        on,
        AttemptColumns,
        "SELECT id, started, wall_ms, cpu_ms, memory_bytes, outcome, log, requests, changes FROM delivery_attempt
         WHERE delivery_id = $1 ORDER BY id LIMIT 1000",
        id.0
    )?;
    rows.into_iter().map(AttemptColumns::read).collect()
}

/// An attempt, and whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptRow {
    /// The delivery.
    pub delivery: DeliveryId,
    /// The installation that it was owed to.
    pub installation: InstallationId,
    /// The attempt.
    pub attempt: StoredAttempt,
}

#[derive(sqlx::FromRow)]
struct Owned {
    delivery_id: i64,
    installation_id: i64,
    #[sqlx(flatten)]
    attempt: AttemptColumns,
}

impl Owned {
    fn read(self) -> Result<AttemptRow> {
        Ok(AttemptRow {
            delivery: DeliveryId(self.delivery_id),
            installation: InstallationId(self.installation_id),
            attempt: self.attempt.read()?,
        })
    }
}

/// The last attempts made for an installation, or for all, the oldest first.
pub async fn last_attempts(
    mut on: impl Reads,
    of: Option<InstallationId>,
    limit: i64,
) -> Result<Vec<AttemptRow>> {
    let rows = fetch_all!(
        on,
        Owned,
        "SELECT a.delivery_id, d.installation_id, a.id, a.started, a.wall_ms, a.cpu_ms, a.memory_bytes, a.outcome,
            a.log, a.requests, a.changes
         FROM delivery_attempt a JOIN delivery d ON d.id = a.delivery_id
         WHERE CAST($1 AS BIGINT) IS NULL OR d.installation_id = $1 ORDER BY a.id DESC LIMIT $2",
        of.map(|of| of.0),
        limit
    )?;
    rows.into_iter().rev().map(Owned::read).collect()
}

/// The attempts made for an installation, or for all, after that one: the oldest first.
pub async fn attempts_after(
    mut on: impl Reads,
    of: Option<InstallationId>,
    after: i64,
    limit: i64,
) -> Result<Vec<AttemptRow>> {
    let rows = fetch_all!(
        on,
        Owned,
        "SELECT a.delivery_id, d.installation_id, a.id, a.started, a.wall_ms, a.cpu_ms, a.memory_bytes, a.outcome,
            a.log, a.requests, a.changes
         FROM delivery_attempt a JOIN delivery d ON d.id = a.delivery_id
         WHERE a.id > $1 AND (CAST($2 AS BIGINT) IS NULL OR d.installation_id = $2) ORDER BY a.id LIMIT $3",
        after,
        of.map(|of| of.0),
        limit
    )?;
    rows.into_iter().map(Owned::read).collect()
}
