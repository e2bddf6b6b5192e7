//! Tokens of accounts, kept in the database.

use errand_model::{Clock, InstallationId, Secret, SystemClock, Timestamp};
use errand_plugin_host::{GrantFuture, Grants, KeptGrant};
use errand_store::{Db, plugin_grants};

/// The hub's database, as a place for tokens.
pub(crate) struct StoredGrants {
    pub(crate) db: Db,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in for a closure of map_err"
)]
fn said(error: errand_store::Error) -> String {
    error.to_string()
}

impl Grants for StoredGrants {
    fn read<'a>(
        &'a self,
        installation: InstallationId,
        setting: &'a str,
    ) -> GrantFuture<'a, Option<KeptGrant>> {
        Box::pin(async move {
            let found = plugin_grants::get(&self.db, installation, setting).await;
            let found = found.map_err(said)?;
            Ok(found.map(|grant| KeptGrant {
                text: grant.text,
                // Revisions count from 0: the sign is never used.
                revision: u64::try_from(grant.revision).unwrap_or_default(),
            }))
        })
    }

    fn claim<'a>(
        &'a self,
        installation: InstallationId,
        setting: &'a str,
        revision: u64,
        until: Timestamp,
    ) -> GrantFuture<'a, bool> {
        let revision = i64::try_from(revision).unwrap_or(i64::MAX);
        let times = (SystemClock.now(), until);
        Box::pin(async move {
            let mut tx = self.db.begin().await.map_err(said)?;
            let claimed = plugin_grants::claim(&mut tx, installation, setting, revision, times).await;
            let claimed = claimed.map_err(said)?;
            tx.commit().await.map_err(said)?;
            Ok(claimed)
        })
    }

    fn keep<'a>(
        &'a self,
        installation: InstallationId,
        setting: &'a str,
        text: &'a Secret<String>,
    ) -> GrantFuture<'a, ()> {
        Box::pin(async move {
            let mut tx = self.db.begin().await.map_err(said)?;
            plugin_grants::put(&mut tx, installation, setting, text)
                .await
                .map_err(said)?;
            tx.commit().await.map_err(said)
        })
    }

    fn give_back<'a>(&'a self, installation: InstallationId, setting: &'a str) -> GrantFuture<'a, ()> {
        Box::pin(async move {
            let mut tx = self.db.begin().await.map_err(said)?;
            plugin_grants::give_back(&mut tx, installation, setting)
                .await
                .map_err(said)?;
            tx.commit().await.map_err(said)
        })
    }
}
