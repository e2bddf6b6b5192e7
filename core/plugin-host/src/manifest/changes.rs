//! Which changes an installation hears of.

use serde_json::Value;

use super::Manifest;

/// What the admin chose, or else what the manifest says.
pub(super) fn wants(manifest: &Manifest, config: &Value, change: &str) -> bool {
    let chosen = manifest
        .changes_setting
        .as_ref()
        .and_then(|setting| config.get(setting)?.as_array())
        .filter(|chosen| !chosen.is_empty());
    match chosen {
        Some(chosen) => chosen.iter().any(|chosen| chosen.as_str() == Some(change)),
        None => manifest.changes.iter().any(|wanted| wanted == change),
    }
}
