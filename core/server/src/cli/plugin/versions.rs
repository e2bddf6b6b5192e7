//! `errand plugin agree`, `use`, `rollback` and `uninstall`: which version of a plugin runs.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use errand_http::plugin_shelf::PluginShelf as _;
use errand_model::InstallationId;
use errand_plugin_host::{PluginHost, VersionInfo};
use errand_store::installations::{self, Installation};
use serde_json::{Value, json};

use crate::cli::open::Place;
use crate::cli::print;
use crate::opened::Opened;
use crate::wiring::{self, Shelf};

/// Who agrees on the command line.
const BY: &str = "the command line";
/// What stands for the newest version that was agreed to.
const NEWEST: &str = "newest";

/// What `agree` asks for.
#[derive(clap::Args)]
pub(super) struct Agree {
    /// Which plugin; with a version, as in team-chat@1.2.0, not the newest.
    plugin: String,
    #[command(flatten)]
    place: Place,
}

/// What `use` asks for.
#[derive(clap::Args)]
pub(super) struct Use {
    /// The installation's number, as `errand plugin list` shows it.
    id: i64,
    /// The version; "newest" for the newest that was agreed to, whichever that is.
    #[arg(value_name = "VERSION")]
    which: String,
    #[command(flatten)]
    place: Place,
}

/// What `rollback` asks for.
#[derive(clap::Args)]
pub(super) struct Rollback {
    /// The installation's number, as `errand plugin list` shows it.
    id: i64,
    #[command(flatten)]
    place: Place,
}

/// What `uninstall` asks for.
#[derive(clap::Args)]
pub(super) struct Uninstall {
    /// Plugin and version, as in team-chat@1.2.0.
    plugin: String,
    #[command(flatten)]
    place: Place,
}

/// What a version, or the newest, wants beyond what was agreed to.
pub(super) fn wanted(host: &PluginHost, plugin: &str, version: Option<&str>) -> Vec<String> {
    let found = of(host, plugin)
        .into_iter()
        .find(|known| version.is_none_or(|version| known.info.manifest.version == version));
    found.map(|found| found.beyond).unwrap_or_default()
}

/// The versions of a plugin, the newest first.
fn of(host: &PluginHost, plugin: &str) -> Vec<VersionInfo> {
    let versions = host.versions().into_iter();
    versions
        .filter(|known| known.info.manifest.id == plugin)
        .collect()
}

/// One line for each version.
pub(super) fn describe(host: &PluginHost, plugin: &str) {
    for known in of(host, plugin) {
        let state = match (known.is_current, known.beyond.is_empty()) {
            (true, _) => "runs".to_owned(),
            (false, true) => "agreed to".to_owned(),
            (false, false) => format!("wants to {}: `errand plugin agree`", known.beyond.join(", ")),
        };
        print::text(&format!("    {}  {state}", known.info.manifest.version));
    }
}

/// A version, for machines.
pub(super) fn json(known: &VersionInfo) -> Value {
    json!({
        "plugin": known.info.manifest.id,
        "version": known.info.manifest.version,
        "sha256": known.info.sha256,
        "is_current": known.is_current,
        "is_bundled": known.origin.is_none(),
        "beyond": known.beyond,
    })
}

/// Agrees to what the newest version wants; says to what, if that was not agreed to before.
pub(super) async fn agree_to_newest(
    place: &Place,
    opened: &Opened,
    host: &Arc<PluginHost>,
    plugin: &str,
) -> Result<Option<String>> {
    let wants = wanted(host, plugin, None);
    if wants.is_empty() {
        return Ok(None);
    }
    let shelf = Shelf::new(Arc::clone(host), &place.data, opened);
    let agreed = format!("agreed that {plugin} may {}", wants.join(", "));
    let consent = shelf.consent(plugin, None, BY);
    opened
        .written_down("plugins change", agreed.clone(), consent)
        .await?;
    Ok(Some(agreed))
}

pub(super) async fn agree(args: &Agree) -> Result<()> {
    let opened = args.place.open().await?;
    let (host, shelf) = shelf(&args.place, &opened).await?;
    let (plugin, version) = match args.plugin.split_once('@') {
        Some((plugin, version)) => (plugin, Some(version)),
        None => (args.plugin.as_str(), None),
    };
    let wants = wanted(&host, plugin, version);
    let what = format!("agree {}", args.plugin);
    opened
        .written_down("plugins change", what, shelf.consent(plugin, version, BY))
        .await?;
    match wants.is_empty() {
        true => print::text(&format!("{} wants nothing that was not agreed to", args.plugin)),
        false => print::text(&format!("agreed that {} may {}", args.plugin, wants.join(", "))),
    }
    Ok(())
}

pub(super) async fn pin(args: &Use) -> Result<()> {
    let opened = args.place.open().await?;
    let (host, _) = shelf(&args.place, &opened).await?;
    let mut installation = installation(&opened, args.id).await?;
    let versions = of(&host, &installation.plugin);
    let version = (args.which != NEWEST).then(|| args.which.clone());
    let is_known = |version: &String| {
        versions
            .iter()
            .any(|known| known.info.manifest.version == *version)
    };
    ensure!(
        version.as_ref().is_none_or(is_known),
        "{} has no version {}; see `errand plugin list`",
        installation.plugin,
        args.which
    );
    installation.version = version;
    hold(&opened, &installation).await
}

pub(super) async fn rollback(args: &Rollback) -> Result<()> {
    let opened = args.place.open().await?;
    let (host, _) = shelf(&args.place, &opened).await?;
    let mut installation = installation(&opened, args.id).await?;
    let versions = of(&host, &installation.plugin);
    let runs = versions.iter().position(|known| match &installation.version {
        Some(version) => known.info.manifest.version == *version,
        None => known.is_current,
    });
    let runs = runs.with_context(|| format!("no version of {} runs for it", installation.plugin))?;
    let now = &versions[runs].info.manifest.version;
    let before = versions[runs + 1..]
        .iter()
        .find(|known| known.info.manifest.version != *now);
    let Some(before) = before else {
        bail!("there is no version of {} before {now}", installation.plugin);
    };
    installation.version = Some(before.info.manifest.version.clone());
    hold(&opened, &installation).await
}

pub(super) async fn uninstall(args: &Uninstall) -> Result<()> {
    let opened = args.place.open().await?;
    let (_, shelf) = shelf(&args.place, &opened).await?;
    let Some((plugin, version)) = args.plugin.split_once('@') else {
        bail!("'{}' names no version, as in team-chat@1.2.0", args.plugin);
    };
    let what = format!("remove {plugin} {version}");
    opened
        .written_down("plugins change", what, shelf.remove(plugin, version))
        .await?;
    print::text("taken away; a hub that runs lets go of it within seconds");
    Ok(())
}

async fn shelf(place: &Place, opened: &Opened) -> Result<(Arc<PluginHost>, Shelf)> {
    let host = wiring::host(&place.data, &opened.settings, &opened.db).await?;
    let shelf = Shelf::new(Arc::clone(&host), &place.data, opened);
    Ok((host, shelf))
}

async fn installation(opened: &Opened, id: i64) -> Result<Installation> {
    let found = installations::by_id(&opened.db, InstallationId(id)).await?;
    found.with_context(|| format!("there is no installation {id}; see `errand plugin list`"))
}

async fn hold(opened: &Opened, installation: &Installation) -> Result<()> {
    let mut tx = opened.db.begin().await?;
    installations::update(&mut tx, installation).await?;
    let held = match &installation.version {
        Some(version) => format!("{} is held to {version}", installation.name),
        None => format!(
            "{} follows the newest version that was agreed to",
            installation.name
        ),
    };
    opened.write_down(&mut tx, "plugins change", held.clone()).await?;
    tx.commit().await?;
    print::text(&held);
    Ok(())
}
