//! What was agreed that plugins may have, from the database to whoever runs them.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use errand_engine::Wake;
use errand_model::{Ids, SystemClock};
use errand_plugin_host::{PluginHost, WAITS_FOR_PLUGIN, Wants};
use errand_store::{Context, Db, installations, plugin_consents};

use super::takeover::{self, Refusals};

/// How often it is looked at what was agreed elsewhere: by the command line, or by another hub on this database.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Tells the host what was agreed to.
pub(crate) async fn tell(host: &PluginHost, db: &Db) -> errand_store::Result<()> {
    host.agree(agreed(db).await?);
    Ok(())
}

/// What was agreed to, by the plugin's id. What cannot be read counts as nothing, and somebody is asked again.
pub(crate) async fn agreed(db: &Db) -> errand_store::Result<BTreeMap<String, Wants>> {
    let consents = plugin_consents::list(db).await?;
    let read = consents.into_iter().map(|consent| {
        let wants = serde_json::from_str(&consent.wants).unwrap_or_default();
        (consent.plugin, wants)
    });
    Ok(read.collect())
}

/// Lets go on what is held for plugins that were not here and are now.
pub(crate) struct Keeper {
    pub(crate) host: Weak<PluginHost>,
    pub(crate) db: Db,
    pub(crate) clock: Arc<SystemClock>,
    pub(crate) ids: Arc<Ids>,
    pub(crate) due: Arc<Wake>,
}

impl Keeper {
    /// Looks every so often, as long as the host is there.
    pub(crate) async fn run(self, mut refusals: Refusals) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let Some(host) = self.host.upgrade() else { return };
            if let Err(error) = self.look(&host, &mut refusals).await {
                tracing::warn!(%error, "it cannot be read what plugins may have");
            }
        }
    }

    async fn look(&self, host: &PluginHost, refusals: &mut Refusals) -> errand_store::Result<()> {
        tell(host, &self.db).await?;
        let cx = Context {
            clock: self.clock.as_ref(),
            ids: &self.ids,
        };
        takeover::look(host, &self.db, cx, refusals).await?;
        let held = installations::that_are_held_because(&self.db, WAITS_FOR_PLUGIN).await?;
        for installation in held.iter().filter(|held| host.knows(&held.plugin_name())) {
            let mut tx = self.db.begin().await?;
            installations::resume(&mut tx, cx, installation.id).await?;
            tx.commit().await?;
            tracing::info!(installation = %installation.id, "its plugin runs, so it goes on");
            self.due.wake();
        }
        Ok(())
    }
}
