//! Versions of plugins take the settings of installations over from the version before, and give them back.

use std::cmp::Ordering;
use std::collections::HashMap;

use errand_model::{InstallationId, Secret, version};
use errand_plugin_host::{OlderSettings, PluginHost, PluginInfo, WAITS_FOR_PLUGIN};
use errand_store::installations::{self, Installation};
use errand_store::takeover::{self, Takeover};
use errand_store::{Context, Db};

/// What was tried in vain: it is tried again once something of it has changed.
#[derive(Default)]
pub(crate) struct Refusals(HashMap<InstallationId, (Option<String>, String, Secret<String>)>);

impl Refusals {
    fn knows(&self, installation: &Installation, version: &str) -> bool {
        self.0.get(&installation.id).is_some_and(|(was, wanted, config)| {
            (was, wanted.as_str(), config) == (&installation.settings_of, version, &installation.config)
        })
    }

    fn remember(&mut self, installation: &Installation, version: &str) {
        let tried = (
            installation.settings_of.clone(),
            version.to_owned(),
            installation.config.clone(),
        );
        self.0.insert(installation.id, tried);
    }
}

/// Has each installation run the version that is chosen for it, if that can take its settings over.
pub(crate) async fn look(
    host: &PluginHost,
    db: &Db,
    cx: Context<'_>,
    refusals: &mut Refusals,
) -> errand_store::Result<()> {
    for installation in installations::list(db, None).await? {
        let Some(chosen) = host.runs(&installation.chosen_name()) else {
            continue;
        };
        let version = &chosen.manifest.version;
        if installation.settings_of.as_ref() == Some(version) || refusals.knows(&installation, version) {
            continue;
        }
        let settings = settings(host, db, &installation, &chosen).await?;
        let mut tx = db.begin().await?;
        match settings {
            Ok(config) => {
                let new = Takeover {
                    version: version.clone(),
                    secret_settings: secrets(&chosen),
                    config,
                };
                let is_done = takeover::take_over(&mut tx, cx, &installation, &new).await?;
                if is_done && let Some(was) = &installation.settings_of {
                    tracing::info!(installation = %installation.id, was, version, "another version runs for it");
                }
            }
            Err(why) => {
                let why = format!("{version} could not take its settings over: {why}");
                tracing::warn!(installation = %installation.id, why, "an installation keeps its version");
                takeover::hold_back(&mut tx, installation.id, &why).await?;
                if !host.knows(&installation.plugin_name()) && installation.paused.is_none() {
                    // The version before is gone: it goes on once somebody has mended the settings.
                    let why = format!("{WAITS_FOR_PLUGIN}{}', of which {why}", installation.plugin);
                    installations::pause(&mut tx, installation.id, &why).await?;
                }
                refusals.remember(&installation, version);
            }
        }
        tx.commit().await?;
    }
    Ok(())
}

/// The settings as the chosen version wants them; or why there are none.
async fn settings(
    host: &PluginHost,
    db: &Db,
    installation: &Installation,
    chosen: &PluginInfo,
) -> errand_store::Result<Result<Secret<String>, String>> {
    let unchanged = || Ok(Ok(installation.config.clone()));
    let Some(was) = &installation.settings_of else {
        return unchanged();
    };
    let wanted = &chosen.manifest.version;
    if version::compare(wanted, was) != Some(Ordering::Greater) {
        let kept = takeover::older(db, installation.id, wanted).await?;
        return Ok(Ok(kept.unwrap_or_else(|| installation.config.clone())));
    }
    let older = OlderSettings {
        version: was.clone(),
        secrets: installation.secret_settings.clone(),
        config: installation.settings(),
        grant: installation.grant.clone(),
    };
    let plugin = format!("{}@{wanted}", installation.plugin);
    match host.take_settings_over(&plugin, older).await {
        Ok(Some(config)) => Ok(Ok(Secret::new(config.to_string()))),
        Ok(None) => unchanged(),
        Err(error) => Ok(Err(error.to_string())),
    }
}

fn secrets(info: &PluginInfo) -> Vec<String> {
    let fields = info.manifest.settings.iter().filter(|field| field.secret);
    fields.map(|field| field.key.clone()).collect()
}
