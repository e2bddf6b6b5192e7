//! `hindsight`: what a plugin would have done.

use std::sync::Arc;

use serde_json::Value;

use super::failure_text;
use crate::component::Plugin;
use crate::error::CheckError;
use crate::instance::{self, CallContext};
use crate::nouns::lifecycle_event;
use crate::occasions::{LookBack, LookBackCall, PastVerdict};
use crate::record::sanitize;
use crate::shared::Shared;

/// Bytes of what a plugin remembers between two stretches.
pub(super) const MAX_MEMORY: usize = 1 << 20;
/// Deeds about one change.
pub(super) const MAX_DEEDS: usize = 50;

/// Calls the plugin once, in a dry run.
pub(crate) async fn call(
    shared: &Arc<Shared>,
    plugin: &Plugin,
    call: LookBackCall,
) -> Result<LookBack, CheckError> {
    let refused = |message: &str| CheckError::Refused(sanitize(message));
    let Some(indices) = &plugin.exports().hindsight else {
        return Err(refused(&format!(
            "the plugin '{}' cannot look back",
            plugin.manifest.id
        )));
    };
    let events: Vec<_> = call
        .events
        .iter()
        .map(|(event, issue)| lifecycle_event(event, issue))
        .collect();
    let memory = call.memory.to_string();
    let context = CallContext {
        installation: call.installation,
        config: &call.config,
        grant: &call.grant,
        timeout: call.timeout,
        is_dry_run: true,
    };
    let (result, usage) = instance::run(shared, plugin, context, async |store, instance| {
        let guest = indices.load(&mut *store, &instance)?;
        guest.call_look_back(&mut *store, &events, &memory).await
    })
    .await;
    let clean = |text: &str| sanitize(&usage.secrets.scrub(text));
    let answer = result?.map_err(|failure| refused(&clean(&failure_text(failure))))?;
    let memory: Option<Value> = serde_json::from_str(&answer.memory).ok();
    let memory = memory.filter(|_| answer.memory.len() <= MAX_MEMORY);
    let (Some(memory), true) = (memory, answer.verdicts.len() == events.len()) else {
        return Err(refused("it answered something else than it was asked"));
    };
    let verdicts = answer.verdicts.into_iter().map(|verdict| PastVerdict {
        did: verdict
            .did
            .iter()
            .take(MAX_DEEDS)
            .map(|deed| clean(deed))
            .collect(),
        why: clean(&verdict.why),
    });
    Ok(LookBack {
        verdicts: verdicts.collect(),
        memory,
    })
}
