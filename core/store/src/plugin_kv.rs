//! What installations remember: a small key-value store for each.

use errand_model::{Ids, InstallationId, Timestamp};

use crate::{Db, Error, Reads, Result, Tx, execute, fetch_all, fetch_one, fetch_optional};

/// A value and how often it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The value.
    pub value: Vec<u8>,
    /// Grows with every change; the first is 1.
    pub revision: i64,
}

/// Why a value was not written.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// It stands at another revision than was expected; 0 if there is none.
    #[error("the entry stands at revision {0}")]
    Moved(i64),
    /// The installation has as many entries as it may have.
    #[error("the installation has {0} entries, and may not have more")]
    Full(i64),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Error),
}

/// The entry of a key.
pub async fn get(mut on: impl Reads, installation: InstallationId, key: &str) -> Result<Option<Entry>> {
    let row = fetch_optional!(
        on,
        (Vec<u8>, i64),
        "SELECT value, revision FROM plugin_kv WHERE installation_id = $1 AND key = $2",
        installation.0,
        key
    )?;
    Ok(row.map(|(value, revision)| Entry { value, revision }))
}

/// Writes an entry and answers its new revision; with `expect`, only if it stands at that revision (0: if there is
/// none). An installation that has `most` entries of the same kind (the plugin's, or the hub's own notes, whose keys
/// begin with a control character) gets no further one.
pub async fn put(
    tx: &mut Tx,
    now: Timestamp,
    installation: InstallationId,
    key: &str,
    value: &[u8],
    expect: Option<i64>,
    most: i64,
) -> Result<i64, PutError> {
    let stands = get(&mut *tx, installation, key)
        .await?
        .map_or(0, |entry| entry.revision);
    if expect.is_some_and(|expect| expect != stands) {
        return Err(PutError::Moved(stands));
    }
    if stands == 0 {
        // Keys that begin with a control character are the hub's own notes, and are counted by themselves.
        let (from, to) = if key < " " { ("", " ") } else { (" ", "\u{10FFFF}") };
        let (count,) = fetch_one!(
            tx,
            (i64,),
            "SELECT COUNT(*) FROM plugin_kv WHERE installation_id = $1 AND key >= $2 AND key < $3",
            installation.0,
            from,
            to
        )?;
        if count >= most {
            return Err(PutError::Full(count));
        }
    }
    // Another node may have written meanwhile: what was expected is checked once more, by the row itself.
    let written = fetch_optional!(
        tx,
        (i64,),
        "INSERT INTO plugin_kv (installation_id, key, value, revision, written) VALUES ($1, $2, $3, 1, $5)
         ON CONFLICT (installation_id, key) DO UPDATE SET
            value = excluded.value, revision = plugin_kv.revision + 1, written = excluded.written
         WHERE CAST($4 AS BIGINT) IS NULL OR plugin_kv.revision = $4
         RETURNING revision",
        installation.0,
        key,
        value,
        expect,
        now.micros()
    )?;
    written.map(|(revision,)| revision).ok_or(PutError::Moved(stands))
}

/// Deletes an entry, if there is one.
pub async fn delete(tx: &mut Tx, installation: InstallationId, key: &str) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM plugin_kv WHERE installation_id = $1 AND key = $2",
        installation.0,
        key
    )
    .map(|_| ())
}

/// Keys that start with `prefix`, in byte order, after `after`, at most `limit`.
pub async fn keys(
    mut on: impl Reads,
    installation: InstallationId,
    prefix: &str,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<String>> {
    // All keys with the prefix lie from the prefix to the prefix and the greatest character.
    let rows = fetch_all!(
        on,
        (String,),
        "SELECT key FROM plugin_kv
         WHERE installation_id = $1 AND key >= $2 AND key < $3 AND key > $4 ORDER BY key LIMIT $5",
        installation.0,
        prefix,
        format!("{prefix}\u{10FFFF}"),
        after.unwrap_or_default(),
        limit
    )?;
    Ok(rows.into_iter().map(|(key,)| key).collect())
}

/// Forgets what journals of effects hold from before `since`, up to `limit` entries; answers how many. Kept is what an
/// installation may still need that is owed something from before.
pub async fn forget_journals(db: &Db, since: Timestamp, limit: i64) -> Result<u64> {
    let mut tx = db.begin().await?;
    let forgotten = execute!(
        tx,
        "DELETE FROM plugin_kv WHERE (installation_id, key) IN (
            SELECT installation_id, key FROM plugin_kv
            WHERE key < ' ' AND written < $1 AND NOT EXISTS (
                SELECT 1 FROM delivery WHERE delivery.installation_id = plugin_kv.installation_id
                AND delivery.state IN (0, 1, 4) AND delivery.lifecycle_id < $2)
            LIMIT $3)",
        since.micros(),
        Ids::floor(since),
        limit
    )?;
    tx.commit().await?;
    Ok(forgotten)
}
