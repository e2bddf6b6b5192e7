//! Failures to sign in, counted by what they have in common, so that who guesses has to wait.
//!
//! A subject is any text that names it (an account, an address); only its hash is kept.

use errand_model::Timestamp;

use crate::{Context, Reads, Result, Tx, execute, fetch_optional, secrets};

/// How long failures are remembered after the last of them, in seconds.
pub const REMEMBERED_SECONDS: i64 = 3_600;

/// How often signing in failed, and when last; none where it did not of late.
pub async fn of(mut on: impl Reads, now: Timestamp, subject: &str) -> Result<Option<(i64, Timestamp)>> {
    let row = fetch_optional!(
        on,
        (i64, i64),
        "SELECT failures, last FROM sign_in_failure WHERE subject = $1 AND last > $2",
        secrets::hash(subject),
        now.plus_seconds(-REMEMBERED_SECONDS).micros()
    )?;
    Ok(row.map(|(failures, last)| (failures, Timestamp::from_micros(last))))
}

/// Counts one more; what was forgotten counts no longer.
pub async fn add(tx: &mut Tx, cx: Context<'_>, subject: &str) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO sign_in_failure (subject, failures, last) VALUES ($1, 1, $2)
         ON CONFLICT (subject) DO UPDATE SET last = excluded.last,
            failures = CASE WHEN sign_in_failure.last > $3 THEN sign_in_failure.failures + 1 ELSE 1 END",
        secrets::hash(subject),
        cx.now().micros(),
        cx.now().plus_seconds(-REMEMBERED_SECONDS).micros()
    )
    .map(|_| ())
}

/// Forgets a subject's, for it signed in.
pub async fn clear(tx: &mut Tx, subject: &str) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM sign_in_failure WHERE subject = $1",
        secrets::hash(subject)
    )
    .map(|_| ())
}

/// Deletes what is remembered no longer.
pub async fn delete_forgotten(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    execute!(
        tx,
        "DELETE FROM sign_in_failure WHERE last <= $1",
        now.plus_seconds(-REMEMBERED_SECONDS).micros()
    )
}
