//! Takes up plugins that are put into a folder, or changed there, while the hub runs.
//!
//! By looking now and then: a folder of a few files is looked at in microseconds, and looking works on every file
//! system. What is taken out of the folder stays loaded until the hub stops: its deliveries go on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use crate::PluginHost;
use crate::folder;

/// When a component and the manifest beside it were written.
type Written = (Option<SystemTime>, Option<SystemTime>);

impl PluginHost {
    /// Looks at a folder every so often, as long as the host is there, and loads what is new or changed and unloads
    /// what is gone. A plugin that cannot be loaded is said in the log, and the one that it was to replace goes on.
    pub fn watch_folder(self: &Arc<Self>, folder: PathBuf, every: Duration) {
        self.executor.spawn(watch(Arc::downgrade(self), folder, every));
    }
}

async fn watch(host: Weak<PluginHost>, folder: PathBuf, every: Duration) {
    let mut seen = BTreeMap::new();
    loop {
        tokio::time::sleep(every).await;
        // Held no longer than a round: the host may go meanwhile.
        let Some(host) = host.upgrade() else { return };
        for path in changed(&folder, &mut seen) {
            take_up(&host, &path).await;
        }
        for gone in gone(&host, &folder) {
            host.unload_file(&gone);
        }
    }
}

/// Files of the folder that are loaded and not there any more.
fn gone(host: &PluginHost, folder: &Path) -> Vec<PathBuf> {
    let origins = host.versions().into_iter().filter_map(|version| version.origin);
    origins
        .filter(|origin| origin.starts_with(folder) && !origin.exists())
        .collect()
}

/// What was written since it was last seen. A folder that is not there has nothing in it.
fn changed(folder: &Path, seen: &mut BTreeMap<PathBuf, Written>) -> Vec<PathBuf> {
    let written = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    let paths = folder::components(folder).unwrap_or_default();
    seen.retain(|path, _| paths.contains(path));
    let is_changed = |path: &PathBuf| {
        let now = (written(path), written(&path.with_extension("json")));
        seen.insert(path.clone(), now) != Some(now)
    };
    paths.into_iter().filter(is_changed).collect()
}

async fn take_up(host: &PluginHost, path: &Path) {
    if let Err(error) = host.load_file(path).await {
        tracing::error!(%error, path = %path.display(), "an installed plugin cannot be loaded");
    }
}
