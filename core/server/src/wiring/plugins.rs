//! The plugin host, with the bundled plugins loaded.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use errand_model::{Clock, SystemClock};
use errand_plugin_host::{Options, PluginHost};
use errand_store::Db;

use super::plugin_kv::StoredKv;
use crate::bundled;
use crate::cli::compile_plugin;
use crate::config::Config;

/// Starts the host and loads every bundled plugin. Their machine code is kept in the data folder.
pub(crate) async fn host(data: &Path, settings: &Config, db: &Db) -> Result<Arc<PluginHost>> {
    let networks = settings
        .plugins
        .allow_networks
        .iter()
        .map(|network| network.parse());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let options = Options {
        cache: Some(data.join("plugin-cache")),
        compiler: Some(compile_plugin::command().context("the hub's own executable cannot be found")?),
        allow_networks: networks
            .collect::<Result<_, _>>()
            .context("plugins.allow_networks")?,
        slots: u32::try_from(settings.plugins.max_concurrent).unwrap_or(u32::MAX),
        clock,
        ..Options::default()
    };
    let host =
        PluginHost::new(&options, Arc::new(StoredKv(db.clone()))).context("plugins cannot be run here")?;
    for wasm in bundled::PLUGINS {
        host.load(wasm.to_vec())
            .await
            .context("a bundled plugin cannot be loaded")?;
    }
    Ok(Arc::new(host))
}
