//! Settings of plugins, handed from one version to another, and back.

use errand_model::{InstallationId, Secret};
use serde_json::Value;

use crate::installations::Installation;
use crate::{Context, Error, Reads, Result, Tx, execute, fetch_all, fetch_optional};

/// Versions of an installation whose settings are kept.
const KEPT: i64 = 5;

/// What a version makes of an installation's settings.
#[derive(Clone, Debug)]
pub struct Takeover {
    /// The version.
    pub version: String,
    /// The settings that it keeps secret, by their keys.
    pub secret_settings: Vec<String>,
    /// The settings, as JSON text.
    pub config: Secret<String>,
}

/// Where the settings of an older version belong: sealed for one, they open for no other.
fn place(id: InstallationId, version: &str) -> String {
    format!("settings of installation {} at {version}", id.0)
}

/// Hands an installation to another version, whose settings take the place of those in `before`, which are kept. Answers
/// whether it did: not if somebody has changed them meanwhile.
pub async fn take_over(tx: &mut Tx, cx: Context<'_>, before: &Installation, new: &Takeover) -> Result<bool> {
    let stands = crate::installations::by_id(&mut *tx, before.id).await?;
    let is_as_before =
        |stands: Installation| stands.settings_of == before.settings_of && stands.config == before.config;
    if !stands.is_some_and(is_as_before) {
        return Ok(false);
    }
    if let Some(version) = &before.settings_of {
        keep(tx, cx, before, version).await?;
    }
    let after = Installation {
        config: new.config.clone(),
        settings_of: Some(new.version.clone()),
        ..before.clone()
    };
    let config = crate::installations::sealed(tx.keyring(), &after)?;
    let changed = execute!(
        tx,
        "UPDATE installation SET config = $1, settings_of = $2, secret_settings = $3, held_back = NULL
         WHERE id = $4 AND (settings_of = $5 OR (settings_of IS NULL AND CAST($5 AS TEXT) IS NULL))",
        config,
        &new.version,
        Value::from(new.secret_settings.clone()).to_string(),
        before.id.0,
        &before.settings_of
    )?;
    Ok(changed > 0)
}

async fn keep(tx: &mut Tx, cx: Context<'_>, before: &Installation, version: &str) -> Result<()> {
    let sealed = tx
        .keyring()
        .seal(&place(before.id, version), before.config.reveal().as_bytes())?;
    execute!(
        tx,
        "INSERT INTO older_settings (installation_id, version, config, kept) VALUES ($1, $2, $3, $4)
         ON CONFLICT (installation_id, version) DO UPDATE SET config = excluded.config, kept = excluded.kept",
        before.id.0,
        version,
        sealed,
        cx.now().micros()
    )?;
    execute!(
        tx,
        "DELETE FROM older_settings WHERE installation_id = $1 AND version NOT IN (
            SELECT version FROM older_settings WHERE installation_id = $1 ORDER BY kept DESC, version LIMIT $2)",
        before.id.0,
        KEPT
    )
    .map(|_| ())
}

/// The settings as that version of an installation's plugin had them last; none if it never ran, or too long ago.
pub async fn older(
    mut on: impl Reads,
    installation: InstallationId,
    version: &str,
) -> Result<Option<Secret<String>>> {
    let row = fetch_optional!(
        on,
        (Vec<u8>,),
        "SELECT config FROM older_settings WHERE installation_id = $1 AND version = $2",
        installation.0,
        version
    )?;
    let Some((sealed,)) = row else { return Ok(None) };
    let text = on.keyring().open(&place(installation, version), &sealed)?;
    let text = String::from_utf8(text).map_err(|_| Error::corrupt("older settings", "they are no text"))?;
    Ok(Some(Secret::new(text)))
}

/// Says why a newer version does not run for an installation.
pub async fn hold_back(tx: &mut Tx, installation: InstallationId, why: &str) -> Result<()> {
    execute!(
        tx,
        "UPDATE installation SET held_back = $1 WHERE id = $2",
        why,
        installation.0
    )
    .map(|_| ())
}

/// Seals all older settings anew with the first key; answers how many.
pub(crate) async fn reseal(tx: &mut Tx) -> Result<usize> {
    let rows: Vec<(i64, String, Vec<u8>)> = fetch_all!(
        tx,
        (i64, String, Vec<u8>),
        "SELECT installation_id, version, config FROM older_settings"
    )?;
    for (installation, version, sealed) in &rows {
        let place = place(InstallationId(*installation), version);
        let plain = tx.keyring().open(&place, sealed)?;
        let sealed = tx.keyring().seal(&place, &plain)?;
        execute!(
            tx,
            "UPDATE older_settings SET config = $1 WHERE installation_id = $2 AND version = $3",
            sealed,
            installation,
            version
        )?;
    }
    Ok(rows.len())
}
