//! The stock SDKs and the browser that the end-to-end tests send with.

use std::path::PathBuf;

use anyhow::Result;

use crate::packages::Packages;
use crate::shell;

/// Installs what is missing under `target/sdks`, from the lock files in `tests/sdks`; returns that folder.
pub(crate) fn install() -> Result<PathBuf> {
    let folder = shell::target().join("sdks");
    Packages {
        folder: &folder,
        wanted: &shell::root().join("tests/sdks"),
        why: "testing the SDKs",
    }
    .install()?;
    if !shell::has("chromium") {
        shell::apt_install(&["chromium"], "testing in a browser")?;
    }
    Ok(folder)
}
