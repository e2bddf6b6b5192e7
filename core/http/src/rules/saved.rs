//! The rules of a project: the settings of its own installation of the plugin.

use errand_model::Secret;
use errand_model::grant::Grant;
use errand_model::project::Project;
use errand_store::installations::{self, Installation, NewInstallation};
use serde_json::{Map, Value, json};

use super::PLUGIN;
use crate::AppState;
use crate::error::Error;

/// What the installation is called.
const NAME: &str = "Alert rules";

/// The installation that holds a project's rules, if there is one.
pub(crate) async fn of_project(state: &AppState, project: &Project) -> Result<Option<Installation>, Error> {
    let all = installations::list(&state.db, Some(project.organization)).await?;
    let is_its = |one: &Installation| one.plugin == PLUGIN && one.project == Some(project.id);
    Ok(all.into_iter().find(is_its))
}

/// The text of the rules that it holds.
pub(crate) fn text_of(installation: &Installation) -> String {
    let config = config_of(installation);
    config
        .get("rules")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// Saves the rules of a project, and whether they are followed. What was held goes on.
pub(crate) async fn save(
    state: &AppState,
    project: &Project,
    text: &str,
    is_enabled: bool,
) -> Result<Installation, Error> {
    let known = of_project(state, project).await?;
    let mut tx = state.db.begin().await?;
    let mut installation = match known {
        Some(known) => known,
        None => {
            let new = NewInstallation {
                organization: project.organization,
                project: Some(project.id),
                plugin: PLUGIN,
                name: NAME,
                config: Secret::new("{}".to_owned()),
                grant: Grant::default(),
            };
            installations::create(&mut tx, state.context(), new).await?
        }
    };
    let mut config = config_of(&installation);
    config.insert("rules".to_owned(), json!(text));
    installation.config = Secret::new(Value::Object(config).to_string());
    installation.is_enabled = is_enabled;
    installations::update(&mut tx, &installation).await?;
    installations::resume(&mut tx, state.context(), installation.id).await?;
    installation.paused = None;
    tx.commit().await?;
    Ok(installation)
}

/// The installation under which rules are tried: where there is none yet, they are saved switched off.
pub(crate) async fn on_trial(state: &AppState, project: &Project, text: &str) -> Result<Installation, Error> {
    match of_project(state, project).await? {
        Some(known) => Ok(known),
        None => save(state, project, text, false).await,
    }
}

fn config_of(installation: &Installation) -> Map<String, Value> {
    serde_json::from_str(installation.config.reveal()).unwrap_or_default()
}
