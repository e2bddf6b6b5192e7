//! The tools that plugins in JavaScript and Python are built with.

use std::path::PathBuf;

use anyhow::Result;

use crate::packages::Packages;
use crate::shell;

/// Installs what is missing under `target/plugin-tools`, from the lock files in `tests/plugin-tools`; returns that
/// folder.
pub(crate) fn install() -> Result<PathBuf> {
    let folder = shell::target().join("plugin-tools");
    Packages {
        folder: &folder,
        wanted: &shell::root().join("tests/plugin-tools"),
        why: "building plugins in JavaScript and Python",
    }
    .install()?;
    Ok(folder)
}
