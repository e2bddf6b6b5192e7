//! The components under test, built once for all tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const TARGET: &str = "wasm32-wasip2";

/// The plugin that does what its setting says.
pub(crate) fn behaviours() -> Vec<u8> {
    component("core/plugin-host/tests/guests", "behaviours")
}

/// The plugin without SDK and manifest.
pub(crate) fn bare() -> Vec<u8> {
    component("core/plugin-host/tests/guests", "bare")
}

/// The bundled alert rules.
pub(crate) fn alert_rules() -> Vec<u8> {
    component("plugins", "alert_rules")
}

/// A plugin that hears of many changes at once alone.
pub(crate) fn together() -> Vec<u8> {
    component("core/plugin-host/tests/guests", "together")
}

/// The bundled webhook plugin.
pub(crate) fn webhook() -> Vec<u8> {
    component("plugins", "webhook")
}

fn component(workspace: &str, name: &str) -> Vec<u8> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let folder = BUILT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
        build("core/plugin-host/tests/guests", &folder);
        build("plugins", &folder);
        folder.join(TARGET).join("release")
    });
    let path = folder.join(name).with_extension("wasm");
    std::fs::read(&path).unwrap_or_else(|error| panic!("{workspace}: {}: {error}", path.display()))
}

fn build(workspace: &str, target_folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let status = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--locked",
            "--release",
            "--target",
            TARGET,
            "--manifest-path",
        ])
        .arg(root.join(workspace).join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", target_folder)
        // Flags of the hub's own build are not for this target.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET")
        .status()
        .expect("cargo runs");
    assert!(
        status.success(),
        "{workspace} could not be built: is the target {TARGET} installed?"
    );
}
