//! `configuration`: a plugin checks its settings.

use std::sync::Arc;
use std::time::Duration;

use errand_model::InstallationId;
use errand_model::delivery::AttemptOutcome;
use errand_model::grant::Grant;
use serde_json::Value;

use super::failure_text;
use crate::component::Plugin;
use crate::error::CallError;
use crate::instance::{self, CallContext};
use crate::manifest::ConfigProblem;
use crate::record::sanitize;
use crate::secrets;
use crate::shared::Shared;

/// Somebody waits before a form.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What the plugin has to say of these settings. One without a word has none.
pub(crate) async fn validate(
    shared: &Arc<Shared>,
    plugin: &Plugin,
    (config, grant): (&Value, &Grant),
) -> Result<Vec<ConfigProblem>, CallError> {
    let Some(indices) = &plugin.exports().configuration else {
        return Ok(Vec::new());
    };
    let (visible, _) = secrets::split(&plugin.manifest, config);
    let visible = Value::Object(visible).to_string();
    let context = CallContext {
        installation: InstallationId(0),
        config,
        grant,
        timeout: TIMEOUT,
        is_dry_run: true,
    };
    let (result, usage) = instance::run(shared, plugin, context, async |store, instance| {
        let guest = indices.load(&mut *store, &instance)?;
        guest.call_validate(&mut *store, &visible).await
    })
    .await;
    // Access is granted to what is saved: what cannot be asked before is no problem.
    if matches!(usage.record.verdict, Some(AttemptOutcome::Auth { .. })) {
        return result.map(|_| Vec::new());
    }
    let clean = |message: String| sanitize(&usage.secrets.scrub(&message));
    Ok(match result? {
        Ok(check) => check
            .problems
            .into_iter()
            .map(|problem| ConfigProblem {
                field: problem.field.map(clean),
                message: clean(problem.message),
            })
            .collect(),
        Err(failure) => vec![ConfigProblem {
            field: None,
            message: clean(failure_text(failure)),
        }],
    })
}
