//! What the hub calls plugins for besides deliveries, and what they answer: plain data, as in `attempt.rs`.

use std::time::Duration;

use errand_model::grant::Grant;
use errand_model::lifecycle::{Actor, LifecycleEvent};
use errand_model::{DeliveryId, InstallationId, Timestamp};
use serde_json::{Map, Value};

use crate::attempt::{Attempt, IssueSummary};
use crate::manifest::{ConfigProblem, SettingChoice, SettingField, check_values};

/// What all calls have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct CallHead {
    /// The id under which the call is written down.
    pub delivery: DeliveryId,
    /// The installation: whose settings, whose key-value store.
    pub installation: InstallationId,
    /// The same in every attempt; receivers tell repetitions by it.
    pub idempotency_key: String,
    /// 1 for the first.
    pub attempt: u32,
    /// Somebody asked for it again.
    pub is_replay: bool,
    /// Nothing is to be changed in the world: writing requests are recorded, not sent.
    pub is_dry_run: bool,
    /// How long it may take in all; cut to [`crate::Limits::wall`].
    pub timeout: Duration,
    /// The installation's settings, a JSON object, with secrets in clear: they do not reach the plugin.
    pub config: Value,
    /// What it may reach.
    pub grant: Grant,
}

/// Somebody pressed a button on an issue.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionCall {
    /// As for every call.
    pub head: CallHead,
    /// Which button: the id in the manifest.
    pub action: String,
    /// On which issue.
    pub issue: IssueSummary,
    /// Who.
    pub by: Actor,
    /// What the form asked for, a JSON object.
    pub input: Value,
}

/// What to show who pressed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionReply {
    /// A sentence.
    pub message: Option<String>,
    /// Where to go next: http or https.
    pub open_url: Option<String>,
}

/// Somebody looks at the form of a button that the plugin draws.
#[derive(Clone, Debug, PartialEq)]
pub struct FormCall {
    /// The installation: whose settings.
    pub installation: InstallationId,
    /// The installation's settings, a JSON object, with secrets in clear: they do not reach the plugin.
    pub config: Value,
    /// What it may reach.
    pub grant: Grant,
    /// Which button: the id in the manifest.
    pub action: String,
    /// On which issue.
    pub issue: IssueSummary,
    /// Who.
    pub by: Actor,
    /// What is filled in so far, a JSON object.
    pub input: Value,
}

/// Somebody looks for what may be chosen for a field of such a form.
#[derive(Clone, Debug, PartialEq)]
pub struct FindCall {
    /// The form.
    pub form: FormCall,
    /// Which field.
    pub field: String,
    /// What was typed so far; empty for all.
    pub query: String,
    /// What the page before gave.
    pub page: Option<String>,
}

/// A form, as the plugin drew it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DrawnForm {
    /// What it asks for, in order.
    pub fields: Vec<SettingField>,
    /// What stands in it, by key: what was filled in, and what the plugin suggests.
    pub values: Map<String, Value>,
    /// A sentence above it.
    pub note: Option<String>,
}

impl DrawnForm {
    /// What is wrong with what it was filled in with. What is not on it was on another one.
    pub fn check(&self, input: &Value) -> Vec<ConfigProblem> {
        let mut problems = check_values(&self.fields, input);
        let is_drawn = |key: &String| self.fields.iter().any(|field| field.key == *key);
        let known = problems.len();
        problems.retain(|problem| problem.field.as_ref().is_none_or(is_drawn));
        if problems.len() < known {
            problems.push(ConfigProblem {
                field: None,
                message: "The form has changed with what was chosen: look it over, and send it again."
                    .to_owned(),
            });
        }
        problems
    }
}

/// Another system sent a request.
#[derive(Clone, Debug, PartialEq)]
pub struct InboundCall {
    /// As for every call.
    pub head: CallHead,
    /// Where it came in: the name in the manifest.
    pub route: String,
    /// `POST`.
    pub method: String,
    /// What stood behind the `?`.
    pub query: String,
    /// Its headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body, as it came: that is what is signed.
    pub body: Vec<u8>,
}

/// A request that may wake the plugin: it proved itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// A hash of what makes the request the only one of its kind: who sees it again sees a repetition. None where
    /// the proof is the same each time, or the manifest allows repetitions.
    pub receipt: Option<Vec<u8>>,
}

/// Why a request wakes nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The plugin is not loaded.
    #[error("the plugin is not loaded")]
    NotLoaded,
    /// The manifest names no such route.
    #[error("the plugin has no such route")]
    NoRoute,
    /// The body has more bytes than that.
    #[error("the plugin takes calls of up to {0} bytes")]
    TooLarge(usize),
    /// It did not prove itself. The text says why, and nothing of the secret.
    #[error("{0}")]
    Unproved(String),
}

/// What to answer it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundReply {
    /// 2xx, 4xx or 5xx.
    pub status: u16,
    /// JSON or plain text.
    pub content_type: &'static str,
    /// At most 64 KiB.
    pub body: Vec<u8>,
}

/// Settings that an older version of a plugin had.
#[derive(Clone, Debug, PartialEq)]
pub struct OlderSettings {
    /// The version.
    pub version: String,
    /// The settings that it kept secret, by their keys.
    pub secrets: Vec<String>,
    /// The settings, a JSON object, with secrets in clear: they do not reach the plugin.
    pub config: Value,
    /// What the installation may reach, should the plugin ask somebody whether the settings are good.
    pub grant: Grant,
}

/// Somebody fills in a setting for which the plugin knows the choices.
#[derive(Clone, Debug, PartialEq)]
pub struct ChoicesCall {
    /// Whose settings.
    pub installation: InstallationId,
    /// The settings as they stand, with secrets in clear: they do not reach the plugin.
    pub config: Value,
    /// What it may reach.
    pub grant: Grant,
    /// Which setting.
    pub setting: String,
    /// What was typed so far; empty for all.
    pub query: String,
    /// What the page before gave.
    pub page: Option<String>,
}

/// What may be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChoicePage {
    /// At most a hundred.
    pub choices: Vec<SettingChoice>,
    /// With what to ask for the next page, if there is one.
    pub next: Option<String>,
}

/// A job is due.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleCall {
    /// As for every call.
    pub head: CallHead,
    /// Which: the name in the manifest.
    pub job: String,
    /// Since when.
    pub due: Timestamp,
}

/// Changes came together.
#[derive(Clone, Debug, PartialEq)]
pub struct DigestCall {
    /// As for every call.
    pub head: CallHead,
    /// What they were gathered by.
    pub group: String,
    /// The changes in order, each with its issue.
    pub events: Vec<(LifecycleEvent, IssueSummary)>,
}

/// A stretch of history, to say what would have been done about it.
#[derive(Clone, Debug, PartialEq)]
pub struct LookBackCall {
    /// Whose projects it may ask about.
    pub installation: InstallationId,
    /// The settings on trial, a JSON object.
    pub config: Value,
    /// What it may reach.
    pub grant: Grant,
    /// How long it may take in all; cut to [`crate::Limits::wall`].
    pub timeout: Duration,
    /// The changes in order, each with its issue.
    pub events: Vec<(LifecycleEvent, IssueSummary)>,
    /// What was answered for the stretch before; `{}` for the first.
    pub memory: Value,
}

/// What would have been done.
#[derive(Clone, Debug, PartialEq)]
pub struct LookBack {
    /// For each change, in order.
    pub verdicts: Vec<PastVerdict>,
    /// What to give with the stretch that follows.
    pub memory: Value,
}

/// What would have been done about a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastVerdict {
    /// A line for each deed.
    pub did: Vec<String>,
    /// Why, in a sentence.
    pub why: String,
}

/// A stretch of time, to say what would have been done by the clock.
#[derive(Clone, Debug, PartialEq)]
pub struct RetraceCall {
    /// Whose projects it may ask about.
    pub installation: InstallationId,
    /// The settings on trial, a JSON object.
    pub config: Value,
    /// What it may reach.
    pub grant: Grant,
    /// How long it may take in all; cut to [`crate::Limits::wall`].
    pub timeout: Duration,
    /// When it begins.
    pub since: Timestamp,
    /// When it is over.
    pub until: Timestamp,
    /// What was answered before; `{}` at first.
    pub memory: Value,
}

/// What would have been done by the clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Retraced {
    /// In order.
    pub deeds: Vec<PastDeed>,
    /// How far it came.
    pub reached: Timestamp,
    /// Whether there was more than it could look at.
    pub is_capped: bool,
    /// What to give with what follows.
    pub memory: Value,
}

/// What would have been done at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastDeed {
    /// When.
    pub at: Timestamp,
    /// About which issue: what the plugin says its id is.
    pub issue: String,
    /// Because of what: `issue.grows`.
    pub change: String,
    /// A line for each deed.
    pub did: Vec<String>,
    /// Why, in a sentence.
    pub why: String,
}

/// A call that answers more than how it went.
#[derive(Clone, Debug, PartialEq)]
pub struct Called<T> {
    /// The answer; none unless the attempt is done.
    pub reply: Option<T>,
    /// How it went.
    pub attempt: Attempt,
}

impl<T> Called<T> {
    pub(crate) fn failed(attempt: Attempt) -> Self {
        Called { reply: None, attempt }
    }
}
