//! Where plugins lie in the data folder.

use std::fs;
use std::path::{Path, PathBuf};

use errand_plugin_host::PluginInfo;

/// Where installed plugins lie.
pub(crate) fn folder(data: &Path) -> PathBuf {
    data.join("plugins")
}

/// Where the hub keeps the machine code of plugins.
pub(crate) fn cache(data: &Path) -> PathBuf {
    data.join("plugin-cache")
}

/// Where a version is kept: `team-chat-1.2.0.wasm`.
pub(crate) fn file_of(folder: &Path, info: &PluginInfo) -> PathBuf {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_');
    let version = info.manifest.version.replace(|c| !is_plain(c), "_");
    folder.join(format!("{}-{version}.wasm", info.manifest.id))
}

/// Writes a file whole or not at all: a hub may be reading the folder.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let unfinished = path.with_extension(format!("{}.new", std::process::id()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, path))
}
