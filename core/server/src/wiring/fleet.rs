//! Components of installed plugins, the same on every hub that shares a database: from there into each data folder. A
//! hub on SQLite has its database for itself, and nobody to share with.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Weak;
use std::time::Duration;

use errand_plugin_host::PluginHost;
use errand_store::plugin_components::{self, ComponentName};
use errand_store::{Context, Db, Dialect};
use sha2::{Digest as _, Sha256};

use crate::plugin_files::put;

/// Keeps a folder in line with the database. What lies there and was never in the database is nobody else's business.
pub(crate) struct Mirror {
    db: Db,
    folder: PathBuf,
    /// What was looked at last, by file: a digest costs reading all of it.
    seen: HashMap<String, String>,
}

/// A component's digest, in hexadecimal.
pub(crate) fn digest(wasm: &[u8]) -> String {
    Sha256::digest(wasm)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Has every hub take a component up, this one too.
pub(crate) async fn share(
    db: &Db,
    cx: Context<'_>,
    path: &Path,
    component: &plugin_components::Component,
) -> errand_store::Result<()> {
    if db.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    let sha256 = digest(&component.wasm);
    plugin_components::put(&mut tx, cx, &file_name(path), &sha256, component).await?;
    tx.commit().await
}

/// Has every hub let go of it.
pub(crate) async fn take_back(db: &Db, cx: Context<'_>, path: &Path) -> errand_store::Result<()> {
    if db.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    plugin_components::remove(&mut tx, cx, &file_name(path)).await?;
    tx.commit().await
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

impl Mirror {
    pub(crate) fn new(db: Db, folder: PathBuf) -> Self {
        Mirror {
            db,
            folder,
            seen: HashMap::new(),
        }
    }

    /// Looks every so often, as long as the host is there.
    pub(crate) async fn keep(mut self, host: Weak<PluginHost>, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            if host.strong_count() == 0 {
                return;
            }
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "it cannot be read which plugins were installed");
            }
        }
    }

    /// Brings what is missing or different, and takes away what was taken away elsewhere.
    pub(crate) async fn look(&mut self) -> errand_store::Result<()> {
        if self.db.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        for name in plugin_components::list(&self.db).await? {
            // Names are made by hubs; one that leads out of the folder is none of theirs.
            let is_plain = !name.file.contains(['/', '\\']) && name.file.ends_with(".wasm");
            let path = self.folder.join(&name.file);
            match (is_plain, name.is_gone) {
                (false, _) => {}
                (true, true) => self.let_go(&name, &path),
                (true, false) => self.bring(&name, &path).await?,
            }
        }
        Ok(())
    }

    async fn bring(&mut self, name: &ComponentName, path: &Path) -> errand_store::Result<()> {
        if path.exists() && self.is(name, path) {
            return Ok(());
        }
        let Some(component) = plugin_components::get(&self.db, &name.file).await? else {
            return Ok(());
        };
        if digest(&component.wasm) != name.sha256 {
            // It was replaced a moment ago; or it was changed in the database, and is not to be run.
            tracing::warn!(
                file = name.file,
                "a component in the database is not what its digest says"
            );
            return Ok(());
        }
        let beside = component.manifest.as_deref();
        let written = beside.map_or(Ok(()), |manifest| put(&path.with_extension("json"), manifest));
        match written.and_then(|()| put(path, &component.wasm)) {
            Ok(()) => {
                tracing::info!(file = name.file, "a plugin came from another hub");
                self.seen.insert(name.file.clone(), name.sha256.clone());
            }
            Err(error) => tracing::error!(%error, path = %path.display(), "a plugin cannot be written"),
        }
        Ok(())
    }

    fn let_go(&mut self, name: &ComponentName, path: &Path) {
        if path.exists() && self.is(name, path) {
            match fs::remove_file(path) {
                Ok(()) => tracing::info!(file = name.file, "a plugin was taken away by another hub"),
                Err(error) => {
                    tracing::error!(%error, path = %path.display(), "a plugin cannot be taken away");
                }
            }
            // A manifest beside it is of no use without.
            let _ = fs::remove_file(path.with_extension("json"));
        }
        self.seen.remove(&name.file);
    }

    /// Whether a file is the component of that name.
    fn is(&mut self, name: &ComponentName, path: &Path) -> bool {
        if self.seen.get(&name.file) == Some(&name.sha256) {
            return true;
        }
        let is_same = fs::read(path).is_ok_and(|wasm| digest(&wasm) == name.sha256);
        if is_same {
            self.seen.insert(name.file.clone(), name.sha256.clone());
        }
        is_same
    }
}
