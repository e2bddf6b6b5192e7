//! `errand plugin key` and `sign`: who made a plugin.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use errand_plugin_host::{SigningKey, embed_manifest};

use super::tools::Component;
use crate::cli::print;
use crate::plugin_files;

/// Shows the public key of a file.
pub(super) fn key(file: &Path) -> Result<()> {
    if !file.exists() {
        let mut made = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(file)
            .with_context(|| format!("cannot write {}", file.display()))?;
        made.write_all(SigningKey::generate()?.as_bytes())?;
    }
    print::text(&read(file)?.public().to_string());
    Ok(())
}

/// Signs a component in its place.
pub(super) fn sign(path: &Path, key: &Path) -> Result<()> {
    let key = read(key)?;
    let component = Component::read(path)?;
    let shown = component.path.display();
    let signed = key
        .sign(component.wasm.clone())
        .or_else(|error| match component.manifest {
            // What stands beside is not signed, so it goes within.
            Some(manifest) => key.sign(embed_manifest(component.wasm, &manifest)),
            None => Err(error),
        });
    let signed = signed.with_context(|| format!("{shown} cannot be signed"))?;
    plugin_files::put(&component.path, &signed).with_context(|| format!("cannot write {shown}"))?;
    print::text(&format!("signed {shown} with {}", key.public()));
    Ok(())
}

fn read(file: &Path) -> Result<SigningKey> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    SigningKey::parse(&text).with_context(|| file.display().to_string())
}
