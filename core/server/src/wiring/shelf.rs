//! Plugins in their versions: files in the data folder, and what was agreed that they may have in the database.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use errand_http::plugin_shelf::{Arrival, PluginShelf, PluginVersion, ShelfError};
use errand_model::{Ids, SystemClock};
use errand_plugin_host::{LoadError, PluginHost, VersionInfo, Wants};
use errand_store::plugin_components::Component;
use errand_store::{Context, Db, plugin_consents};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::{consents, fleet};
use crate::opened::Opened;
use crate::plugin_files::{self, file_of, put};

/// Components that are looked at at once, with those that were refused and are still shown.
const MAX_ARRIVALS: usize = 8;

/// The shelf.
#[derive(Clone)]
pub(crate) struct Shelf {
    pub(crate) host: Arc<PluginHost>,
    db: Db,
    clock: Arc<SystemClock>,
    ids: Arc<Ids>,
    /// Where installed plugins lie.
    folder: PathBuf,
    arrivals: Arc<Mutex<VecDeque<Arrival>>>,
}

impl Shelf {
    /// Of a host, on the data folder.
    pub(crate) fn new(host: Arc<PluginHost>, data: &Path, opened: &Opened) -> Self {
        Shelf {
            host,
            db: opened.db.clone(),
            clock: Arc::clone(&opened.clock),
            ids: Arc::clone(&opened.ids),
            folder: plugin_files::folder(data),
            arrivals: Arc::default(),
        }
    }

    async fn bring(&self, wasm: Vec<u8>) -> Result<PluginVersion, ShelfError> {
        let info = self.host.try_out(wasm.clone(), None).await.map_err(refused)?;
        let path = file_of(&self.folder, &info);
        let component = Component { wasm, manifest: None };
        let failed = |error: errand_store::Error| ShelfError::Failed(error.to_string());
        fleet::share(&self.db, self.cx(), &path, &component)
            .await
            .map_err(failed)?;
        let wasm = component.wasm;
        put(&path, &wasm).map_err(|error| ShelfError::Failed(format!("{}: {error}", path.display())))?;
        self.host.load_file(&path).await.map_err(refused)?;
        self.find(&info.manifest.id, Some(&info.manifest.version))
            .map(shape)
            .ok_or(ShelfError::Missing)
    }

    fn find(&self, plugin: &str, version: Option<&str>) -> Option<VersionInfo> {
        let mut versions = self.host.versions().into_iter();
        versions.find(|known| {
            let manifest = &known.info.manifest;
            manifest.id == plugin && version.is_none_or(|version| manifest.version == version)
        })
    }

    /// Agrees to what a version wants. What was agreed to before stays, so that the version before can come back.
    pub(crate) async fn consent(
        &self,
        plugin: &str,
        version: Option<&str>,
        by: &str,
    ) -> Result<(), ShelfError> {
        let failed = |error: errand_store::Error| ShelfError::Failed(error.to_string());
        let mut found = self.find(plugin, version);
        if found.is_none() && self.folder.is_dir() {
            // It may have been installed a moment ago. What cannot be loaded is said when the folder is looked at.
            let _ = self.host.load_folder(&self.folder).await;
            found = self.find(plugin, version);
        }
        let found = found.ok_or(ShelfError::Missing)?;
        if found.origin.is_none() {
            return Ok(());
        }
        let mut agreed = consents::agreed(&self.db).await.map_err(failed)?;
        let wants = agreed.remove(plugin).unwrap_or_default();
        let wants = wants.and(&found.info.manifest.wanted());
        let json = serde_json::to_string(&wants).map_err(|error| ShelfError::Failed(error.to_string()))?;
        let mut tx = self.db.begin().await.map_err(failed)?;
        plugin_consents::agree(&mut tx, self.cx(), plugin, &json, by)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        consents::tell(&self.host, &self.db).await.map_err(failed)
    }

    fn cx(&self) -> Context<'_> {
        Context {
            clock: self.clock.as_ref(),
            ids: &self.ids,
        }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Arrival>> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PluginShelf for Shelf {
    fn versions(&self) -> Vec<PluginVersion> {
        self.host.versions().into_iter().map(shape).collect()
    }

    fn take_in(&self, wasm: Vec<u8>) -> BoxFuture<'_, Result<PluginVersion, ShelfError>> {
        self.bring(wasm).boxed()
    }

    fn begin(&self, file: String, wasm: Vec<u8>) -> Result<(), ShelfError> {
        let id = {
            let mut waiting = self.waiting();
            if waiting.len() >= MAX_ARRIVALS {
                // A refusal was shown for long enough.
                let shown = waiting.iter().position(|arrival| arrival.refused.is_some());
                let shown = shown.ok_or_else(|| {
                    ShelfError::Conflict("enough plugins are being looked at: wait for them first".to_owned())
                })?;
                waiting.remove(shown);
            }
            let id = waiting.back().map_or(1, |last| last.id + 1);
            waiting.push_back(Arrival {
                id,
                file,
                refused: None,
            });
            id
        };
        let shelf = self.clone();
        tokio::spawn(async move {
            let result = shelf.bring(wasm).await;
            let mut waiting = shelf.waiting();
            match result {
                Ok(_) => waiting.retain(|arrival| arrival.id != id),
                Err(error) => {
                    if let Some(arrival) = waiting.iter_mut().find(|arrival| arrival.id == id) {
                        arrival.refused = Some(error.to_string());
                    }
                }
            }
        });
        Ok(())
    }

    fn arrivals(&self) -> Vec<Arrival> {
        self.waiting().iter().cloned().collect()
    }

    fn agree<'a>(
        &'a self,
        plugin: &'a str,
        version: Option<&'a str>,
        by: &'a str,
    ) -> BoxFuture<'a, Result<(), ShelfError>> {
        self.consent(plugin, version, by).boxed()
    }

    fn remove<'a>(&'a self, plugin: &'a str, version: &'a str) -> BoxFuture<'a, Result<(), ShelfError>> {
        self.take_away(plugin, version).boxed()
    }
}

impl Shelf {
    async fn take_away(&self, plugin: &str, version: &str) -> Result<(), ShelfError> {
        let versions = self.host.versions().into_iter();
        let mut named = versions
            .filter(|known| known.info.manifest.id == plugin && known.info.manifest.version == version);
        let origin = match (named.next(), named.next()) {
            (None, _) => return Err(ShelfError::Missing),
            // What was installed stands before what is part of the hub.
            (Some(first), _) => first.origin,
        };
        let Some(path) = origin else {
            return Err(ShelfError::Conflict("it is part of the hub".to_owned()));
        };
        let taken_back = fleet::take_back(&self.db, self.cx(), &path).await;
        taken_back.map_err(|error| ShelfError::Failed(error.to_string()))?;
        let failed = |error: std::io::Error| ShelfError::Failed(format!("{}: {error}", path.display()));
        fs::remove_file(&path).map_err(failed)?;
        // A manifest beside it is of no use without.
        let _ = fs::remove_file(path.with_extension("json"));
        self.host.unload_file(&path);
        Ok(())
    }
}

fn refused(error: LoadError) -> ShelfError {
    match error {
        LoadError::Compiler(_) | LoadError::Read { .. } => ShelfError::Failed(error.to_string()),
        error => ShelfError::Refused(error.to_string()),
    }
}

fn shape(version: VersionInfo) -> PluginVersion {
    let manifest = &version.info.manifest;
    PluginVersion {
        wants: manifest.wanted().beyond(&Wants::default()),
        plugin: manifest.id.clone(),
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        description: manifest.description.clone(),
        sha256: version.info.sha256.clone(),
        signed_by: version.info.signed_by.clone(),
        size: version.info.size,
        is_bundled: version.origin.is_none(),
        is_current: version.is_current,
        beyond: version.beyond,
    }
}
