//! The fields that an admin sets: what the form shows and what is checked before a plugin sees it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::hosts::HostRule;
use super::kind::SettingKind;
use super::oauth::OauthRule;

/// Characters of a text setting.
const MAX_TEXT: usize = 16 << 10;

/// A field of the settings form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingField {
    /// Its name in the settings object.
    pub key: String,
    /// What kind of value it takes.
    #[serde(rename = "type")]
    pub kind: SettingKind,
    /// What the form calls it.
    pub label: String,
    /// A sentence below the field.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
    /// Whether it must be set.
    #[serde(default)]
    pub required: bool,
    /// Whether its value is kept from the plugin, the API's answers and every log. Texts, URLs and maps alone can be.
    #[serde(default)]
    pub secret: bool,
    /// Of a secret: the only hosts that it may be sent to. None named: wherever the plugin may send requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<HostRule>,
    /// Of a text: whether the plugin says what may be chosen. What it does not name may be set all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lookup: bool,
    /// Of a text: whether it may have several lines, so that the form gives it room.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub multiline: bool,
    /// Of a field that a plugin draws: whether the form is asked for again once it was changed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub redraws: bool,
    /// A value that it takes: the form shows it while nothing is filled in, and trials of the plugin set it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<Value>,
    /// Of the type `oauth`: where the hub gets access tokens, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth: Option<OauthRule>,
    /// What may be chosen, for `choice` and `choices`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<SettingChoice>,
}

/// One of the values of a `choice`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingChoice {
    /// What is stored.
    pub value: String,
    /// What the form shows.
    pub label: String,
}

impl SettingField {
    /// A value of its kind that says nothing.
    pub(super) fn empty(&self) -> Value {
        match self.kind {
            SettingKind::Text | SettingKind::Url | SettingKind::Oauth => Value::from(""),
            SettingKind::Number => Value::from(0),
            SettingKind::Boolean => Value::from(false),
            SettingKind::Choice => self
                .choices
                .first()
                .map_or(Value::Null, |choice| choice.value.as_str().into()),
            SettingKind::Choices => Value::Array(Vec::new()),
            SettingKind::Map => Value::Object(serde_json::Map::new()),
        }
    }
}

/// Something wrong with an installation's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigProblem {
    /// The setting; none where it is about the whole.
    pub field: Option<String>,
    /// What is wrong and what is allowed. Never quotes a value, which may be a secret.
    pub message: String,
}

impl ConfigProblem {
    fn new(field: &str, message: impl Into<String>) -> Self {
        ConfigProblem {
            field: Some(field.to_owned()),
            message: message.into(),
        }
    }
}

/// Checks the fields themselves.
pub(crate) fn check_fields(fields: &[SettingField]) -> Result<(), String> {
    let mut keys = BTreeSet::new();
    for field in fields {
        let key = &field.key;
        let is_key_char = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if key.is_empty() || key.len() > 64 || !key.chars().all(is_key_char) {
            return Err(format!(
                "settings: key '{key}': up to 64 lower-case letters, digits and underscores are allowed"
            ));
        }
        if !keys.insert(key) {
            return Err(format!("settings: '{key}' stands there twice"));
        }
        let is_choice = matches!(field.kind, SettingKind::Choice | SettingKind::Choices);
        if is_choice == field.choices.is_empty() {
            return Err(format!(
                "settings: '{key}': choices go with the types 'choice' and 'choices'"
            ));
        }
        let can_be_secret = matches!(
            field.kind,
            SettingKind::Text | SettingKind::Url | SettingKind::Map | SettingKind::Oauth
        );
        if field.secret && !can_be_secret {
            return Err(format!(
                "settings: '{key}': only 'text', 'url' and 'map' can be secret"
            ));
        }
        if field.lookup && (field.secret || field.kind != SettingKind::Text) {
            return Err(format!(
                "settings: '{key}': 'lookup' goes with the type 'text' that is no secret"
            ));
        }
        if field.multiline && (field.lookup || field.kind != SettingKind::Text) {
            return Err(format!(
                "settings: '{key}': 'multiline' goes with the type 'text', and not with 'lookup'"
            ));
        }
        if let Some(example) = &field.example {
            check_value(field, example).map_err(|why| format!("settings: '{key}': the example {why}"))?;
        }
        if !field.hosts.is_empty() && !field.secret {
            return Err(format!("settings: '{key}': 'hosts' goes with 'secret'"));
        }
    }
    Ok(())
}

/// What stands in the manifest is not drawn again.
pub(super) fn none_redraws(fields: &[SettingField]) -> Result<(), String> {
    match fields.iter().find(|field| field.redraws) {
        Some(field) => Err(format!(
            "'{}': 'redraws' goes with forms that the plugin draws",
            field.key
        )),
        None => Ok(()),
    }
}

/// Checks an installation's settings against the fields.
pub(crate) fn check(fields: &[SettingField], config: &Value) -> Vec<ConfigProblem> {
    let Some(config) = config.as_object() else {
        return vec![ConfigProblem {
            field: None,
            message: "the settings must be a JSON object".to_owned(),
        }];
    };
    let mut problems = Vec::new();
    for key in config.keys() {
        if !fields.iter().any(|field| field.key == *key) {
            let known: Vec<_> = fields.iter().map(|field| field.key.as_str()).collect();
            let message = format!("there is no such setting; there are: {}", known.join(", "));
            problems.push(ConfigProblem::new(key, message));
        }
    }
    for field in fields {
        match config.get(&field.key) {
            // Access may be granted later, on the page of the plugin.
            None | Some(Value::Null) if field.required && field.kind != SettingKind::Oauth => {
                problems.push(ConfigProblem::new(&field.key, "must be set"));
            }
            None | Some(Value::Null) => {}
            Some(value) => {
                if let Err(message) = check_value(field, value) {
                    problems.push(ConfigProblem::new(&field.key, message));
                }
            }
        }
    }
    problems
}

fn check_value(field: &SettingField, value: &Value) -> Result<(), String> {
    match (field.kind, value) {
        (SettingKind::Text, Value::String(text)) => check_text(field, text),
        (SettingKind::Oauth, Value::String(text)) if text.len() <= MAX_TEXT => Ok(()),
        (SettingKind::Url, Value::String(text)) => check_url(text),
        (SettingKind::Number, Value::Number(_)) | (SettingKind::Boolean, Value::Bool(_)) => Ok(()),
        (SettingKind::Choice, Value::String(text)) => check_choice(field, text),
        (SettingKind::Choices, Value::Array(values)) => values.iter().try_for_each(|value| match value {
            Value::String(text) => check_choice(field, text),
            _ => Err("must be a list of texts".to_owned()),
        }),
        (SettingKind::Map, Value::Object(entries)) => {
            entries.iter().try_for_each(|(name, value)| match value {
                Value::String(text) if text.len() <= MAX_TEXT && name.len() <= 256 => Ok(()),
                Value::String(_) => Err("has an entry that is too long".to_owned()),
                _ => Err("must hold texts only".to_owned()),
            })
        }
        (kind, _) => Err(format!("must be {}", expected(kind))),
    }
}

fn check_text(field: &SettingField, text: &str) -> Result<(), String> {
    if text.len() > MAX_TEXT {
        return Err(format!("is longer than {MAX_TEXT} bytes"));
    }
    if field.required && text.is_empty() {
        return Err("must be set".to_owned());
    }
    Ok(())
}

fn check_url(text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|error| format!("is no URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("must begin with http:// or https:// and name a host".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user or password: put credentials into a secret setting".to_owned());
    }
    Ok(())
}

fn check_choice(field: &SettingField, text: &str) -> Result<(), String> {
    if field.choices.iter().any(|choice| choice.value == text) {
        return Ok(());
    }
    let known: Vec<_> = field.choices.iter().map(|choice| choice.value.as_str()).collect();
    Err(format!("must be one of: {}", known.join(", ")))
}

const fn expected(kind: SettingKind) -> &'static str {
    match kind {
        SettingKind::Text | SettingKind::Url | SettingKind::Choice | SettingKind::Oauth => "a text",
        SettingKind::Number => "a number",
        SettingKind::Boolean => "true or false",
        SettingKind::Choices => "a list of texts",
        SettingKind::Map => "an object of texts by name",
    }
}
