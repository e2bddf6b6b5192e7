//! `migration`: a plugin takes the settings of an older version over.

use std::sync::Arc;
use std::time::Duration;

use errand_model::InstallationId;
use errand_model::grant::Grant;
use serde_json::{Map, Value, json};

use super::failure_text;
use crate::component::Plugin;
use crate::error::CheckError;
use crate::instance::{self, CallContext};
use crate::manifest::{Manifest, SettingKind};
use crate::occasions::OlderSettings;
use crate::record::sanitize;
use crate::shared::Shared;

/// It computes, and asks nobody.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Bytes of settings.
const MAX_CONFIG: usize = 256 << 10;

/// The settings as `plugin` wants them, made of those that an older version had; none if it takes none over, so that they
/// stay what they were.
pub(crate) async fn migrate(
    shared: &Arc<Shared>,
    plugin: &Plugin,
    older: &OlderSettings,
) -> Result<Option<Value>, CheckError> {
    let Some(indices) = &plugin.exports().migration else {
        return Ok(None);
    };
    let visible = hidden(&plugin.manifest, older).to_string();
    let context = CallContext {
        installation: InstallationId(0),
        // No secret is at hand for requests.
        config: &Value::Null,
        grant: &Grant::default(),
        timeout: TIMEOUT,
        is_dry_run: true,
    };
    let (result, usage) = instance::run(shared, plugin, context, async |store, instance| {
        let guest = indices.load(&mut *store, &instance)?;
        guest.call_migrate(&mut *store, &older.version, &visible).await
    })
    .await;
    let clean = |text: &str| sanitize(&usage.secrets.scrub(text));
    let refuse = |why: &str| CheckError::Refused(clean(why));
    let answer = result?.map_err(|failure| refuse(&failure_text(failure)))?;
    if answer.len() > MAX_CONFIG {
        return Err(refuse("what it made of the settings is too long"));
    }
    let migrated: Map<String, Value> = serde_json::from_str(&answer)
        .map_err(|error| refuse(&format!("what it made of the settings cannot be read: {error}")))?;
    put_back(&plugin.manifest, migrated, &older.config)
        .map(Some)
        .map_err(|why| refuse(&why))
}

/// The settings with references in place of what is secret, by the older version's word or by this one's.
fn hidden(manifest: &Manifest, older: &OlderSettings) -> Value {
    let mut visible = older.config.clone();
    let ours = manifest.settings.iter().filter(|field| field.secret);
    let keys = ours.map(|field| &field.key).chain(&older.secrets);
    for key in keys {
        match visible.get_mut(key) {
            Some(Value::Object(entries)) => {
                for (name, value) in entries.iter_mut().filter(|(_, value)| value.is_string()) {
                    *value = json!({ "secret": format!("{key}/{name}") });
                }
            }
            Some(value @ Value::String(_)) => *value = json!({ "secret": key }),
            _ => {}
        }
    }
    visible
}

/// Puts the values of secrets back where the plugin moved their references: to secret settings, and nowhere else.
fn put_back(manifest: &Manifest, mut settings: Map<String, Value>, before: &Value) -> Result<Value, String> {
    for field in manifest.settings.iter().filter(|field| field.secret) {
        match settings.get_mut(&field.key) {
            Some(value) if reference(value).is_some() => {
                let secret = referenced(value, before);
                match secret {
                    Some(secret) => *value = secret,
                    // An account that a person granted has no value.
                    None if field.kind == SettingKind::Oauth => *value = Value::Null,
                    None => return Err(format!("'{}' refers to a secret that is not there", field.key)),
                }
            }
            Some(Value::Object(entries)) => {
                for (name, value) in entries.iter_mut() {
                    if reference(value).is_some() {
                        *value = referenced(value, before).ok_or_else(|| {
                            format!("'{}/{name}' refers to a secret that is not there", field.key)
                        })?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(Value::Object(settings))
}

/// The name in `{"secret": "<name>"}`.
fn reference(value: &Value) -> Option<&str> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    object.get("secret")?.as_str()
}

fn referenced(value: &Value, before: &Value) -> Option<Value> {
    let name = reference(value)?;
    let secret = match name.split_once('/') {
        Some((key, entry)) => before.get(key)?.get(entry)?,
        None => before.get(name)?,
    };
    secret.is_string().then(|| secret.clone())
}
