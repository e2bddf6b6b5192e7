//! A folder of installed components: files `*.wasm`, with `<name>.json` beside them where they have no manifest within.

use std::path::{Path, PathBuf};

use crate::error::LoadError;

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
