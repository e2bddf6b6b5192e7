//! `errand plugin`: which plugins there are, and whom they tell.

mod build;
mod logs;
mod new;
mod sign;
pub(crate) mod tools;
mod versions;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use clap::Subcommand;
use errand_model::grant::Grant;
use errand_model::{InstallationId, ProjectId, Secret};
use errand_plugin_host::{PluginHost, PluginInfo, SettingKind};
use errand_store::{installations, projects};
use serde_json::{Map, Value, json};

use super::open::Place;
use super::print;
use crate::opened::Opened;
use crate::wiring;

/// Plugins run the errands. One that is added hears of every change from then on.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List the plugins and their settings, and which are in use.
    List {
        #[command(flatten)]
        place: Place,
        /// Print JSON: {"plugins", "versions", "installations"}.
        #[arg(long)]
        json: bool,
    },
    /// Put a plugin to use.
    Add {
        /// Which, as in "webhook".
        plugin: String,
        /// A setting, as in url=https://example.com/hook; lists and maps as JSON. Repeat for more.
        #[arg(long = "set", value_name = "KEY=VALUE")]
        settings: Vec<String>,
        /// Only for this project (its slug); for all, if not given.
        #[arg(long)]
        project: Option<String>,
        /// What to call it.
        #[arg(long)]
        name: Option<String>,
        /// A host that it may call, of those that it asks for; all of them, if none is given. Repeat for more.
        #[arg(long = "only-host", value_name = "HOST")]
        hosts: Vec<String>,
        /// A network that it may reach although it is private, as in 10.1.0.0/16. Repeat for more.
        #[arg(long = "allow-network", value_name = "CIDR")]
        networks: Vec<String>,
        #[command(flatten)]
        place: Place,
        /// Print JSON: {"id", "plugin", "name"}.
        #[arg(long)]
        json: bool,
    },
    /// Begin a plugin of your own.
    New(new::Args),
    /// Build the plugin in a folder, and print where its component is.
    Build {
        /// The folder.
        #[arg(default_value = ".")]
        folder: PathBuf,
    },
    /// Say what a component does and wants, or why it is no plugin for this hub.
    Check {
        /// The component, or the folder of a plugin, which is built first.
        #[arg(default_value = ".")]
        path: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Try a plugin in the hub's own host, against a remote that fails in every way.
    Test {
        /// The component, or the folder of a plugin, which is built first.
        #[arg(default_value = ".")]
        path: PathBuf,
        /// A setting, as for `add`; if none is given, all are made up by the manifest.
        #[arg(long = "set", value_name = "KEY=VALUE")]
        settings: Vec<String>,
        /// Print JSON: {"plugin", "cases"}.
        #[arg(long)]
        json: bool,
    },
    /// Show the key of a file, which is made if it is not there: to sign with, and for others to trust.
    Key {
        /// The file: a secret.
        file: PathBuf,
    },
    /// Sign a plugin, so that hubs can tell who made it.
    Sign {
        /// The component, or the folder of a plugin, which is built first.
        #[arg(default_value = ".")]
        path: PathBuf,
        /// The file of the key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Bring a plugin to the hub, for `add` to put to use.
    Install(tools::Install),
    /// Agree to what a version of a plugin wants, so that it may run.
    Agree(versions::Agree),
    /// Hold an installation to a version of its plugin, or let it follow the newest again.
    Use(versions::Use),
    /// Hold an installation to the version before the one that runs for it.
    Rollback(versions::Rollback),
    /// Take a version of a plugin away from the hub.
    Uninstall(versions::Uninstall),
    /// Show what was tried, with what plugins logged.
    Logs(logs::Logs),
    /// Try again what is over: one delivery, or all that was given up for an installation.
    Replay(logs::Replayed),
    /// Stop using a plugin.
    Remove {
        /// Its number, as `errand plugin list` shows it.
        id: i64,
        #[command(flatten)]
        place: Place,
    },
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    match &args.action {
        Action::List { place, json } => list(place, *json).await,
        Action::Add {
            plugin,
            settings,
            project,
            name,
            hosts,
            networks,
            place,
            json,
        } => {
            let opened = place.open().await?;
            let host = wiring::host(&place.data, &opened.settings, &opened.db).await?;
            let config = read_settings(&known(&host, plugin)?, settings)?;
            let grant = Grant {
                hosts: (!hosts.is_empty()).then(|| hosts.clone()),
                networks: networks.clone(),
            };
            check(&host, plugin, &config, &grant).await?;
            // Who puts a plugin to use agrees to what it wants.
            if let Some(agreed) = versions::agree_to_newest(place, &opened, &host, plugin).await?
                && !json
            {
                print::text(&agreed);
            }
            let name = name.as_deref().unwrap_or(plugin);
            let named = (plugin.as_str(), name);
            add(&opened, named, project.as_deref(), (&config, grant), *json).await
        }
        Action::New(args) => new::run(args),
        Action::Build { folder } => {
            let component = build::build(folder)?;
            print::text(&component.display().to_string());
            Ok(())
        }
        Action::Check { path, json } => tools::check(path, *json).await,
        Action::Test { path, settings, json } => {
            let read = |info: &PluginInfo| match settings.is_empty() {
                true => Ok(None),
                false => read_settings(info, settings).map(Some),
            };
            tools::test(path, read, *json).await
        }
        Action::Key { file } => sign::key(file),
        Action::Sign { path, key } => sign::sign(path, key),
        Action::Install(args) => tools::install(args).await,
        Action::Logs(args) => logs::logs(args).await,
        Action::Replay(args) => logs::replay(args).await,
        Action::Agree(args) => versions::agree(args).await,
        Action::Use(args) => versions::pin(args).await,
        Action::Rollback(args) => versions::rollback(args).await,
        Action::Uninstall(args) => versions::uninstall(args).await,
        Action::Remove { id, place } => remove(place, InstallationId(*id)).await,
    }
}

async fn list(place: &Place, json: bool) -> Result<()> {
    let opened = place.open().await?;
    let host = wiring::host(&place.data, &opened.settings, &opened.db).await?;
    let installed = installations::list(&opened.db, Some(opened.organization.id)).await?;
    if json {
        let plugins: Vec<_> = host.plugins().into_iter().map(|info| info.manifest).collect();
        let installed: Vec<_> = installed
            .iter()
            .map(|one| {
                json!({ "id": one.id.to_string(), "plugin": one.plugin, "version": one.version, "name": one.name, "paused": one.paused,
                    "runs": one.settings_of, "held_back": one.held_back })
            })
            .collect();
        let versions: Vec<_> = host.versions().iter().map(versions::json).collect();
        return print::json(&json!({ "plugins": plugins, "versions": versions, "installations": installed }));
    }
    for PluginInfo { manifest, .. } in host.plugins() {
        print::text(&format!("{}: {}", manifest.id, manifest.description));
        versions::describe(&host, &manifest.id);
        for setting in &manifest.settings {
            let required = if setting.required { ", required" } else { "" };
            print::text(&format!("    {}{required}: {}", setting.key, setting.help));
        }
    }
    for one in installed {
        let paused = one.paused.as_ref();
        let state = paused.map_or_else(|| "in use".to_owned(), |reason| format!("paused: {reason}"));
        let held_back = one
            .held_back
            .as_ref()
            .map(|why| format!("; {why}"))
            .unwrap_or_default();
        print::text(&format!(
            "{}  {} ({}) {state}{held_back}",
            one.id,
            one.name,
            one.chosen_name()
        ));
    }
    Ok(())
}

fn known(host: &Arc<PluginHost>, plugin: &str) -> Result<PluginInfo> {
    let plugins = host.plugins();
    let names: Vec<_> = plugins.iter().map(|info| info.manifest.id.clone()).collect();
    let found = plugins.into_iter().find(|info| info.manifest.id == plugin);
    found.with_context(|| match names.is_empty() {
        true => format!("there is no plugin '{plugin}': this binary was built without plugins (webhook and others); `errand doctor` says how to mend it"),
        false => format!("there is no plugin '{plugin}'; there are {}", names.join(", ")),
    })
}

/// Text stays text; what the plugin wants as a number, a list or a map is read as JSON.
fn read_settings(info: &PluginInfo, settings: &[String]) -> Result<Value> {
    let mut config = Map::new();
    for setting in settings {
        let Some((key, text)) = setting.split_once('=') else {
            bail!("--set '{setting}' is not of the form KEY=VALUE, as in --set url=https://example.com/hook");
        };
        let field = info.manifest.settings.iter().find(|field| field.key == key);
        let is_text = field.is_none_or(|field| {
            matches!(
                field.kind,
                SettingKind::Text | SettingKind::Url | SettingKind::Choice | SettingKind::Oauth
            )
        });
        let value = match is_text {
            true => Value::String(text.to_owned()),
            false => serde_json::from_str(text).with_context(|| {
                format!("the value of --set {key}=… has to be JSON, as in --set {key}='[\"issue.created\"]'")
            })?,
        };
        config.insert(key.to_owned(), value);
    }
    Ok(Value::Object(config))
}

async fn check(host: &Arc<PluginHost>, plugin: &str, config: &Value, grant: &Grant) -> Result<()> {
    let refused = host.check_grant(plugin, config, grant);
    ensure!(
        refused.is_empty(),
        "{plugin} cannot be let so: {}",
        refused.join("; ")
    );
    let problems = host.validate_config(plugin, config, grant).await?;
    let told: Vec<_> = problems
        .iter()
        .map(|problem| match &problem.field {
            Some(field) => format!("{field}: {}", problem.message),
            None => problem.message.clone(),
        })
        .collect();
    ensure!(
        told.is_empty(),
        "{plugin} does not take these settings: {}",
        told.join("; ")
    );
    Ok(())
}

async fn add(
    opened: &Opened,
    (plugin, name): (&str, &str),
    project: Option<&str>,
    (config, grant): (&Value, Grant),
    json: bool,
) -> Result<()> {
    let project = match project {
        Some(slug) => Some(project_id(opened, slug).await?),
        None => None,
    };
    let mut tx = opened.db.begin().await?;
    let new = installations::NewInstallation {
        organization: opened.organization.id,
        project,
        plugin,
        name,
        config: Secret::new(config.to_string()),
        grant,
    };
    let made = installations::create(&mut tx, opened.cx(), new).await?;
    opened
        .write_down(&mut tx, "plugins change", format!("put {name} to use ({plugin})"))
        .await?;
    tx.commit().await?;
    if json {
        return print::json(&json!({ "id": made.id.to_string(), "plugin": made.plugin, "name": made.name }));
    }
    print::text(&format!("{} hears of every change from now on", made.name));
    Ok(())
}

async fn project_id(opened: &Opened, slug: &str) -> Result<ProjectId> {
    let project = projects::by_slug(&opened.db, opened.organization.id, slug).await?;
    let project =
        project.with_context(|| format!("there is no project '{slug}'; see `errand project list`"))?;
    Ok(project.id)
}

async fn remove(place: &Place, id: InstallationId) -> Result<()> {
    let opened = place.open().await?;
    let mut tx = opened.db.begin().await?;
    installations::delete(&mut tx, id)
        .await
        .with_context(|| format!("cannot remove {id}; see `errand plugin list`"))?;
    opened
        .write_down(&mut tx, "plugins change", format!("remove the installation {id}"))
        .await?;
    tx.commit().await?;
    print::text("removed");
    Ok(())
}
