//! `schedule`: a job is due.

use std::sync::Arc;

use super::{attempt, outcome, unable};
use crate::attempt::Attempt;
use crate::component::Plugin;
use crate::instance;
use crate::nouns::{Head, millis};
use crate::occasions::ScheduleCall;
use crate::shared::Shared;

/// Calls the plugin once.
pub(crate) async fn call(shared: &Arc<Shared>, plugin: &Plugin, call: &ScheduleCall) -> Attempt {
    let Some(indices) = &plugin.exports().schedule else {
        return Attempt::not_run(unable(plugin, "has no jobs"));
    };
    let delivery = Head::from(&call.head).delivery(shared);
    let (result, usage) = instance::run(shared, plugin, (&call.head).into(), async |store, instance| {
        let guest = indices.load(&mut *store, &instance)?;
        guest
            .call_on_schedule(&mut *store, &delivery, &call.job, millis(call.due))
            .await
    })
    .await;
    let outcome = match result {
        Ok(answer) => outcome(answer, &usage.secrets),
        Err(error) => error.outcome(),
    };
    attempt(outcome, usage)
}
