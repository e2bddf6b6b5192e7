//! What besides events wakes a plugin: buttons, other systems, the clock.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Manifest;
use super::settings::{SettingField, SettingKind, check_fields};

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
}

/// A place where another system calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Its name in the URL and for the plugin: lower-case letters, digits and hyphens.
    pub route: String,
    /// How that system proves itself.
    pub verify: Verification,
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
        }
    }

    /// The setting that holds the secret.
    pub(crate) fn secret(&self) -> Option<&str> {
        match self {
            Verification::None => None,
            Verification::Header { secret, .. }
            | Verification::HmacSha256 { secret, .. }
            | Verification::StandardWebhooks { secret }
            | Verification::Slack { secret } => Some(secret),
        }
    }
}

/// Something to be done by the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Its name for the plugin: lower-case letters, digits and hyphens.
    pub job: String,
    /// When: minute, hour, day of the month, month, day of the week.
    pub cron: String,
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
        let is_cron_char = |c: char| c.is_ascii_alphanumeric() || "*/,-?#".contains(c);
        let fields: Vec<_> = job.cron.split_ascii_whitespace().collect();
        if fields.len() != 5 || !fields.iter().all(|field| field.chars().all(is_cron_char)) {
            return Err(format!(
                "schedule: '{}': 'cron' needs five fields, as in '0 9 * * 1-5'",
                job.job
            ));
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
