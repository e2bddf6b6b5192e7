//! When the jobs of installations are due, and who is at them.
//!
//! A job has one row: the run to come, or the one under way. Of several hubs on one database the one that claims it
//! does it; what was missed while no hub ran is one run, due since the first time that was missed.

use errand_model::delivery::Verdict;
use errand_model::destination::Signal;
use errand_model::{InstallationId, Timestamp};

use crate::plugin_calls::{self, NewCall};
use crate::{Context, Db, Dialect, Reads, Result, Tx, deliveries, execute, fetch_all, installations};

/// A job and its next run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRow {
    /// Whose.
    pub installation: InstallationId,
    /// Its name.
    pub job: String,
    /// What `due` was worked out from.
    pub cron: String,
    /// Since when its next run is due, or will be.
    pub due: Timestamp,
    /// Not to be tried before.
    pub next_at: Timestamp,
    /// Attempts at this run so far.
    pub attempts: i32,
    /// Whether somebody is at it.
    pub is_leased: bool,
}

/// When a job is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Whose.
    pub installation: InstallationId,
    /// Its name.
    pub job: String,
    /// What `due` was worked out from.
    pub cron: String,
    /// When its next run is due.
    pub due: Timestamp,
}

/// A run that is ours until its lease ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedJob {
    /// Whose.
    pub installation: InstallationId,
    /// The job's name.
    pub job: String,
    /// The same in every attempt at this run.
    pub run: i64,
    /// Since when it is due.
    pub due: Timestamp,
    /// Attempts made before.
    pub attempts: i32,
    /// Times that the plugin crashed on it.
    pub crashes: i32,
    /// Who shows this may finish it.
    pub lease_token: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    installation_id: i64,
    job: String,
    cron: String,
    due: i64,
    next_at: i64,
    attempts: i32,
    lease_token: Option<i64>,
}

impl Row {
    fn read(self) -> JobRow {
        JobRow {
            installation: InstallationId(self.installation_id),
            job: self.job,
            cron: self.cron,
            due: Timestamp::from_micros(self.due),
            next_at: Timestamp::from_micros(self.next_at),
            attempts: self.attempts,
            is_leased: self.lease_token.is_some(),
        }
    }
}

/// The jobs of all installations, or of one.
pub async fn list(mut on: impl Reads, installation: Option<InstallationId>) -> Result<Vec<JobRow>> {
    let rows = fetch_all!(
        on,
        Row,
        "SELECT installation_id, job, cron, due, next_at, attempts, lease_token FROM plugin_job
         WHERE CAST($1 AS BIGINT) IS NULL OR installation_id = $1 ORDER BY installation_id, job",
        installation.map(|installation| installation.0)
    )?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// Writes when a job is to run, unless that was worked out from the same already. A run that is under way ends as if
/// nothing had happened, and does not count.
pub async fn plan(tx: &mut Tx, cx: Context<'_>, job: &NewJob) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO plugin_job (installation_id, job, cron, run_id, due, next_at, attempts, crashes, host)
         SELECT id, $2, $3, $4, $5, $5, 0, 0, '' FROM installation WHERE id = $1
         ON CONFLICT (installation_id, job) DO UPDATE SET cron = excluded.cron, run_id = excluded.run_id,
            due = excluded.due, next_at = excluded.next_at, attempts = 0, crashes = 0, lease_token = NULL
         WHERE plugin_job.cron <> excluded.cron",
        job.installation.0,
        &job.job,
        &job.cron,
        cx.id(),
        job.due.micros()
    )
    .map(|_| ())
}

/// A job that is never to run again.
pub async fn drop(tx: &mut Tx, installation: InstallationId, job: &str) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM plugin_job WHERE installation_id = $1 AND job = $2",
        installation.0,
        job
    )
    .map(|_| ())
}

/// Has a job run now instead of at its next time; answers whether it does: not if it is under way.
pub async fn run_now(tx: &mut Tx, cx: Context<'_>, installation: InstallationId, job: &str) -> Result<bool> {
    let now = cx.now().micros();
    let changed = execute!(
        tx,
        "UPDATE plugin_job SET due = CASE WHEN due < $1 THEN due ELSE $1 END, next_at = $1
         WHERE installation_id = $2 AND job = $3 AND lease_token IS NULL",
        now,
        installation.0,
        job
    )?;
    Ok(changed > 0)
}

/// Claims up to `limit` runs that are due, the longest due first, each for `lease_seconds`: until then nobody else
/// tries it. None of installations that are disabled or paused, and none that goes where nobody may go now.
pub async fn claim(db: &Db, cx: Context<'_>, limit: i64, lease_seconds: i64) -> Result<Vec<ClaimedJob>> {
    let now = cx.now();
    let due = fetch_all!(
        db,
        (i64, String, i64),
        "SELECT plugin_job.installation_id, plugin_job.job, plugin_job.next_at FROM plugin_job
         JOIN installation ON installation.id = plugin_job.installation_id
         WHERE plugin_job.next_at <= $1 AND installation.is_enabled AND installation.paused IS NULL
            AND NOT EXISTS (SELECT 1 FROM destination WHERE destination.installation_id = plugin_job.installation_id
                AND destination.host = plugin_job.host AND plugin_job.host <> '' AND destination.held_until > $1)
         ORDER BY plugin_job.next_at LIMIT $2",
        now.micros(),
        limit
    )?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = db.begin().await?;
    let mut claimed = Vec::new();
    for (installation, job, seen) in due {
        let token = cx.id();
        // Who was quicker has moved `next_at`.
        let ours = fetch_all!(
            tx,
            (i64, i64, i32, i32),
            "UPDATE plugin_job SET lease_token = $1, next_at = $2
             WHERE installation_id = $3 AND job = $4 AND next_at = $5
             RETURNING run_id, due, attempts, crashes",
            token,
            now.plus_seconds(lease_seconds).micros(),
            installation,
            &job,
            seen
        )?;
        claimed.extend(ours.into_iter().map(|(run, due, attempts, crashes)| ClaimedJob {
            installation: InstallationId(installation),
            job: job.clone(),
            run,
            due: Timestamp::from_micros(due),
            attempts,
            crashes,
            lease_token: token,
        }));
    }
    tx.commit().await?;
    Ok(claimed)
}

/// An attempt at a run that has ended.
#[derive(Clone, Debug)]
pub struct EndedJob<'a> {
    /// What was tried.
    pub claimed: &'a ClaimedJob,
    /// How it went.
    pub call: &'a NewCall,
    /// What becomes of the run.
    pub verdict: &'a Verdict,
    /// When the next run is due if this one is over; none if there is never to be one.
    pub next_due: Option<Timestamp>,
    /// As of when the settings are that it was tried with.
    pub settings_as_of: Timestamp,
    /// Where it went: host and port, empty where no request was made.
    pub host: &'a str,
}

/// Writes an attempt down and what becomes of its run, and holds an installation that needs an admin; answers
/// whether the attempt counts: not if its lease had ended.
pub async fn finish(tx: &mut Tx, cx: Context<'_>, ended: &EndedJob<'_>) -> Result<bool> {
    let EndedJob { claimed, verdict, .. } = ended;
    let is_over = verdict.state.is_over();
    let changed = match (is_over, ended.next_due) {
        (true, None) => execute!(
            tx,
            "DELETE FROM plugin_job WHERE installation_id = $1 AND job = $2 AND lease_token = $3",
            claimed.installation.0,
            &claimed.job,
            claimed.lease_token
        )?,
        (true, Some(due)) => execute!(
            tx,
            "UPDATE plugin_job SET run_id = $1, due = $2, next_at = $2, attempts = 0, crashes = 0, host = $6,
                lease_token = NULL
             WHERE installation_id = $3 AND job = $4 AND lease_token = $5",
            cx.id(),
            due.micros(),
            claimed.installation.0,
            &claimed.job,
            claimed.lease_token,
            ended.host
        )?,
        (false, _) => execute!(
            tx,
            "UPDATE plugin_job SET next_at = $1, attempts = $2, crashes = $3, host = $7, lease_token = NULL
             WHERE installation_id = $4 AND job = $5 AND lease_token = $6",
            verdict.next_at.micros(),
            verdict.attempts,
            verdict.crashes,
            claimed.installation.0,
            &claimed.job,
            claimed.lease_token,
            ended.host
        )?,
    };
    // Whether it counts or not, it was made.
    plugin_calls::record(tx, cx, ended.call, changed > 0).await?;
    if changed > 0
        && let Some(signal) = Signal::of(&ended.call.attempt.outcome)
    {
        deliveries::tell_destination(tx, cx.now(), claimed.installation, ended.host, signal).await?;
    }
    if changed > 0 && verdict.pauses_installation {
        let reason = verdict.reason.as_deref().unwrap_or_default();
        installations::pause_as_tried(tx, claimed.installation, reason, ended.settings_as_of).await?;
    }
    Ok(changed > 0)
}

/// Ends the leases of a hub that died, for the one that starts after it, as [`crate::deliveries::reclaim`] does.
pub async fn reclaim(tx: &mut Tx) -> Result<u64> {
    if tx.dialect() != Dialect::Sqlite {
        return Ok(0);
    }
    execute!(
        tx,
        "UPDATE plugin_job SET next_at = due, lease_token = NULL WHERE lease_token IS NOT NULL"
    )
}

/// Has what waits after a failure tried at once: an admin has mended something.
pub(crate) async fn go_on(tx: &mut Tx, installation: InstallationId) -> Result<()> {
    execute!(
        tx,
        "UPDATE plugin_job SET next_at = due WHERE installation_id = $1 AND lease_token IS NULL",
        installation.0
    )
    .map(|_| ())
}
