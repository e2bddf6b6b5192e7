//! Components of installed plugins, which every hub on the database is to have.

use crate::{Context, Reads, Result, Tx, execute, fetch_all, fetch_optional};

/// A component that every hub is to have, or is not to have any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentName {
    /// What its file is called in the data folders.
    pub file: String,
    /// Its digest, in hexadecimal.
    pub sha256: String,
    /// Whether it was taken away.
    pub is_gone: bool,
}

/// A component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its bytes.
    pub wasm: Vec<u8>,
    /// The manifest beside it, where it has none within.
    pub manifest: Option<Vec<u8>>,
}

/// All of them.
pub async fn list(mut on: impl Reads) -> Result<Vec<ComponentName>> {
    let rows = fetch_all!(
        on,
        (String, String, bool),
        "SELECT file, sha256, wasm IS NULL FROM plugin_component ORDER BY file"
    )?;
    let read = |(file, sha256, is_gone)| ComponentName {
        file,
        sha256,
        is_gone,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The component of a file; none if there is none, or not any more.
pub async fn get(mut on: impl Reads, file: &str) -> Result<Option<Component>> {
    let row = fetch_optional!(
        on,
        (Option<Vec<u8>>, Option<Vec<u8>>),
        "SELECT wasm, manifest FROM plugin_component WHERE file = $1",
        file
    )?;
    Ok(row.and_then(|(wasm, manifest)| {
        Some(Component {
            wasm: wasm?,
            manifest,
        })
    }))
}

/// Has every hub take a component up under this file's name.
pub async fn put(
    tx: &mut Tx,
    cx: Context<'_>,
    file: &str,
    sha256: &str,
    component: &Component,
) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO plugin_component (file, sha256, wasm, manifest, changed) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (file) DO UPDATE SET sha256 = excluded.sha256, wasm = excluded.wasm,
            manifest = excluded.manifest, changed = excluded.changed",
        file,
        sha256,
        component.wasm.as_slice(),
        component.manifest.as_deref(),
        cx.now().micros()
    )
    .map(|_| ())
}

/// Has every hub let go of a component, if it came from here.
pub async fn remove(tx: &mut Tx, cx: Context<'_>, file: &str) -> Result<()> {
    execute!(
        tx,
        "UPDATE plugin_component SET wasm = NULL, manifest = NULL, changed = $1 WHERE file = $2",
        cx.now().micros(),
        file
    )
    .map(|_| ())
}
