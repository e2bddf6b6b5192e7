//! The plugins that are loaded, by id; a newer one takes the place of the older while calls of that one end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use crate::component::{Plugin, PluginInfo};
use crate::error::LoadError;

/// The loaded plugins.
#[derive(Default)]
pub(crate) struct Registry(RwLock<BTreeMap<String, Arc<Plugin>>>);

impl Registry {
    /// The plugin of an id.
    pub(crate) fn get(&self, id: &str) -> Option<Arc<Plugin>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }

    /// Takes a plugin in.
    pub(crate) fn put(&self, plugin: Plugin) {
        let id = plugin.manifest.id.clone();
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, Arc::new(plugin));
    }

    /// All of them, by id.
    pub(crate) fn list(&self) -> Vec<PluginInfo> {
        let plugins = self.0.read().unwrap_or_else(PoisonError::into_inner);
        plugins.values().map(|plugin| plugin.info.clone()).collect()
    }
}

/// A component in a folder, and the manifest beside it, if there is one.
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) files: Result<(Vec<u8>, Option<Vec<u8>>), LoadError>,
}

/// The files `*.wasm` of a folder, by name.
pub(crate) fn read_folder(folder: &Path, max_bytes: usize) -> Result<Vec<Found>, LoadError> {
    let paths = components(folder)?;
    let found = paths.into_iter().map(|path| Found {
        files: read(&path, max_bytes),
        path,
    });
    Ok(found.collect())
}

/// Paths of the files `*.wasm` of a folder, in order.
pub(crate) fn components(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let entries = std::fs::read_dir(folder).map_err(|source| failed(folder, source))?;
    let mut paths: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "wasm"))
        .collect();
    paths.sort();
    Ok(paths)
}

/// A component and the manifest beside it, if there is one.
pub(crate) fn read(path: &Path, max_bytes: usize) -> Result<(Vec<u8>, Option<Vec<u8>>), LoadError> {
    let size = std::fs::metadata(path)
        .map_err(|source| failed(path, source))?
        .len();
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if size > max_bytes {
        return Err(LoadError::TooLarge {
            size,
            limit: max_bytes,
        });
    }
    let wasm = std::fs::read(path).map_err(|source| failed(path, source))?;
    Ok((wasm, std::fs::read(path.with_extension("json")).ok()))
}

fn failed(path: &Path, source: std::io::Error) -> LoadError {
    LoadError::Read {
        path: path.display().to_string(),
        source,
    }
}
