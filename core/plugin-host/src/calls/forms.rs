//! `forms`: a plugin says what a button asks for, and what may be chosen there.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::failure_text;
use crate::bindings::v1::exports::errand::plugin::forms::Form;
use crate::component::Plugin;
use crate::error::CheckError;
use crate::instance::{self, CallContext};
use crate::manifest::{SettingChoice, SettingField, SettingKind, check_fields};
use crate::nouns::{actor, issue};
use crate::occasions::{ChoicePage, DrawnForm, FindCall, FormCall};
use crate::record::sanitize;
use crate::secrets::Secrets;
use crate::shared::Shared;

/// Somebody waits before a form.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of a form.
const MAX_FORM: usize = 512 << 10;
/// Fields of a form.
const MAX_FIELDS: usize = 100;
/// Choices of a field.
const MAX_CHOICES: usize = 500;
/// Choices of a page that was looked for.
const MAX_FOUND: usize = 100;
/// Characters of a label, a query, or what names a page.
const MAX_CHARS: usize = 500;

/// Asks the plugin for the form. It changes nothing: requests that write are not sent.
pub(crate) async fn draw(
    shared: &Arc<Shared>,
    plugin: &Plugin,
    call: &FormCall,
) -> Result<DrawnForm, CheckError> {
    let indices = indices(plugin, &call.action)?;
    let (on, by, input) = (issue(&call.issue), actor(&call.by), call.input.to_string());
    let (result, usage) = instance::run(shared, plugin, context(call), async |store, instance| {
        let guest = indices.load(&mut *store, &instance)?;
        guest.call_draw(&mut *store, &call.action, &on, &by, &input).await
    })
    .await;
    match result.map_err(CheckError::Call)? {
        Ok(form) => read(&form, &usage.secrets).map_err(|why| {
            CheckError::Refused(format!("the form that the plugin drew makes no sense: {why}"))
        }),
        Err(failure) => Err(refused(&usage.secrets, &failure_text(failure))),
    }
}

/// Asks the plugin what may be chosen for a field.
pub(crate) async fn find(
    shared: &Arc<Shared>,
    plugin: &Plugin,
    call: &FindCall,
) -> Result<ChoicePage, CheckError> {
    let form = &call.form;
    let indices = indices(plugin, &form.action)?;
    let (on, by, input) = (issue(&form.issue), actor(&form.by), form.input.to_string());
    let (field, query, page) = (cut(&call.field), cut(&call.query), call.page.as_deref().map(cut));
    let (result, usage) = instance::run(shared, plugin, context(form), async |store, instance| {
        let guest = indices.load(&mut *store, &instance)?;
        guest
            .call_find(
                &mut *store,
                &form.action,
                &on,
                &by,
                &input,
                &field,
                &query,
                page.as_deref(),
            )
            .await
    })
    .await;
    let clean = |text: &str| clean(&usage.secrets, text);
    match result.map_err(CheckError::Call)? {
        Ok(page) => Ok(ChoicePage {
            choices: page
                .choices
                .iter()
                .take(MAX_FOUND)
                .map(|choice| SettingChoice {
                    value: clean(&choice.value),
                    label: clean(&choice.label),
                })
                .collect(),
            next: page.next.as_deref().map(clean),
        }),
        Err(failure) => Err(refused(&usage.secrets, &failure_text(failure))),
    }
}

type Indices = crate::bindings::v1::exports::errand::plugin::forms::GuestIndices;

fn indices<'p>(plugin: &'p Plugin, action: &str) -> Result<&'p Indices, CheckError> {
    let mut actions = plugin.manifest.actions.iter();
    let is_drawn = actions.any(|known| known.id == action && known.drawn);
    match (&plugin.exports().forms, is_drawn) {
        (Some(indices), true) => Ok(indices),
        _ => Err(CheckError::Refused(format!(
            "the plugin draws no form for '{}'",
            cut(&sanitize(action))
        ))),
    }
}

fn context(call: &FormCall) -> CallContext<'_> {
    CallContext {
        installation: call.installation,
        config: &call.config,
        grant: &call.grant,
        timeout: TIMEOUT,
        is_dry_run: true,
    }
}

fn read(form: &Form, secrets: &Secrets) -> Result<DrawnForm, String> {
    if form.fields.len() + form.values.len() > MAX_FORM {
        return Err(format!("it has more than {MAX_FORM} bytes"));
    }
    let fields: Vec<SettingField> =
        serde_json::from_str(&form.fields).map_err(|error| format!("its fields: {error}"))?;
    if fields.len() > MAX_FIELDS {
        return Err(format!("it has more than {MAX_FIELDS} fields"));
    }
    let fields: Vec<_> = fields.into_iter().map(|field| cleaned(field, secrets)).collect();
    check_fields(&fields)?;
    if let Some(field) = fields
        .iter()
        .find(|field| field.secret || field.kind == SettingKind::Oauth)
    {
        return Err(format!("'{}': a form asks for no secrets", field.key));
    }
    let values: Map<String, Value> =
        serde_json::from_str(&form.values).map_err(|error| format!("its values: {error}"))?;
    let is_drawn = |key: &str| fields.iter().any(|field| field.key == key);
    let values = values
        .into_iter()
        .filter(|(key, _)| is_drawn(key))
        .map(|(key, value)| (key, value_cleaned(value, secrets)));
    Ok(DrawnForm {
        values: values.collect(),
        note: form.note.as_deref().map(|note| clean(secrets, note)),
        fields,
    })
}

fn cleaned(mut field: SettingField, secrets: &Secrets) -> SettingField {
    field.label = clean(secrets, &field.label);
    field.help = clean(secrets, &field.help);
    field.example = field.example.map(|example| value_cleaned(example, secrets));
    field.choices.truncate(MAX_CHOICES);
    for choice in &mut field.choices {
        choice.value = clean(secrets, &choice.value);
        choice.label = clean(secrets, &choice.label);
    }
    field
}

/// Lines stay lines.
fn value_cleaned(value: Value, secrets: &Secrets) -> Value {
    match value {
        Value::String(text) => {
            let text = secrets.scrub(&text);
            let lines: Vec<_> = text.lines().map(sanitize).collect();
            Value::String(lines.join("\n"))
        }
        Value::Array(values) => values
            .into_iter()
            .map(|value| value_cleaned(value, secrets))
            .collect(),
        Value::Object(entries) => {
            let entry = |(key, value): (String, Value)| (clean(secrets, &key), value_cleaned(value, secrets));
            Value::Object(entries.into_iter().map(entry).collect())
        }
        other => other,
    }
}

fn refused(secrets: &Secrets, why: &str) -> CheckError {
    CheckError::Refused(clean(secrets, why))
}

fn clean(secrets: &Secrets, text: &str) -> String {
    cut(&sanitize(&secrets.scrub(text)))
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_CHARS).collect()
}
