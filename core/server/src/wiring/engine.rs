//! The engine, on the data folder's queue.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use errand_engine::{Engine, Hub, Options, Parts};
use errand_plugin_host::PluginHost;

use super::consents::Keeper;
use super::takeover::{self, Refusals};
use crate::opened::Opened;

/// Starts the engine with these plugins; links in what plugins send begin with `url`.
pub(crate) async fn engine(
    data: &Path,
    opened: &Opened,
    url: &str,
    plugins: Arc<PluginHost>,
) -> Result<Engine> {
    let settings = &opened.settings;
    let host = Arc::clone(&plugins);
    let mut options = Options::new(data.join("dead"), url.to_owned());
    options.dispatch.at_once = settings.plugins.max_concurrent;
    options.dispatch.notice_pause = Duration::from_secs(settings.mail.pause_seconds.into());
    let queue_options = errand_queue::Options {
        max_bytes: settings.queue.max_bytes,
        memory_bytes: settings.queue.memory_bytes,
        segment_bytes: settings.queue.segment_bytes,
        ..errand_queue::Options::default()
    };
    let hub = Hub {
        db: opened.db.clone(),
        clock: opened.clock.clone(),
        ids: Arc::clone(&opened.ids),
    };
    let parts = Parts {
        hub,
        queue: data.join("queue"),
        queue_options,
        plugins,
        options,
    };
    // A plugin that is part of the hub may have come with the hub's own new version.
    let mut refusals = Refusals::default();
    takeover::look(&host, &opened.db, opened.cx(), &mut refusals)
        .await
        .context("plugins cannot take settings over")?;
    let engine = Engine::start(parts)
        .await
        .with_context(|| format!("the queue in {} cannot be used", data.display()))?;
    let keeper = Keeper {
        host: Arc::downgrade(&host),
        db: opened.db.clone(),
        clock: opened.clock.clone(),
        ids: Arc::clone(&opened.ids),
        due: engine.deliveries(),
    };
    tokio::spawn(keeper.run(refusals));
    Ok(engine)
}
