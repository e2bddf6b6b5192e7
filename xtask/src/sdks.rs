//! The stock SDKs and the browser that the end-to-end tests send with.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell;

/// Installs what is missing under `target/sdks`, from the lock files in `tests/sdks`; returns that folder.
pub(crate) fn install() -> Result<PathBuf> {
    let folder = shell::target().join("sdks");
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let wanted = shell::root().join("tests/sdks");
    install_node(&folder, &wanted)?;
    install_python(&folder, &wanted)?;
    if !shell::has("chromium") {
        shell::apt_install(&["chromium"], "testing in a browser")?;
    }
    Ok(folder)
}

fn install_node(folder: &std::path::Path, wanted: &std::path::Path) -> Result<()> {
    if !shell::has("npm") {
        shell::apt_install(&["nodejs", "npm"], "testing the JavaScript SDKs")?;
    }
    let lock = fs::read(wanted.join("package-lock.json")).context("reading tests/sdks/package-lock.json")?;
    if fs::read(folder.join("package-lock.json")).is_ok_and(|installed| installed == lock)
        && folder.join("node_modules").is_dir()
    {
        return Ok(());
    }
    shell::say("installing the JavaScript SDKs");
    fs::copy(wanted.join("package.json"), folder.join("package.json"))?;
    fs::write(folder.join("package-lock.json"), &lock)?;
    shell::run(
        Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(folder),
    )
}

fn install_python(folder: &std::path::Path, wanted: &std::path::Path) -> Result<()> {
    let requirements = wanted.join("requirements.txt");
    let venv = folder.join("python");
    let stamp = venv.join("requirements.txt");
    let text = fs::read(&requirements).context("reading tests/sdks/requirements.txt")?;
    if fs::read(&stamp).is_ok_and(|installed| installed == text) {
        return Ok(());
    }
    shell::say("installing the Python SDK");
    if Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&venv)
        .status()
        .is_ok_and(|s| !s.success())
    {
        shell::apt_install(&["python3", "python3-venv"], "testing the Python SDK")?;
        shell::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    }
    shell::run(
        Command::new(venv.join("bin/pip"))
            .args(["install", "--quiet", "--requirement"])
            .arg(&requirements),
    )?;
    fs::write(stamp, text).map_err(Into::into)
}
