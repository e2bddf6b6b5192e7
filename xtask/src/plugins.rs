//! Builds the bundled plugins as WebAssembly components.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell;

const TARGET: &str = "wasm32-wasip2";

/// Builds every plugin under `plugins/` and copies the components to `target/plugins`; returns that folder.
pub(crate) fn build() -> Result<PathBuf> {
    install_target()?;
    shell::say("building the bundled plugins");
    let built = shell::target().join("plugins-build");
    shell::run(
        shell::cargo()
            .args([
                "build",
                "--release",
                "--locked",
                "--target",
                TARGET,
                "--manifest-path",
            ])
            .arg(shell::root().join("plugins/Cargo.toml"))
            .arg("--target-dir")
            .arg(&built),
    )?;
    let bundled = shell::target().join("plugins");
    fs::create_dir_all(&bundled).with_context(|| format!("creating {}", bundled.display()))?;
    let release = built.join(TARGET).join("release");
    for entry in fs::read_dir(&release).with_context(|| format!("reading {}", release.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            let name = path.file_name().context("a built file has a name")?;
            copy_if_changed(&path, &bundled.join(name))?;
        }
    }
    Ok(bundled)
}

/// Tests of the plugins and their SDK that need no hub: they run on this machine, not in WebAssembly.
pub(crate) fn test() -> Result<()> {
    shell::say("testing the plugins and their SDK by themselves");
    for guests in ["plugin-sdk/Cargo.toml", "plugins/Cargo.toml"] {
        shell::run(
            shell::cargo()
                .args(["test", "--quiet", "--locked", "--lib", "--manifest-path", guests])
                .arg("--target-dir")
                .arg(shell::target().join("plugins-test")),
        )?;
    }
    Ok(())
}

/// Leaves an equal file alone: the hub is only built again when a plugin changed.
fn copy_if_changed(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    let new = fs::read(from).with_context(|| format!("reading {}", from.display()))?;
    if fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    fs::write(to, new).with_context(|| format!("writing {}", to.display()))
}

fn install_target() -> Result<()> {
    let sysroot = shell::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    if PathBuf::from(sysroot).join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    shell::say(&format!("adding the Rust target {TARGET}"));
    shell::run(Command::new("rustup").args(["target", "add", TARGET])).with_context(|| {
        format!("plugins need Rust's target {TARGET}; install it with rustup, or from your distribution")
    })
}
