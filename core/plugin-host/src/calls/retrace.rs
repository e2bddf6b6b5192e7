//! `retrace`: a plugin says what it would have done by the clock.

use std::sync::Arc;

use errand_model::Timestamp;
use serde_json::Value;

use super::failure_text;
use super::hindsight::{MAX_DEEDS, MAX_MEMORY};
use crate::component::Plugin;
use crate::error::CheckError;
use crate::instance::{self, CallContext};
use crate::nouns::millis;
use crate::occasions::{PastDeed, RetraceCall, Retraced};
use crate::record::sanitize;
use crate::shared::Shared;

/// Deeds of a call that count.
const MAX_FIRINGS: usize = 2_000;

/// Calls the plugin once, in a dry run.
pub(crate) async fn call(
    shared: &Arc<Shared>,
    plugin: &Plugin,
    call: RetraceCall,
) -> Result<Retraced, CheckError> {
    let refused = |message: &str| CheckError::Refused(sanitize(message));
    let Some(indices) = &plugin.exports().retrace else {
        let why = format!("the plugin '{}' cannot go back in time", plugin.manifest.id);
        return Err(refused(&why));
    };
    let memory = call.memory.to_string();
    let (since, until) = (millis(call.since), millis(call.until));
    let context = CallContext {
        installation: call.installation,
        config: &call.config,
        grant: &call.grant,
        timeout: call.timeout,
        is_dry_run: true,
    };
    let (result, usage) = instance::run(shared, plugin, context, async |store, instance| {
        let guest = indices.load(&mut *store, &instance)?;
        guest.call_retrace(&mut *store, since, until, &memory).await
    })
    .await;
    let clean = |text: &str| sanitize(&usage.secrets.scrub(text));
    let answer = result?.map_err(|failure| refused(&clean(&failure_text(failure))))?;
    let memory: Option<Value> = serde_json::from_str(&answer.memory).ok();
    let memory = memory.filter(|_| answer.memory.len() <= MAX_MEMORY);
    let is_ahead = answer.reached > since && answer.reached <= until;
    let (Some(memory), true) = (memory, is_ahead) else {
        return Err(refused("it answered something else than it was asked"));
    };
    let is_within = |at: u64| at > since && at <= until;
    let deeds = answer.deeds.iter().filter(|deed| is_within(deed.at));
    let deeds = deeds.take(MAX_FIRINGS).map(|deed| PastDeed {
        at: time(deed.at),
        issue: deed.issue.clone(),
        change: clean(&deed.change),
        did: deed.did.iter().take(MAX_DEEDS).map(|line| clean(line)).collect(),
        why: clean(&deed.why),
    });
    Ok(Retraced {
        deeds: deeds.collect(),
        reached: time(answer.reached),
        is_capped: answer.is_capped || answer.deeds.len() > MAX_FIRINGS,
        memory,
    })
}

/// Of a time that lies between two that the hub gave.
fn time(millis: u64) -> Timestamp {
    Timestamp::from_micros(i64::try_from(millis).unwrap_or_default().saturating_mul(1_000))
}
