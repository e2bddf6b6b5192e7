//! Where other systems call installations, and what they sent already.

use std::collections::HashMap;

use errand_model::{InstallationId, Timestamp};

use crate::{Db, Error, Reads, Result, Tx, execute, fetch_all, fetch_optional, secrets};

/// How long a request may be dealt with before it may come again, in seconds: longer than any call takes.
const UNDER_WAY_SECONDS: i64 = 120;

/// Where the token of an installation belongs: sealed for one, it opens for no other.
fn place(id: InstallationId) -> String {
    format!("hook of installation {}", id.0)
}

/// The parts of the URLs of all installations, or of one.
pub async fn tokens(
    mut on: impl Reads,
    installation: Option<InstallationId>,
) -> Result<HashMap<InstallationId, String>> {
    let rows: Vec<(i64, Vec<u8>)> = fetch_all!(
        on,
        (i64, Vec<u8>),
        "SELECT installation_id, token FROM plugin_hook
         WHERE CAST($1 AS BIGINT) IS NULL OR installation_id = $1",
        installation.map(|installation| installation.0)
    )?;
    let opened = rows.into_iter().map(|(id, sealed)| {
        let id = InstallationId(id);
        let token = String::from_utf8(on.keyring().open(&place(id), &sealed)?)
            .map_err(|_| Error::corrupt("hook's token", "it is no text"))?;
        Ok((id, token))
    });
    opened.collect()
}

/// The installation that is called by this token.
pub async fn by_token(mut on: impl Reads, token: &str) -> Result<Option<InstallationId>> {
    let sql = "SELECT installation_id FROM plugin_hook WHERE token_hash = $1";
    let row = fetch_optional!(on, (i64,), sql, secrets::hash(token))?;
    Ok(row.map(|(id,)| InstallationId(id)))
}

/// Gives an installation another URL; the one before leads nowhere from now on.
pub async fn renew(tx: &mut Tx, installation: InstallationId) -> Result<()> {
    let token = secrets::make("")?;
    write(tx, installation, token.reveal()).await
}

async fn write(tx: &mut Tx, installation: InstallationId, token: &str) -> Result<()> {
    let sealed = tx.keyring().seal(&place(installation), token.as_bytes())?;
    execute!(
        tx,
        "INSERT INTO plugin_hook (installation_id, token_hash, token) VALUES ($1, $2, $3)
         ON CONFLICT (installation_id) DO UPDATE SET token_hash = excluded.token_hash, token = excluded.token",
        installation.0,
        secrets::hash(token),
        sealed
    )
    .map(|_| ())
}

/// Seals all tokens anew with the first key; answers how many.
pub(crate) async fn reseal(tx: &mut Tx) -> Result<usize> {
    let all = tokens(&mut *tx, None).await?;
    for (installation, token) in &all {
        write(tx, *installation, token).await?;
    }
    Ok(all.len())
}

/// What is known of a request that comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// Nothing: it is taken now.
    Fresh,
    /// It is being dealt with.
    UnderWay,
    /// It was dealt with.
    Done,
}

/// Takes a request, unless it was taken already. Whoever takes it says by [`settle`] what came of it.
pub async fn take(
    tx: &mut Tx,
    now: Timestamp,
    installation: InstallationId,
    receipt: &[u8],
) -> Result<Receipt> {
    let taken = execute!(
        tx,
        "INSERT INTO plugin_receipt (installation_id, receipt, taken, is_done) VALUES ($1, $2, $3, FALSE)
         ON CONFLICT (installation_id, receipt) DO UPDATE SET taken = excluded.taken
         WHERE NOT plugin_receipt.is_done AND plugin_receipt.taken < $4",
        installation.0,
        receipt,
        now.micros(),
        now.plus_seconds(-UNDER_WAY_SECONDS).micros()
    )?;
    if taken > 0 {
        return Ok(Receipt::Fresh);
    }
    let known = fetch_optional!(
        tx,
        (bool,),
        "SELECT is_done FROM plugin_receipt WHERE installation_id = $1 AND receipt = $2",
        installation.0,
        receipt
    )?;
    Ok(match known {
        Some((true,)) => Receipt::Done,
        _ => Receipt::UnderWay,
    })
}

/// Says what came of a request that was taken: once it was dealt with it is never taken again; otherwise it may be.
pub async fn settle(tx: &mut Tx, installation: InstallationId, receipt: &[u8], is_done: bool) -> Result<()> {
    let sql = match is_done {
        true => "UPDATE plugin_receipt SET is_done = TRUE WHERE installation_id = $1 AND receipt = $2",
        false => "DELETE FROM plugin_receipt WHERE installation_id = $1 AND receipt = $2",
    };
    execute!(tx, sql, installation.0, receipt).map(|_| ())
}

/// Forgets what was taken before `since`, and of each installation all but the newest `kept`.
pub async fn forget_receipts(db: &Db, since: Timestamp, kept: i64) -> Result<()> {
    let installations = fetch_all!(db, (i64,), "SELECT id FROM installation ORDER BY id")?;
    for (installation,) in installations {
        let mut tx = db.begin().await?;
        execute!(
            tx,
            "DELETE FROM plugin_receipt WHERE installation_id = $1 AND (taken < $2 OR taken < (
                SELECT taken FROM plugin_receipt WHERE installation_id = $1
                ORDER BY taken DESC LIMIT 1 OFFSET $3))",
            installation,
            since.micros(),
            kept
        )?;
        tx.commit().await?;
    }
    Ok(())
}
