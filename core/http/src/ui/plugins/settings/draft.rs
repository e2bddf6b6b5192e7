//! An installation as a form has it: not saved yet.

use errand_model::project::Project;
use errand_model::{InstallationId, Secret};
use errand_store::installations::Installation;
use serde_json::{Map, Value};

use crate::plugins::{Field, SettingsForm};
use crate::ui::forms::Fields;
use crate::ui::plugin_form;

/// Longer names are not taken.
const MAX_NAME: usize = 100;

/// What stands in a form.
pub(super) struct Draft {
    pub(super) name: String,
    /// The slug of the only project; empty for all.
    pub(super) project: String,
    /// The only version; empty for the newest.
    pub(super) version: String,
    pub(super) is_enabled: bool,
    /// The settings, secrets in clear.
    pub(super) config: Map<String, Value>,
}

impl Draft {
    /// Of a plugin that is to be added.
    pub(super) fn fresh(form: &SettingsForm) -> Self {
        Draft {
            name: form.name.clone(),
            project: String::new(),
            version: String::new(),
            is_enabled: true,
            config: Map::new(),
        }
    }

    /// Of an installation as it is.
    pub(super) fn of(installation: &Installation, projects: &[Project]) -> Self {
        let project = projects.iter().find(|one| Some(one.id) == installation.project);
        Draft {
            name: installation.name.clone(),
            project: project.map(|one| one.slug.clone()).unwrap_or_default(),
            version: installation.version.clone().unwrap_or_default(),
            is_enabled: installation.is_enabled,
            config: serde_json::from_str(installation.config.reveal()).unwrap_or_default(),
        }
    }

    /// As it was filled in. Secrets that were not, are those `before`.
    pub(super) fn read(fields: &[Field], form: &Fields, before: &Map<String, Value>) -> Self {
        Draft {
            name: form.text("name").chars().take(MAX_NAME).collect(),
            project: form.text("project").to_owned(),
            version: form.text("version").to_owned(),
            is_enabled: form.is_ticked("enabled"),
            config: plugin_form::read_settings(fields, form, before),
        }
    }

    /// Puts it into an installation.
    pub(super) fn put_into(&self, installation: &mut Installation, projects: &[Project]) {
        let project = projects.iter().find(|one| one.slug == self.project);
        if !self.name.is_empty() {
            installation.name.clone_from(&self.name);
        }
        installation.project = project.map(|one| one.id);
        installation.version = (!self.version.is_empty()).then(|| self.version.clone());
        installation.is_enabled = self.is_enabled;
        installation.config = Secret::new(Value::Object(self.config.clone()).to_string());
    }
}

/// The installation that a plugin which is to be added would have, before it has an id.
pub(super) fn unsaved(
    (plugin, name): (&str, &str),
    visit: &crate::ui::visit::Visit,
) -> Installation {
    Installation {
        id: InstallationId(0),
        organization: visit.organization.id,
        project: None,
        plugin: plugin.to_owned(),
        version: None,
        name: name.to_owned(),
        config: Secret::new("{}".to_owned()),
        is_enabled: true,
        paused: None,
        created: visit.now,
    }
}
