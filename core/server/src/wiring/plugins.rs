//! The plugin host, with the bundled plugins loaded.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use errand_model::{Clock, SystemClock};
use errand_plugin_host::{Mailer, NoMail, Options, PluginHost};
use errand_store::{Db, installations};

use super::fleet::Mirror;
use super::plugin_grants::StoredGrants;
use super::plugin_mail::PluginMail;
use super::plugin_services::StoredServices;
use crate::config::Config;
use crate::mail::Mail;
use crate::{bundled, compiler, plugin_files};

/// How often the folder of installed plugins is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Starts the host with all plugins.
pub(crate) async fn host(data: &Path, settings: &Config, db: &Db) -> Result<Arc<PluginHost>> {
    let host = start(data, settings, db).await?;
    for wasm in bundled::PLUGINS {
        // What cannot be loaded keeps nobody from being heard.
        if let Err(error) = host.keep_ready(wasm) {
            tracing::error!(%error, "a bundled plugin cannot be loaded; its deliveries wait");
        }
    }
    watch(host, data, db).await
}

/// The same, for a hub that serves: meanwhile what is in use is made ready, so that what is owed at the start does not wait
/// for it, and the others are compiled, which at a first start takes each about a second.
pub(crate) async fn host_that_serves(data: &Path, settings: &Config, db: &Db) -> Result<Arc<PluginHost>> {
    let host = host(data, settings, db).await?;
    let installed = installations::list(db, None)
        .await
        .context("it cannot be read which plugins are in use")?;
    let behind = Arc::downgrade(&host);
    tokio::spawn(async move {
        for plugin in installed.iter().map(|one| &one.plugin) {
            let Some(host) = behind.upgrade() else { return };
            host.make_ready(plugin).await;
        }
        if let Some(host) = behind.upgrade() {
            host.compile_ahead().await;
        }
    });
    Ok(host)
}

/// The host, without plugins. Their machine code is kept in the data folder.
async fn start(data: &Path, settings: &Config, db: &Db) -> Result<Arc<PluginHost>> {
    let networks = settings
        .plugins
        .allow_networks
        .iter()
        .map(|network| network.parse());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mail = Mail::of(&settings.mail)?.map(|mail| PluginMail {
        db: db.clone(),
        mail,
        clock: Arc::clone(&clock),
        url: settings.public_url(),
    });
    let options = Options {
        mailer: mail.map_or_else(|| Arc::new(NoMail) as Arc<dyn Mailer>, |mail| Arc::new(mail)),
        grants: Arc::new(StoredGrants { db: db.clone() }),
        cache: Some(plugin_files::cache(data)),
        compiler: Some(compiler::command().context("the hub's own executable cannot be found")?),
        allow_networks: networks
            .collect::<Result<_, _>>()
            .context("plugins.allow_networks")?,
        trust: settings.plugins.trust().map_err(anyhow::Error::msg)?,
        slots: u32::try_from(settings.plugins.max_concurrent).unwrap_or(u32::MAX),
        clock,
        ..Options::default()
    };
    let services = StoredServices {
        db: db.clone(),
        url: settings.public_url(),
    };
    let host = PluginHost::new(&options, Arc::new(services)).context("plugins cannot be run here")?;
    Ok(Arc::new(host))
}

/// Loads what was installed, and takes up what is installed from now on.
async fn watch(host: Arc<PluginHost>, data: &Path, db: &Db) -> Result<Arc<PluginHost>> {
    let installed = plugin_files::folder(data);
    let mut mirror = Mirror::new(db.clone(), installed.clone());
    mirror
        .look()
        .await
        .context("it cannot be read which plugins were installed")?;
    load_installed(&host, &installed).await;
    super::consents::tell(&host, db)
        .await
        .context("it cannot be read what plugins may have")?;
    host.watch_folder(installed, LOOK_EVERY);
    tokio::spawn(mirror.keep(Arc::downgrade(&host), LOOK_EVERY));
    Ok(host)
}

/// Loads what `errand plugin install` put there. One that cannot be loaded does not keep the hub from starting: its
/// deliveries wait.
async fn load_installed(host: &PluginHost, folder: &Path) {
    if !folder.is_dir() {
        return;
    }
    match host.load_folder(folder).await {
        Ok(loaded) => {
            for (path, result) in loaded {
                if let Err(error) = result {
                    tracing::error!(%error, path = %path.display(), "an installed plugin cannot be loaded");
                }
            }
        }
        Err(error) => tracing::error!(%error, "the installed plugins cannot be read"),
    }
}
