//! The world of a plugin, by its manifest: what it exports and imports, and nothing else.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use errand_plugin_host::{DigestRule, Manifest};

use crate::bundled;

/// What it is called.
pub(super) const NAME: &str = "this-plugin";
/// Where components find the interface.
const VERSION: &str = "1.0.0";

/// What a plugin exports for which the manifest has no word.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Besides {
    /// It says what it would have done.
    pub(super) looks_back: bool,
    /// It says what it would have done by the clock.
    pub(super) goes_back: bool,
    /// It takes settings of an older version over.
    pub(super) migrates: bool,
}

/// Writes the interface and the world to a folder, as the tools want them.
pub(super) fn write(folder: &Path, manifest: &Manifest, besides: Besides) -> Result<()> {
    let package = folder.join("deps/errand-plugin");
    let files = bundled::WIT
        .iter()
        .map(|(name, text)| (package.join(name), *text));
    let world = text(manifest, besides);
    let own = (folder.join("world.wit"), world.as_str());
    fs::create_dir_all(&package).with_context(|| format!("cannot make {}", package.display()))?;
    for (path, text) in files.chain([own]) {
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn text(manifest: &Manifest, besides: Besides) -> String {
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
    let tells_each = manifest.digest.as_ref().is_none_or(DigestRule::may_tell_each);
    let hears = !manifest.changes.is_empty() || manifest.changes_setting.is_some();
    let draws = manifest.actions.iter().any(|action| action.drawn);
    let looks_up = manifest.settings.iter().any(|field| field.lookup);
    for (interface, is_there) in [
        ("configuration", true),
        ("events", hears && tells_each),
        ("digests", manifest.digest.is_some()),
        ("choices", looks_up),
        ("hindsight", besides.looks_back),
        ("migration", besides.migrates),
        ("retrace", besides.goes_back),
        ("actions", !manifest.actions.is_empty()),
        ("forms", draws),
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
        let world = text(&Manifest::parse(json).expect("a manifest"), Besides::default());
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
            "forms",
            "hindsight",
            "migration",
        ] {
            assert!(!world.contains(absent), "{world}");
        }
        let json = br#"{"id": "p", "name": "P", "version": "1", "changes": ["issue.created"],
            "digest": {"minutes": 1}, "settings": [{"key": "room", "type": "text", "label": "R", "lookup": true}],
            "actions": [{"id": "a", "label": "A", "drawn": true}]}"#;
        let besides = Besides {
            looks_back: true,
            goes_back: true,
            migrates: true,
        };
        let world = text(&Manifest::parse(json).expect("a manifest"), besides);
        for there in [
            "export errand:plugin/digests",
            "export errand:plugin/choices",
            "export errand:plugin/forms",
            "export errand:plugin/hindsight",
            "export errand:plugin/migration",
            "export errand:plugin/retrace",
        ] {
            assert!(world.contains(there), "{world}");
        }
        assert!(
            !world.contains("/events"),
            "it hears of changes together: {world}"
        );
        let json = br#"{"id": "p", "name": "P", "version": "1", "changes": ["issue.created"],
            "digest": {"minutes": 0}, "settings": [{"key": "to_people", "type": "boolean", "label": "People"}]}"#;
        let world = text(&Manifest::parse(json).expect("a manifest"), Besides::default());
        assert!(
            world.contains("/events") && world.contains("/digests"),
            "people are told together, and the rest one by one: {world}"
        );
    }
}
