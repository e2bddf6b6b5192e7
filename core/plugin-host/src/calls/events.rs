//! `events`: a lifecycle event is delivered.

use std::sync::Arc;

use super::nouns::{Head, latest};
use super::{attempt, unable};
use crate::attempt::{Attempt, DeliveryCall};
use crate::calls::outcome;
use crate::component::Plugin;
use crate::instance::{self, CallContext};
use crate::shared::Shared;

/// Calls the plugin once.
pub(crate) async fn deliver(shared: &Arc<Shared>, plugin: &Plugin, call: &DeliveryCall) -> Attempt {
    let Some(indices) = &plugin.exports().events else {
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
