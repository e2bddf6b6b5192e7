//! `events`: a lifecycle event is delivered.

use std::sync::Arc;

use errand_model::telling::{GatherBy, Telling};

use super::{attempt, digests, unable};
use crate::attempt::{Attempt, DeliveryCall};
use crate::calls::outcome;
use crate::component::Plugin;
use crate::instance::{self, CallContext};
use crate::nouns::{Head, latest};
use crate::occasions::{CallHead, DigestCall};
use crate::shared::Shared;

/// Calls the plugin once.
pub(crate) async fn deliver(shared: &Arc<Shared>, plugin: &Plugin, call: &DeliveryCall) -> Attempt {
    let Some(indices) = &plugin.exports().events else {
        if plugin.exports().digests.is_some() {
            return digests::call(shared, plugin, &alone(plugin, call)).await;
        }
        return Attempt::not_run(unable(plugin, "does not listen to events"));
    };
    let delivery = Head::from(call).delivery(shared);
    let event = latest(&call.event, &call.issue, &call.skipped);
    let context = CallContext {
        installation: call.installation,
        config: &call.config,
        grant: &call.grant,
        timeout: call.timeout,
        is_dry_run: call.is_dry_run,
    };
    let (result, usage) = instance::run(shared, plugin, context, async |store, instance| {
        let guest = indices.load(&mut *store, &instance)?;
        guest.call_on_event(&mut *store, &delivery, &event).await
    })
    .await;
    let outcome = match result {
        Ok(answer) => outcome(answer, &usage.secrets),
        Err(error) => error.outcome(),
    };
    attempt(outcome, usage)
}

/// For a plugin that takes digests alone, and was not there to say so when the delivery was made.
fn alone(plugin: &Plugin, call: &DeliveryCall) -> DigestCall {
    let by = match plugin.manifest.telling(&call.config) {
        Telling::Together(digest) => digest.by,
        Telling::Each | Telling::Latest => GatherBy::Issue,
    };
    DigestCall {
        head: CallHead {
            delivery: call.delivery,
            installation: call.installation,
            idempotency_key: call.idempotency_key.clone(),
            attempt: call.attempt,
            is_replay: call.is_replay,
            is_dry_run: call.is_dry_run,
            timeout: call.timeout,
            config: call.config.clone(),
            grant: call.grant.clone(),
        },
        group: by.name(call.event.project, call.event.issue),
        events: vec![(call.event.clone(), call.issue.clone())],
    }
}
