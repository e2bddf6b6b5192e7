//! `digests`: what came together in a window is delivered.

use std::sync::Arc;

use super::{attempt, outcome, unable};
use crate::attempt::Attempt;
use crate::component::Plugin;
use crate::instance;
use crate::nouns::{Head, lifecycle_event};
use crate::occasions::DigestCall;
use crate::shared::Shared;

/// Calls the plugin once.
pub(crate) async fn call(shared: &Arc<Shared>, plugin: &Plugin, call: &DigestCall) -> Attempt {
    let Some(indices) = &plugin.exports().digests else {
        return Attempt::not_run(unable(plugin, "does not take digests"));
    };
    let delivery = Head::from(&call.head).delivery(shared);
    let events: Vec<_> = call
        .events
        .iter()
        .map(|(event, issue)| lifecycle_event(event, issue))
        .collect();
    let (result, usage) = instance::run(shared, plugin, (&call.head).into(), async |store, instance| {
        let guest = indices.load(&mut *store, &instance)?;
        guest
            .call_on_digest(&mut *store, &delivery, &call.group, &events)
            .await
    })
    .await;
    let outcome = match result {
        Ok(answer) => outcome(answer, &usage.secrets),
        Err(error) => error.outcome(),
    };
    attempt(outcome, usage)
}
