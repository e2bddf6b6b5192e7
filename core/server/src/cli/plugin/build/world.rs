//! The world of a plugin, by its manifest: what it exports and imports, and nothing else.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use errand_plugin_host::Manifest;

use crate::bundled;

/// What it is called.
pub(super) const NAME: &str = "this-plugin";
/// Where components find the interface.
const VERSION: &str = "1.0.0";

/// Writes the interface and the world to a folder, as the tools want them. A plugin that `looks_back` exports that too,
/// for which the manifest has no word.
pub(super) fn write(folder: &Path, manifest: &Manifest, looks_back: bool) -> Result<()> {
    let package = folder.join("deps/errand-plugin");
    let files = bundled::WIT
        .iter()
        .map(|(name, text)| (package.join(name), *text));
    let world = text(manifest, looks_back);
    let own = (folder.join("world.wit"), world.as_str());
    fs::create_dir_all(&package).with_context(|| format!("cannot make {}", package.display()))?;
    for (path, text) in files.chain([own]) {
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn text(manifest: &Manifest, looks_back: bool) -> String {
    let mut text = format!("package errand:built;\n\nworld {NAME} {{\n");
    let mut add = |direction: &str, interface: &str| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {direction} errand:plugin/{interface}@{VERSION};");
    };
    for interface in ["log", "clock", "settings"] {
        add("import", interface);
    }
    for import in &manifest.imports {
        add("import", import.as_str());
    }
    let is_together = manifest.digest.is_some();
    let hears = !manifest.changes.is_empty() || manifest.changes_setting.is_some();
    let looks_up = manifest.settings.iter().any(|field| field.lookup);
    for (interface, is_there) in [
        ("configuration", true),
        ("events", hears && !is_together),
        ("digests", is_together),
        ("choices", looks_up),
        ("hindsight", looks_back),
        ("actions", !manifest.actions.is_empty()),
        ("inbound", !manifest.inbound.is_empty()),
        ("schedule", !manifest.schedule.is_empty()),
    ] {
        if is_there {
            add("export", interface);
        }
    }
    text + "}\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_has_what_the_manifest_names_and_nothing_else() {
        let json = br#"{"id": "p", "name": "P", "version": "1", "changes": ["issue.created"],
            "imports": ["http", "once"], "hosts": ["example.com"]}"#;
        let world = text(&Manifest::parse(json).expect("a manifest"), false);
        for there in [
            "import errand:plugin/once@1.0.0;",
            "export errand:plugin/events@1.0.0;",
        ] {
            assert!(world.contains(there), "{world}");
        }
        for absent in [
            "kv",
            "actions",
            "inbound",
            "schedule",
            "digests",
            "choices",
            "hindsight",
        ] {
            assert!(!world.contains(absent), "{world}");
        }
        let json = br#"{"id": "p", "name": "P", "version": "1", "changes": ["issue.created"],
            "digest": {"minutes": 1}, "settings": [{"key": "room", "type": "text", "label": "R", "lookup": true}]}"#;
        let world = text(&Manifest::parse(json).expect("a manifest"), true);
        for there in [
            "export errand:plugin/digests",
            "export errand:plugin/choices",
            "export errand:plugin/hindsight",
        ] {
            assert!(world.contains(there), "{world}");
        }
        assert!(
            !world.contains("/events"),
            "it hears of changes together: {world}"
        );
    }
}
