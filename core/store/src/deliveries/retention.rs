//! Forgetting what is long over.

use errand_model::{Ids, InstallationId, LifecycleId, Timestamp};

use crate::{Db, Result, execute, fetch_all, fetch_optional};

/// What is kept.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// What was done, or needed nothing to be done, since then.
    pub done_since: Timestamp,
    /// What was given up since then.
    pub dead_since: Timestamp,
    /// Of one installation, the newest so many that are over.
    pub of_installation: i64,
}

/// Deletes up to `limit` deliveries that are not to be kept, with their attempts, and up to as many happenings that
/// nobody is owed any more and that are as old as what was given up; answers how many rows of both there were.
pub async fn forget_old(db: &Db, keep: &Keep, limit: i64) -> Result<u64> {
    let mut ids = too_old(db, keep, limit).await?;
    let installations = fetch_all!(db, (i64,), "SELECT id FROM installation ORDER BY id")?;
    for (installation,) in installations {
        ids.extend(surplus(db, InstallationId(installation), keep.of_installation, limit).await?);
    }
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let mut tx = db.begin().await?;
    for id in ids.iter().copied() {
        // What was asked for again meanwhile is not over.
        let sql = "DELETE FROM delivery WHERE id = $1 AND state IN (2, 3, 5, 6)";
        if execute!(tx, sql, id)? > 0 {
            execute!(tx, "DELETE FROM delivery_attempt WHERE delivery_id = $1", id)?;
        }
    }
    let happened = execute!(
        tx,
        "DELETE FROM lifecycle WHERE id IN (
            SELECT id FROM lifecycle WHERE id < $1 AND is_fanned_out
              AND NOT EXISTS (SELECT 1 FROM delivery
                  WHERE delivery.issue_id = lifecycle.issue_id AND delivery.lifecycle_id = lifecycle.id)
            ORDER BY id LIMIT $2)",
        Ids::floor(keep.dead_since),
        limit
    )?;
    tx.commit().await?;
    Ok(ids.len() as u64 + happened)
}

async fn too_old(db: &Db, keep: &Keep, limit: i64) -> Result<Vec<i64>> {
    let rows = fetch_all!(
        db,
        (i64,),
        "SELECT id FROM delivery WHERE id < $1 AND (state IN (2, 3, 6) OR (state = 5 AND id < $2)) ORDER BY id LIMIT $3",
        // Ids grow with time, so what is old lies together.
        Ids::floor(keep.done_since),
        Ids::floor(keep.dead_since),
        limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Deliveries of an installation that are over, beyond the newest `kept`.
async fn surplus(db: &Db, installation: InstallationId, kept: i64, limit: i64) -> Result<Vec<i64>> {
    let last = fetch_optional!(
        db,
        (i64,),
        "SELECT lifecycle_id FROM delivery WHERE installation_id = $1 ORDER BY lifecycle_id DESC LIMIT 1 OFFSET $2",
        installation.0,
        kept
    )?;
    let Some(last) = last.map(|(id,)| LifecycleId(id)) else {
        return Ok(Vec::new());
    };
    let rows = fetch_all!(
        db,
        (i64,),
        "SELECT id FROM delivery WHERE installation_id = $1 AND lifecycle_id <= $2 AND state IN (2, 3, 5, 6)
         ORDER BY lifecycle_id LIMIT $3",
        installation.0,
        last.0,
        limit
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
