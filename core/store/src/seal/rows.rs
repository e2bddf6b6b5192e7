//! What of the database is sealed, and with which keys.

use errand_model::Timestamp;

use super::key::KeyId;
use super::keyring::key_of;
use crate::{
    Error, Reads, Result, Tx, execute, fetch_all, installations, plugin_grants, plugin_hooks, single_sign_on,
    takeover, two_factor,
};

/// The keys that belong to this database, the oldest first.
pub async fn registered(mut on: impl Reads) -> Result<Vec<KeyId>> {
    let rows: Vec<(Vec<u8>,)> = fetch_all!(
        on,
        (Vec<u8>,),
        "SELECT id FROM seal_key ORDER BY created, id LIMIT 1000"
    )?;
    rows.iter()
        .map(|(id,)| {
            KeyId::from_stored(id).ok_or_else(|| Error::corrupt("key", "its name has another length"))
        })
        .collect()
}

/// Notes that a key belongs to this database; no change if it did.
pub async fn register(tx: &mut Tx, id: KeyId, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO seal_key (id, created) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
        id.0.as_slice(),
        now.micros()
    )
    .map(|_| ())
}

/// Notes that a key does not belong to this database any more; refused while it seals anything.
pub async fn forget(tx: &mut Tx, id: KeyId) -> Result<()> {
    let sealed = uses(&mut *tx).await?;
    if let Some(uses) = sealed.iter().find(|uses| uses.key == id && uses.rows > 0) {
        return Err(Error::invalid(format!("key {id} still seals {} rows", uses.rows)));
    }
    execute!(tx, "DELETE FROM seal_key WHERE id = $1", id.0.as_slice()).map(|_| ())
}

/// How much a key seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uses {
    /// Which key.
    pub key: KeyId,
    /// Rows that it seals.
    pub rows: usize,
}

/// How much each key seals: all that are registered, and any other that was found.
pub async fn uses(mut on: impl Reads) -> Result<Vec<Uses>> {
    let sealed: Vec<(Vec<u8>,)> = fetch_all!(
        on,
        (Vec<u8>,),
        "SELECT config FROM installation UNION ALL SELECT token FROM plugin_hook
         UNION ALL SELECT tokens FROM plugin_grant WHERE tokens IS NOT NULL
         UNION ALL SELECT config FROM older_settings UNION ALL SELECT seed FROM person_factor
         UNION ALL SELECT client_secret FROM single_sign_on WHERE client_secret IS NOT NULL"
    )?;
    let mut uses: Vec<_> = registered(on)
        .await?
        .into_iter()
        .map(|key| Uses { key, rows: 0 })
        .collect();
    for (sealed,) in &sealed {
        let key = key_of(sealed).ok_or_else(|| Error::corrupt("secret", "its layout is not known"))?;
        match uses.iter_mut().find(|uses| uses.key == key) {
            Some(uses) => uses.rows += 1,
            None => uses.push(Uses { key, rows: 1 }),
        }
    }
    Ok(uses)
}

/// Seals everything anew with the first key; answers how many rows that were.
pub async fn reseal(tx: &mut Tx) -> Result<usize> {
    let all = installations::list(&mut *tx, None).await?;
    for installation in &all {
        installations::update(tx, installation).await?;
    }
    let others = plugin_hooks::reseal(tx).await?
        + plugin_grants::reseal(tx).await?
        + takeover::reseal(tx).await?
        + two_factor::reseal(tx).await?
        + single_sign_on::reseal(tx).await?;
    Ok(all.len() + others)
}
