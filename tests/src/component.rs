//! Components with other manifests.

use anyhow::{Result, ensure};

/// A component with texts of its manifest replaced, each by one that is as long: everything else lies where it lay.
///
/// # Errors
/// If a text is not there, or another is not as long.
pub fn patched(mut wasm: Vec<u8>, replaced: &[(&str, &str)]) -> Result<Vec<u8>> {
    for (from, to) in replaced {
        ensure!(from.len() == to.len(), "'{from}' and '{to}' differ in length");
        let places: Vec<_> = (0..wasm.len() - from.len())
            .filter(|&at| wasm[at..].starts_with(from.as_bytes()))
            .collect();
        ensure!(!places.is_empty(), "the manifest has no '{from}'");
        for at in places {
            wasm[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
    }
    Ok(wasm)
}
