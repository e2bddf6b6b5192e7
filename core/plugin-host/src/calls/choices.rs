//! `choices`: a plugin says what may be chosen for a setting.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::failure_text;
use crate::component::Plugin;
use crate::error::CheckError;
use crate::instance::{self, CallContext};
use crate::manifest::SettingChoice;
use crate::occasions::{ChoicePage, ChoicesCall};
use crate::record::sanitize;
use crate::secrets;
use crate::shared::Shared;

/// Somebody waits before a form.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Choices of a page that count.
const MAX_CHOICES: usize = 100;

/// Characters of a value, a label, a query, or what names a page.
const MAX_CHARS: usize = 500;

/// Asks the plugin. It changes nothing: requests that write are not sent.
pub(crate) async fn look_up(
    shared: &Arc<Shared>,
    plugin: &Plugin,
    call: &ChoicesCall,
) -> Result<ChoicePage, CheckError> {
    let field = plugin
        .manifest
        .settings
        .iter()
        .find(|field| field.key == call.setting);
    let (Some(indices), Some(true)) = (&plugin.exports().choices, field.map(|field| field.lookup)) else {
        let setting = cut(&sanitize(&call.setting));
        return Err(CheckError::Refused(format!(
            "the plugin looks nothing up for '{setting}'"
        )));
    };
    let config = plugin.manifest.completed(&call.config);
    let (visible, _) = secrets::split(&plugin.manifest, &config);
    let visible = Value::Object(visible).to_string();
    let context = CallContext {
        installation: call.installation,
        config: &config,
        grant: &call.grant,
        timeout: TIMEOUT,
        is_dry_run: true,
    };
    let (query, page) = (cut(&call.query), call.page.as_deref().map(cut));
    let (result, usage) = instance::run(shared, plugin, context, async |store, instance| {
        let guest = indices.load(&mut *store, &instance)?;
        guest
            .call_look_up(&mut *store, &visible, &call.setting, &query, page.as_deref())
            .await
    })
    .await;
    let clean = |text: &str| cut(&sanitize(&usage.secrets.scrub(text)));
    match result.map_err(CheckError::Call)? {
        Ok(page) => Ok(ChoicePage {
            choices: page
                .choices
                .iter()
                .take(MAX_CHOICES)
                .map(|choice| SettingChoice {
                    value: clean(&choice.value),
                    label: clean(&choice.label),
                })
                .collect(),
            next: page.next.as_deref().map(clean),
        }),
        Err(failure) => Err(CheckError::Refused(clean(&failure_text(failure)))),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_CHARS).collect()
}
