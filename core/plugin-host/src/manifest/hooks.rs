//! What besides events wakes a plugin: buttons, other systems, the clock.

use std::collections::BTreeSet;

use errand_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::kind::SettingKind;
use super::settings::{self, ConfigProblem, SettingField, check_fields, none_redraws};
use super::{Cron, Manifest};

/// A button on issues.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// Its name for the plugin: lower-case letters, digits and hyphens.
    pub id: String,
    /// What stands on it.
    pub label: String,
    /// What it asks for first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub form: Vec<SettingField>,
    /// Whether the plugin says itself, each time, what it asks for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drawn: bool,
}

impl Action {
    /// What is wrong with what its form was filled in with.
    pub fn check(&self, input: &Value) -> Vec<ConfigProblem> {
        settings::check(&self.form, input)
    }
}

/// A place where another system calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Its name in the URL and for the plugin: lower-case letters, digits and hyphens.
    pub route: String,
    /// How that system proves itself.
    pub verify: Verification,
    /// Whether the same signature may come again. A signature over the body alone does where that system sends the
    /// same body twice and means it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeats: bool,
}

/// How another system proves itself. `secret` is the key of a secret setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "scheme", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Verification {
    /// Not at all: the URL, which nobody can guess, has to do.
    None,
    /// A header holds the secret itself.
    Header {
        /// The secret's setting.
        secret: String,
        /// The header.
        header: String,
    },
    /// A header holds HMAC-SHA256 of the body (GitHub, Jira, Sentry).
    HmacSha256 {
        /// The secret's setting.
        secret: String,
        /// The header.
        header: String,
        /// What stands before the signature: `sha256=`.
        #[serde(default)]
        prefix: String,
        /// How it is written.
        #[serde(default)]
        encoding: Encoding,
    },
    /// `webhook-id`, `webhook-timestamp` and `webhook-signature`, as standardwebhooks.com has them.
    StandardWebhooks {
        /// The secret's setting.
        secret: String,
    },
    /// `x-slack-request-timestamp` and `x-slack-signature`.
    Slack {
        /// The secret's setting.
        secret: String,
    },
    /// `x-zendesk-webhook-signature-timestamp` and `x-zendesk-webhook-signature`.
    Zendesk {
        /// The secret's setting.
        secret: String,
    },
}

/// How a signature is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// In hexadecimal.
    #[default]
    Hex,
    /// In base64.
    Base64,
}

impl Verification {
    /// What plugins are told; none where nothing was proved.
    pub const fn name(&self) -> Option<&'static str> {
        match self {
            Verification::None => None,
            Verification::Header { .. } => Some("header"),
            Verification::HmacSha256 { .. } => Some("hmac-sha256"),
            Verification::StandardWebhooks { .. } => Some("standard-webhooks"),
            Verification::Slack { .. } => Some("slack"),
            Verification::Zendesk { .. } => Some("zendesk"),
        }
    }

    /// The setting that holds the secret.
    pub(crate) fn secret(&self) -> Option<&str> {
        match self {
            Verification::None => None,
            Verification::Header { secret, .. }
            | Verification::HmacSha256 { secret, .. }
            | Verification::StandardWebhooks { secret }
            | Verification::Slack { secret }
            | Verification::Zendesk { secret } => Some(secret),
        }
    }
}

/// Times that a job may be due within a minute.
const MOST_SECONDS: usize = 4;

/// Something to be done by the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Its name for the plugin: lower-case letters, digits and hyphens.
    pub job: String,
    /// When. None: only if an admin says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<Cron>,
    /// The text setting by which an admin says when; while it is empty, `cron` holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron_setting: Option<String>,
    /// At which seconds of such a minute, for what cannot wait for the next one; as it begins where nothing is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seconds: Vec<u32>,
}

/// A job as an installation has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedJob {
    /// Its name.
    pub job: String,
    /// When.
    pub cron: Cron,
    /// At which seconds of such a minute; none as it begins.
    pub seconds: Vec<u32>,
}

impl PlannedJob {
    /// When it is due next; none if it never is.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        if self.seconds.is_empty() {
            return self.cron.next_after(after);
        }
        let at = |second: &u32| {
            let second = i64::from(*second);
            let minute = self.cron.next_after(after.plus_seconds(-second))?;
            Some(minute.plus_seconds(second))
        };
        self.seconds.iter().filter_map(at).min()
    }

    /// When, for people: `* * * * *`, or `* * * * * at 0 and 30 s`.
    pub fn when(&self) -> String {
        if self.seconds.is_empty() {
            return self.cron.to_string();
        }
        let seconds: Vec<String> = self.seconds.iter().map(ToString::to_string).collect();
        format!("{} at {} s", self.cron, seconds.join(" and "))
    }
}

impl Job {
    /// What the admin wrote.
    fn chosen<'c>(&self, config: &'c Value) -> Option<&'c str> {
        let text = config.get(self.cron_setting.as_ref()?)?.as_str()?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// The job with these settings; none if it is never to be done, or nobody can read when.
    fn planned(&self, config: &Value) -> Option<PlannedJob> {
        let cron = match self.chosen(config) {
            Some(text) => text.parse().ok()?,
            None => self.cron.clone()?,
        };
        Some(PlannedJob {
            job: self.job.clone(),
            cron,
            seconds: self.seconds.clone(),
        })
    }
}

/// The jobs of an installation with these settings.
pub(super) fn planned(manifest: &Manifest, config: &Value) -> Vec<PlannedJob> {
    manifest
        .schedule
        .iter()
        .filter_map(|job| job.planned(config))
        .collect()
}

/// What is wrong with the times that an admin chose.
pub(super) fn check_times(manifest: &Manifest, config: &Value) -> Vec<ConfigProblem> {
    let problem = |job: &Job| {
        let message = job.chosen(config)?.parse::<Cron>().err()?;
        Some(ConfigProblem {
            field: job.cron_setting.clone(),
            message,
        })
    };
    manifest.schedule.iter().filter_map(problem).collect()
}

/// Names are unique and plain, forms make sense, secrets exist.
pub(super) fn check(manifest: &Manifest) -> Result<(), String> {
    check_names(
        "actions",
        manifest.actions.iter().map(|action| action.id.as_str()),
    )?;
    check_names(
        "inbound",
        manifest.inbound.iter().map(|route| route.route.as_str()),
    )?;
    check_names("schedule", manifest.schedule.iter().map(|job| job.job.as_str()))?;
    for action in &manifest.actions {
        check_fields(&action.form).map_err(|error| format!("actions: '{}': {error}", action.id))?;
        if action.drawn && !action.form.is_empty() {
            return Err(format!("actions: '{}': 'form' or 'drawn', not both", action.id));
        }
        none_redraws(&action.form).map_err(|error| format!("actions: '{}': {error}", action.id))?;
    }
    for route in &manifest.inbound {
        let Some(secret) = route.verify.secret() else {
            continue;
        };
        let is_secret = manifest
            .field(secret)
            .is_some_and(|field| field.secret && field.kind == SettingKind::Text);
        if !is_secret {
            return Err(format!(
                "inbound: '{}': '{secret}' is no secret setting of type 'text'",
                route.route
            ));
        }
    }
    for job in &manifest.schedule {
        if job.seconds.len() > MOST_SECONDS || job.seconds.iter().any(|second| *second > 59) {
            return Err(format!(
                "schedule: '{}': 'seconds' are up to {MOST_SECONDS} numbers from 0 to 59",
                job.job
            ));
        }
        let kind = |setting: &String| manifest.field(setting).map(|field| (field.kind, field.secret));
        match &job.cron_setting {
            Some(setting) if kind(setting) != Some((SettingKind::Text, false)) => {
                let (job, setting) = (&job.job, setting);
                return Err(format!(
                    "schedule: '{job}': '{setting}' is no setting of type 'text'"
                ));
            }
            None if job.cron.is_none() => {
                return Err(format!(
                    "schedule: '{}': 'cron' or 'cron_setting' is needed",
                    job.job
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_names<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let is_name_char = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let mut seen = BTreeSet::new();
    for name in names {
        if name.is_empty() || name.len() > 64 || !name.chars().all(is_name_char) {
            return Err(format!(
                "{what}: '{name}': up to 64 lower-case letters, digits and hyphens are allowed"
            ));
        }
        if !seen.insert(name) {
            return Err(format!("{what}: '{name}' stands there twice"));
        }
    }
    Ok(())
}
