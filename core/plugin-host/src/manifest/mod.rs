//! What a plugin says of itself: static data, so that nothing untrusted runs to read it.
//!
//! JSON, in the component's section `errand:manifest` or in a file beside it. Unknown fields are errors: a typing
//! mistake should not silently take a plugin's events away.

mod changes;
mod hooks;
mod hosts;
mod kind;
mod oauth;
mod section;
mod settings;
mod telling;
#[cfg(test)]
mod tests;
mod wants;

use std::collections::BTreeSet;

use errand_model::telling::Telling;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use errand_model::cron::Cron;
pub use hooks::{Action, Encoding, Job, PlannedJob, Route, Verification};
pub use hosts::{HostPattern, HostRule};
pub use kind::SettingKind;
pub use oauth::{ClientAuthentication, OauthGrant, OauthRule, UrlTemplate};
pub use settings::{ConfigProblem, SettingChoice, SettingField};
pub use telling::{DigestRule, Order};

pub use section::embed_manifest;
pub use wants::Wants;

pub(crate) use section::{append_section, find as find_section};
pub(crate) use settings::{check as check_values, check_fields};

/// The id of the plugin that a component is, by the manifest within; none if it has none that can be read.
pub fn id_of(component: &[u8]) -> Option<String> {
    let manifest = find_section(component).ok()??;
    Manifest::parse(manifest).ok().map(|manifest| manifest.id)
}

use crate::error::LoadError;

/// A plugin's manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Its id: lower-case letters, digits and hyphens. Installations know it by this.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it does, in a sentence.
    #[serde(default)]
    pub description: String,
    /// The changes it wants to hear of: `issue.created`.
    #[serde(default)]
    pub changes: Vec<String>,
    /// The setting (of kind `choices`) that an admin chooses the changes by; while it is not set, `changes` holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes_setting: Option<String>,
    /// Whether it hears of everything in order, or of the latest of each issue alone.
    #[serde(default, skip_serializing_if = "Order::is_strict")]
    pub order: Order,
    /// Hears of many changes at once: instead of one by one, or besides, of what is for one person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<DigestRule>,
    /// What it needs of the hub besides log, clock and settings.
    #[serde(default)]
    pub imports: BTreeSet<Import>,
    /// Where it may send requests.
    #[serde(default)]
    pub hosts: Vec<HostRule>,
    /// Buttons on issues, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// Where other systems call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inbound: Vec<Route>,
    /// What is to be done when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedule: Vec<Job>,
    /// What an admin sets, in the order of the form.
    #[serde(default)]
    pub settings: Vec<SettingField>,
}

/// Something the hub gives only to plugins whose manifest asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Import {
    /// Making other plugins act.
    Alerts,
    /// Requests to the outside.
    Http,
    /// Issues as they stand.
    Issues,
    /// Changing them.
    IssueChanges,
    /// The key-value store.
    Kv,
    /// Mail in the hub's name.
    Mail,
    /// The journal of effects.
    Once,
    /// Who people are, and acting in their name.
    People,
    /// Counts.
    Stats,
}

impl Import {
    /// All of them.
    pub const ALL: [Import; 9] = [
        Import::Alerts,
        Import::Http,
        Import::Issues,
        Import::IssueChanges,
        Import::Kv,
        Import::Mail,
        Import::Once,
        Import::People,
        Import::Stats,
    ];

    /// The interface's name in the WIT package.
    pub const fn as_str(self) -> &'static str {
        match self {
            Import::Alerts => "alerts",
            Import::Http => "http",
            Import::Issues => "issues",
            Import::IssueChanges => "issue-changes",
            Import::Kv => "kv",
            Import::Mail => "mail",
            Import::Once => "once",
            Import::People => "people",
            Import::Stats => "stats",
        }
    }
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// [`LoadError::Manifest`], naming the field.
    pub fn parse(json: &[u8]) -> Result<Self, LoadError> {
        let mut manifest: Manifest =
            serde_json::from_slice(json).map_err(|error| LoadError::Manifest(error.to_string()))?;
        for field in &mut manifest.settings {
            // What a refresh token stands for needs no author to say so.
            field.secret |= field.kind == SettingKind::Oauth;
        }
        manifest.check().map_err(LoadError::Manifest)?;
        Ok(manifest)
    }

    /// How an installation with these settings is told of what it is owed.
    pub fn telling(&self, config: &Value) -> Telling {
        telling::of(self, config)
    }

    /// What is wrong with an installation's settings, as far as the manifest knows.
    pub fn check_config(&self, config: &Value) -> Vec<ConfigProblem> {
        let mut problems = settings::check(&self.settings, config);
        problems.extend(hooks::check_times(self, config));
        problems.extend(telling::check_config(self, config));
        problems
    }

    /// Settings that are being filled in, with something empty for what is required and not there yet: so that a plugin
    /// can read them.
    pub(crate) fn completed(&self, config: &Value) -> Value {
        let mut config = config.as_object().cloned().unwrap_or_default();
        for field in self.settings.iter().filter(|field| field.required) {
            let value = config.entry(&field.key).or_insert(Value::Null);
            if value.is_null() {
                *value = field.empty();
            }
        }
        Value::Object(config)
    }

    /// What an installation with these settings has to do, and when.
    pub fn jobs(&self, config: &Value) -> Vec<PlannedJob> {
        hooks::planned(self, config)
    }

    /// Whether an installation with these settings wants to hear of a change.
    pub fn wants(&self, config: &Value, change: &str) -> bool {
        changes::wants(self, config, change)
    }

    /// Where an installation with these settings may send requests.
    pub(crate) fn allowed_hosts(&self, config: &Value) -> Vec<HostPattern> {
        self.hosts.iter().flat_map(|rule| rule.patterns(config)).collect()
    }

    fn field(&self, key: &str) -> Option<&SettingField> {
        self.settings.iter().find(|field| field.key == key)
    }

    fn check(&self) -> Result<(), String> {
        let is_id_char = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.id.is_empty() || self.id.len() > 64 || !self.id.chars().all(is_id_char) {
            return Err(format!(
                "id '{}': up to 64 lower-case letters, digits and hyphens are allowed",
                self.id
            ));
        }
        for (field, text) in [("name", &self.name), ("version", &self.version)] {
            if text.is_empty() || text.len() > 128 || text.chars().any(char::is_control) {
                return Err(format!("{field}: 1 to 128 characters are allowed"));
            }
        }
        if self.version.contains(['@', '~']) {
            return Err("version: '@' and '~' are not allowed".to_owned());
        }
        check_fields(&self.settings)?;
        settings::none_redraws(&self.settings).map_err(|error| format!("settings: {error}"))?;
        oauth::check(self)?;
        hooks::check(self)?;
        telling::check(self)?;
        let secret_hosts = self.settings.iter().flat_map(|field| &field.hosts);
        for rule in self.hosts.iter().chain(secret_hosts) {
            let HostRule::Setting { setting } = rule else {
                continue;
            };
            let kind = self.field(setting).map(|field| (field.kind, field.secret));
            if !matches!(kind, Some((SettingKind::Url, _) | (SettingKind::Map, false))) {
                return Err(format!(
                    "hosts: '{setting}' is no setting of type 'url', and no map of URLs"
                ));
            }
        }
        if let Some(setting) = &self.changes_setting
            && self.field(setting).map(|field| field.kind) != Some(SettingKind::Choices)
        {
            return Err(format!(
                "changes_setting: '{setting}' is no setting of type 'choices'"
            ));
        }
        match self.imports.contains(&Import::Http) {
            true if self.hosts.is_empty() => Err("imports http, but hosts is empty".to_owned()),
            false if !self.hosts.is_empty() => Err("hosts is set, but imports does not name http".to_owned()),
            _ => Ok(()),
        }
    }
}
