//! Rust, with cargo.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

const TARGET: &str = "wasm32-wasip2";

/// Builds a crate's component, which carries its manifest already.
pub(super) fn build(folder: &Path) -> Result<PathBuf> {
    let manifest = folder.join("Cargo.toml");
    let text =
        fs::read_to_string(&manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
    let cargo: toml::Table = text
        .parse()
        .with_context(|| format!("{} cannot be read", manifest.display()))?;
    let name = cargo
        .get("package")
        .and_then(|package| package.get("name")?.as_str())
        .with_context(|| format!("{} names no package", manifest.display()))?
        .replace('-', "_");
    let target = folder.join("target");
    let mut cargo = Command::new(super::find("cargo", "see https://rustup.rs")?);
    cargo
        .args(["build", "--release", "--target", TARGET, "--manifest-path"])
        .arg(&manifest)
        .arg("--target-dir")
        .arg(&target);
    super::run(&mut cargo, folder)
        .with_context(|| format!("if the target is missing: rustup target add {TARGET}"))?;
    let component = target
        .join(TARGET)
        .join("release")
        .join(name)
        .with_extension("wasm");
    ensure!(
        component.is_file(),
        "cargo built no {}: does Cargo.toml say crate-type = [\"cdylib\"]?",
        component.display()
    );
    Ok(component)
}
