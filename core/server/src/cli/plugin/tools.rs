//! `errand plugin check`, `test` and `install`: what authors of plugins need, in the hub's own host.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use errand_plugin_host::conformance::{self, Subject, Verdict};
use errand_plugin_host::{Elsewhere, MemoryServices, Options, PluginHost, PluginInfo, Trust, fetch};
use errand_store::{Location, plugin_components};
use serde_json::Value;

use super::build::build;
use crate::cli::open::Place;
use crate::cli::print;
use crate::{compiler, plugin_files, wiring};

/// `user:password`, for registries that ask.
const REGISTRY_AUTH: &str = "ERRAND_REGISTRY_AUTH";

/// Says what a component is and wants, or why it is no plugin of this hub.
pub(crate) async fn check(path: &Path, json: bool) -> Result<()> {
    let component = Component::read(path)?;
    let info = component.load(component.cache.clone(), Trust::Anybody).await?;
    if json {
        return print::json(&info);
    }
    describe(&component.path, &info);
    Ok(())
}

/// A component, and what there is beside it.
pub(super) struct Component {
    pub(super) path: PathBuf,
    pub(super) wasm: Vec<u8>,
    /// Where it has none within.
    pub(super) manifest: Option<Vec<u8>>,
    /// Where its machine code may be kept: in the folder that it was built in. One with an engine within takes
    /// half a minute to compile.
    cache: Option<PathBuf>,
}

impl Component {
    /// A file, or what is built of a plugin's folder.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let (path, cache) = match path.is_dir() {
            true => {
                let built = build(path)?;
                let cache = built.with_file_name("compiled");
                (built, Some(cache))
            }
            false => (path.to_owned(), None),
        };
        Ok(Component {
            wasm: fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?,
            manifest: fs::read(path.with_extension("json")).ok(),
            path,
            cache,
        })
    }

    /// Tries whether the hub would take it.
    async fn load(&self, cache: Option<PathBuf>, trust: Trust) -> Result<PluginInfo> {
        let options = Options {
            trust,
            ..options(cache)?
        };
        let host = PluginHost::new(&options, Arc::new(MemoryServices::default()))
            .context("plugins cannot be run here")?;
        let loaded = host.try_out(self.wasm.clone(), self.manifest.clone());
        loaded
            .await
            .with_context(|| format!("{} is no plugin for this hub", self.path.display()))
    }
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
    if let Some(key) = &info.signed_by {
        print::text(&format!("    signed by: {key}"));
    }
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
    let component = Component::read(path)?;
    // For a component alone, the machine code is kept as long as it is tried.
    let own = tempfile::tempdir().context("there is no place for temporary files")?;
    let cache = component
        .cache
        .clone()
        .unwrap_or_else(|| own.path().join("compiled"));
    let info = component.load(Some(cache.clone()), Trust::Anybody).await?;
    let subject = Subject {
        settings: settings(&info)?,
        wasm: component.wasm,
        manifest: component.manifest,
    };
    let report = conformance::run(subject, &options(Some(cache))?).await?;
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

/// What `install` asks for.
#[derive(clap::Args)]
pub(crate) struct Install {
    /// The component, or the folder of a plugin, which is built first; or https://… with --sha256, or an artifact of a
    /// registry, oci://registry/repository@sha256:….
    source: String,
    /// The digest of what the URL leads to, in hexadecimal.
    #[arg(long, value_name = "DIGEST")]
    sha256: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// Puts a component where the hub looks for it, and others that share its database.
pub(crate) async fn install(args: &Install) -> Result<()> {
    let Install {
        source,
        sha256,
        place,
    } = args;
    let data = &place.data;
    let settings = place.settings(Vec::new())?;
    let trust = settings.plugins.trust().map_err(anyhow::Error::msg)?;
    let component = match Elsewhere::read(source, sha256.as_deref())? {
        None => Component::read(Path::new(source))?,
        Some(elsewhere) => Component {
            path: elsewhere.to_string().into(),
            wasm: fetch(&elsewhere, registry_sign_in())
                .await
                .with_context(|| format!("{elsewhere} cannot be brought"))?,
            manifest: None,
            cache: None,
        },
    };
    // The hub finds the machine code there, and has it at once.
    let info = component.load(Some(plugin_files::cache(data)), trust).await?;
    describe(&component.path, &info);
    let installed = plugin_files::file_of(&plugin_files::folder(data), &info);
    let put = |path: &Path, bytes: &[u8]| {
        plugin_files::put(path, bytes).with_context(|| format!("cannot write {}", path.display()))
    };
    // First what the component is not taken up without.
    if let Some(manifest) = &component.manifest {
        put(&installed.with_extension("json"), manifest)?;
    }
    put(&installed, &component.wasm)?;
    // A database of one hub alone has nobody to tell, and need not be there yet.
    let is_there = match settings.database(data)? {
        Location::Postgres(_) => true,
        Location::Sqlite(path) => path.is_file(),
    };
    if is_there {
        let opened = place.open().await?;
        let shared = plugin_components::Component {
            wasm: component.wasm,
            manifest: component.manifest,
        };
        let what = format!("brought {} {}", info.manifest.id, info.manifest.version);
        let share = wiring::share(&opened.db, opened.cx(), &installed, &shared);
        opened.written_down("plugins change", what, share).await?;
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

/// What registries are told that ask who it is for.
fn registry_sign_in() -> Option<(String, String)> {
    let text = std::env::var(REGISTRY_AUTH).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn options(cache: Option<PathBuf>) -> Result<Options> {
    Ok(Options {
        cache,
        compiler: Some(compiler::command().context("this executable cannot be found")?),
        slots: 8,
        ..Options::default()
    })
}
