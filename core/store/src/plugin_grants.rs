//! Tokens of accounts that installations use, sealed: what they are is for who runs plugins.

use errand_model::{InstallationId, Secret, Timestamp};

use crate::{Error, Reads, Result, Tx, execute, fetch_all, fetch_optional};

/// A grant.
#[derive(Clone, Debug)]
pub struct StoredGrant {
    /// Its tokens, as text; none while the first are got.
    pub text: Option<Secret<String>>,
    /// Grows with every change.
    pub revision: i64,
}

/// Where a grant belongs: sealed for one, it opens for no other.
fn place(id: InstallationId, setting: &str) -> String {
    format!("grant of installation {}: {setting}", id.0)
}

fn opened(sealed: Vec<u8>) -> Result<Secret<String>> {
    let text = String::from_utf8(sealed).map_err(|_| Error::corrupt("grant", "it is no text"))?;
    Ok(Secret::new(text))
}

/// The grant of a setting.
pub async fn get(
    mut on: impl Reads,
    installation: InstallationId,
    setting: &str,
) -> Result<Option<StoredGrant>> {
    let row = fetch_optional!(
        on,
        (Option<Vec<u8>>, i64),
        "SELECT tokens, revision FROM plugin_grant WHERE installation_id = $1 AND setting = $2",
        installation.0,
        setting
    )?;
    let Some((tokens, revision)) = row else {
        return Ok(None);
    };
    let text = match tokens {
        Some(sealed) => Some(opened(
            on.keyring().open(&place(installation, setting), &sealed)?,
        )?),
        None => None,
    };
    Ok(Some(StoredGrant { text, revision }))
}

/// The settings of an installation that have tokens.
pub async fn granted(mut on: impl Reads, installation: InstallationId) -> Result<Vec<String>> {
    let rows = fetch_all!(
        on,
        (String,),
        "SELECT setting FROM plugin_grant WHERE installation_id = $1 AND tokens IS NOT NULL ORDER BY setting",
        installation.0
    )?;
    Ok(rows.into_iter().map(|(setting,)| setting).collect())
}

/// Takes the right to renew a grant until then; whether it was to be had. It is not if somebody has it, or the grant
/// stands at another revision (0: there is none).
pub async fn claim(
    tx: &mut Tx,
    installation: InstallationId,
    setting: &str,
    revision: i64,
    (now, until): (Timestamp, Timestamp),
) -> Result<bool> {
    let changed = execute!(
        tx,
        "INSERT INTO plugin_grant (installation_id, setting, tokens, revision, claimed_until)
         SELECT $1, $2, NULL, 0, $3 WHERE $4 = 0
         ON CONFLICT (installation_id, setting) DO NOTHING",
        installation.0,
        setting,
        until.micros(),
        revision
    )?;
    if changed > 0 {
        return Ok(true);
    }
    let changed = execute!(
        tx,
        "UPDATE plugin_grant SET claimed_until = $1
         WHERE installation_id = $2 AND setting = $3 AND revision = $4 AND claimed_until < $5",
        until.micros(),
        installation.0,
        setting,
        revision,
        now.micros()
    )?;
    Ok(changed > 0)
}

/// Writes a grant in place of what there was, and gives the right to renew it back.
pub async fn put(
    tx: &mut Tx,
    installation: InstallationId,
    setting: &str,
    text: &Secret<String>,
) -> Result<()> {
    let sealed = tx
        .keyring()
        .seal(&place(installation, setting), text.reveal().as_bytes())?;
    execute!(
        tx,
        "INSERT INTO plugin_grant (installation_id, setting, tokens, revision, claimed_until)
         VALUES ($1, $2, $3, 1, 0)
         ON CONFLICT (installation_id, setting) DO UPDATE SET
            tokens = excluded.tokens, revision = plugin_grant.revision + 1, claimed_until = 0",
        installation.0,
        setting,
        sealed
    )
    .map(|_| ())
}

/// Gives the right to renew a grant back.
pub async fn give_back(tx: &mut Tx, installation: InstallationId, setting: &str) -> Result<()> {
    execute!(
        tx,
        "UPDATE plugin_grant SET claimed_until = 0 WHERE installation_id = $1 AND setting = $2",
        installation.0,
        setting
    )
    .map(|_| ())
}

/// Forgets a grant.
pub async fn delete(tx: &mut Tx, installation: InstallationId, setting: &str) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM plugin_grant WHERE installation_id = $1 AND setting = $2",
        installation.0,
        setting
    )
    .map(|_| ())
}

/// Seals all grants anew with the first key; answers how many.
pub(crate) async fn reseal(tx: &mut Tx) -> Result<usize> {
    let rows: Vec<(i64, String, Vec<u8>)> = fetch_all!(
        tx,
        (i64, String, Vec<u8>),
        "SELECT installation_id, setting, tokens FROM plugin_grant WHERE tokens IS NOT NULL"
    )?;
    for (installation, setting, sealed) in &rows {
        let place = place(InstallationId(*installation), setting);
        let plain = tx.keyring().open(&place, sealed)?;
        let sealed = tx.keyring().seal(&place, &plain)?;
        execute!(
            tx,
            "UPDATE plugin_grant SET tokens = $1 WHERE installation_id = $2 AND setting = $3",
            sealed,
            installation,
            setting
        )?;
    }
    Ok(rows.len())
}
