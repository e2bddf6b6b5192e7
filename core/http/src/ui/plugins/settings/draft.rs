//! An installation as a form has it: not saved yet.

use errand_model::Secret;
use errand_model::grant::Grant;
use errand_model::project::Project;
use errand_store::installations::Installation;
use serde_json::{Map, Value};

use crate::plugins::{Field, SettingsForm};
use crate::ui::forms::Fields;
use crate::ui::plugin_form;

/// Longer names are not taken.
const MAX_NAME: usize = 100;
/// More hosts or networks are not taken.
const MAX_LINES: usize = 100;

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
    /// What it may reach.
    pub(super) grant: Grant,
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
            grant: Grant::default(),
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
            grant: installation.grant.clone(),
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
            grant: Grant {
                hosts: Some(lines(form, "hosts")).filter(|hosts| !hosts.is_empty()),
                networks: lines(form, "networks"),
            },
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
        installation.grant = self.grant.clone();
    }
}

/// One a line.
fn lines(form: &Fields, name: &str) -> Vec<String> {
    let text = form.lines(name);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.take(MAX_LINES).map(str::to_owned).collect()
}
