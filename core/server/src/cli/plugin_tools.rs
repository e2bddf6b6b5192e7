//! `errand plugin build`, `check`, `test` and `install`: what authors of plugins need, in the hub's own host.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use errand_plugin_host::conformance::{self, Subject, Verdict};
use errand_plugin_host::{MemoryServices, Options, PluginHost, PluginInfo};
use serde_json::Value;

use super::{compile_plugin, print};

const TARGET: &str = "wasm32-wasip2";

/// Builds the plugin in a folder; its component.
pub(crate) fn build(folder: &Path) -> Result<PathBuf> {
    let manifest = folder.join("Cargo.toml");
    let text = fs::read_to_string(&manifest)
        .with_context(|| format!("{} is no folder of a plugin in Rust", folder.display()))?;
    let cargo: toml::Table = text
        .parse()
        .with_context(|| format!("{} cannot be read", manifest.display()))?;
    let name = cargo
        .get("package")
        .and_then(|package| package.get("name")?.as_str())
        .with_context(|| format!("{} names no package", manifest.display()))?
        .replace('-', "_");
    let target = folder.join("target");
    let status = Command::new("cargo")
        .args(["build", "--release", "--target", TARGET, "--manifest-path"])
        .arg(&manifest)
        .arg("--target-dir")
        .arg(&target)
        .status()
        .context("plugins in Rust are built with cargo, which cannot be run; see https://rustup.rs")?;
    ensure!(
        status.success(),
        "the plugin cannot be built; if the target is missing: rustup target add {TARGET}"
    );
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

/// Says what a component is and wants, or why it is no plugin of this hub.
pub(crate) async fn check(path: &Path, json: bool) -> Result<()> {
    let (path, wasm, manifest) = read(path)?;
    let info = load(&path, wasm, manifest).await?;
    if json {
        return print::json(&info);
    }
    describe(&path, &info);
    Ok(())
}

async fn load(path: &Path, wasm: Vec<u8>, manifest: Option<Vec<u8>>) -> Result<PluginInfo> {
    let host = PluginHost::new(&options()?, Arc::new(MemoryServices::default()))
        .context("plugins cannot be run here")?;
    let loaded = host.load_with_manifest(wasm, manifest).await;
    loaded.with_context(|| format!("{} is no plugin for this hub", path.display()))
}

fn describe(path: &Path, info: &PluginInfo) {
    let manifest = &info.manifest;
    let list = |items: Vec<String>| match items.is_empty() {
        true => "nothing".to_owned(),
        false => items.join(", "),
    };
    let short = |names: &[String]| {
        let names = names
            .iter()
            .filter_map(|name| name.strip_prefix("errand:plugin/"));
        let mut names: Vec<_> = names.map(str::to_owned).collect();
        names.sort();
        list(names)
    };
    let hosts = manifest
        .hosts
        .iter()
        .map(|rule| serde_json::to_value(rule).unwrap_or_default());
    print::text(&format!(
        "{} {}: {}",
        manifest.id, manifest.version, manifest.description
    ));
    print::text(&format!(
        "    component: {}, {} bytes, compiled in {} ms",
        path.display(),
        info.size,
        info.compile_ms
    ));
    print::text(&format!("    does: {}", short(&info.exports)));
    print::text(&format!("    uses: {}", short(&info.imports)));
    print::text(&format!("    hears of: {}", list(manifest.changes.clone())));
    print::text(&format!(
        "    sends to: {}",
        list(hosts.map(|host| host.to_string()).collect())
    ));
    print::text(&format!(
        "    asks an admin for: {}",
        list(manifest.settings.iter().map(|field| field.key.clone()).collect())
    ));
}

/// Tries a component with the conformance kit. `settings` gives the settings by the manifest; none makes some up.
pub(crate) async fn test(
    path: &Path,
    settings: impl FnOnce(&PluginInfo) -> Result<Option<Value>>,
    json: bool,
) -> Result<()> {
    let (path, wasm, manifest) = read(path)?;
    let info = load(&path, wasm.clone(), manifest.clone()).await?;
    let subject = Subject {
        wasm,
        manifest,
        settings: settings(&info)?,
    };
    let report = conformance::run(subject, &options()?).await?;
    if json {
        print::json(&report)?;
    } else {
        for case in &report.cases {
            let verdict = match case.verdict {
                Verdict::Passed => "ok  ",
                Verdict::Failed => "FAIL",
                Verdict::Skipped => "-   ",
            };
            let colon = if case.detail.is_empty() { "" } else { ": " };
            print::text(&format!("{verdict}  {}{colon}{}", case.name, case.detail));
        }
    }
    if !report.is_passed() {
        bail!(
            "{} does not keep what the hub expects of plugins",
            info.manifest.id
        );
    }
    Ok(())
}

/// Puts a component where the hub looks for it.
pub(crate) async fn install(path: &Path, data: &Path) -> Result<()> {
    let (path, wasm, manifest) = read(path)?;
    let info = load(&path, wasm.clone(), manifest.clone()).await?;
    describe(&path, &info);
    let folder = folder(data);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let installed = folder.join(&info.manifest.id).with_extension("wasm");
    put(&installed, &wasm)?;
    if let Some(manifest) = manifest {
        put(&installed.with_extension("json"), &manifest)?;
    }
    print::text(&format!(
        "installed as {}; a hub that runs takes it up within seconds",
        installed.display()
    ));
    print::text(&format!(
        "next: errand plugin add {} --set KEY=VALUE",
        info.manifest.id
    ));
    Ok(())
}

/// Where installed plugins lie.
pub(crate) fn folder(data: &Path) -> PathBuf {
    data.join("plugins")
}

/// Whole or not at all: the hub may be starting.
fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let unfinished = path.with_extension(format!("{}.new", std::process::id()));
    fs::write(&unfinished, bytes)
        .and_then(|()| fs::rename(&unfinished, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// A component, or that of a plugin's folder, which is built first; with the manifest beside it, if there is one.
fn read(path: &Path) -> Result<(PathBuf, Vec<u8>, Option<Vec<u8>>)> {
    let path = match path.is_dir() {
        true => build(path)?,
        false => path.to_owned(),
    };
    let wasm = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let manifest = fs::read(path.with_extension("json")).ok();
    Ok((path, wasm, manifest))
}

fn options() -> Result<Options> {
    Ok(Options {
        compiler: Some(compile_plugin::command().context("this executable cannot be found")?),
        slots: 8,
        ..Options::default()
    })
}
