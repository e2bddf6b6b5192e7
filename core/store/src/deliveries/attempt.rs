//! The end of an attempt.

use errand_model::delivery::{AttemptOutcome, Verdict, verdict};
use errand_model::{DeliveryId, Timestamp};

use crate::outbox::text_of;
use crate::{Context, Error, Reads, Result, Statement, Tx, execute, fetch_all, installations};

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

/// Writes the attempt down and what becomes of the delivery, if it is still ours. Takes part in `tx`, so that what
/// the plugin changed in the hub is there if and only if its delivery is.
pub async fn finish(
    tx: &mut Tx,
    cx: Context<'_>,
    id: DeliveryId,
    lease_token: i64,
    attempt: &Attempt,
) -> Result<Verdict> {
    let mut statement = Statement::new(
        tx.dialect(),
        "SELECT installation_id, attempts, crashes FROM delivery WHERE state = 1 AND id = ",
    );
    statement
        .bind(id.0)?
        .push(" AND lease_token = ")
        .bind(lease_token)?;
    statement.push(tx.dialect().for_update());
    let row: Option<(i64, i32, i32)> = statement.fetch_optional(&mut *tx).await?;
    let (installation, attempts, crashes) = row.ok_or_else(lost)?;
    let verdict = verdict(attempts, crashes, &attempt.outcome, cx.now());
    execute!(
        tx,
        "UPDATE delivery SET state = $1, attempts = $2, crashes = $3, next_at = $4, reason = $5,
            lease_token = NULL, lease_until = NULL
         WHERE id = $6",
        verdict.state.code(),
        verdict.attempts,
        verdict.crashes,
        verdict.next_at.micros(),
        verdict.reason.as_deref(),
        id.0
    )?;
    write(tx, cx, id, attempt).await?;
    if verdict.pauses_installation {
        let reason = verdict.reason.as_deref().unwrap_or_default();
        installations::pause(tx, installation.into(), reason).await?;
    }
    Ok(verdict)
}

async fn write(tx: &mut Tx, cx: Context<'_>, id: DeliveryId, attempt: &Attempt) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO delivery_attempt (id, delivery_id, started, wall_ms, cpu_ms, memory_bytes, outcome, log, requests)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        cx.id(),
        id.0,
        attempt.started.micros(),
        attempt.wall_ms,
        attempt.cpu_ms,
        attempt.memory_bytes,
        text_of(&attempt.outcome)?,
        &attempt.log,
        &attempt.requests
    )
    .map(|_| ())
}

/// Gives a claimed delivery back untried, for a hub that is shutting down.
pub async fn release(tx: &mut Tx, cx: Context<'_>, id: DeliveryId, lease_token: i64) -> Result<()> {
    let changed = execute!(
        tx,
        "UPDATE delivery SET state = 0, next_at = $1, lease_token = NULL, lease_until = NULL
         WHERE id = $2 AND lease_token = $3 AND state = 1",
        cx.now().micros(),
        id.0,
        lease_token
    )?;
    if changed == 0 { Err(lost()) } else { Ok(()) }
}

/// The lease ended meanwhile, and somebody else has the delivery now.
fn lost() -> Error {
    Error::Conflict {
        what: "delivery".to_owned(),
    }
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
