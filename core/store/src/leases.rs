//! Work that one hub alone does, of those that share a database.

use errand_model::Timestamp;

use crate::{Db, Reads, Result, execute, fetch_optional};

/// How far some work is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// In words.
    pub text: String,
    /// When that was said.
    pub at: Timestamp,
}

/// Takes the lease of `work` for `holder`, or makes its own last longer; answers whether it has it now.
pub async fn take(db: &Db, work: &str, holder: i64, now: Timestamp, until: Timestamp) -> Result<bool> {
    let mut tx = db.begin().await?;
    let taken = execute!(
        tx,
        "INSERT INTO hub_lease (work, holder, until, progress, at) VALUES ($1, $2, $3, '', $4)
         ON CONFLICT (work) DO UPDATE SET holder = excluded.holder, until = excluded.until
         WHERE hub_lease.holder = excluded.holder OR hub_lease.until < $4",
        work,
        holder,
        until.micros(),
        now.micros()
    )?;
    tx.commit().await?;
    Ok(taken > 0)
}

/// Lets others have the lease at once, if `holder` has it.
pub async fn give_up(db: &Db, work: &str, holder: i64, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    execute!(
        tx,
        "UPDATE hub_lease SET until = $1 WHERE work = $2 AND holder = $3 AND until > $1",
        now.plus_millis(-1).micros(),
        work,
        holder
    )?;
    tx.commit().await
}

/// Says how far the work is.
pub async fn report(db: &Db, work: &str, holder: i64, now: Timestamp, progress: &str) -> Result<()> {
    let mut tx = db.begin().await?;
    execute!(
        tx,
        "UPDATE hub_lease SET progress = $1, at = $2 WHERE work = $3 AND holder = $4",
        progress,
        now.micros(),
        work,
        holder
    )?;
    tx.commit().await
}

/// How far the work is; none if no hub ever did it.
pub async fn progress(mut on: impl Reads, work: &str) -> Result<Option<Progress>> {
    let row = fetch_optional!(
        on,
        (String, i64),
        "SELECT progress, at FROM hub_lease WHERE work = $1",
        work
    )?;
    Ok(row.map(|(text, at)| Progress {
        text,
        at: Timestamp::from_micros(at),
    }))
}
