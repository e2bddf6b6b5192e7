//! `actions`: somebody pressed a button that the plugin offers.

use std::sync::Arc;

use errand_model::delivery::AttemptOutcome;
use url::Url;

use super::{attempt, failed, unable};
use crate::attempt::Attempt;
use crate::bindings::v1::exports::errand::plugin::actions::Reply;
use crate::component::Plugin;
use crate::instance;
use crate::nouns::{Head, actor, issue};
use crate::occasions::{ActionCall, ActionReply, Called};
use crate::record::sanitize;
use crate::secrets::Secrets;
use crate::shared::Shared;

/// Calls the plugin once.
pub(crate) async fn call(shared: &Arc<Shared>, plugin: &Plugin, call: &ActionCall) -> Called<ActionReply> {
    let Some(indices) = &plugin.exports().actions else {
        return Called::failed(Attempt::not_run(unable(plugin, "offers no actions")));
    };
    if !plugin
        .manifest
        .actions
        .iter()
        .any(|action| action.id == call.action)
    {
        let outcome = unable(plugin, &format!("has no action '{}'", sanitize(&call.action)));
        return Called::failed(Attempt::not_run(outcome));
    }
    let delivery = Head::from(&call.head).delivery(shared);
    let (on, by, input) = (issue(&call.issue), actor(&call.by), call.input.to_string());
    let (result, usage) = instance::run(shared, plugin, (&call.head).into(), async |store, instance| {
        let guest = indices.load(&mut *store, &instance)?;
        guest
            .call_on_action(&mut *store, &delivery, &call.action, &on, &by, &input)
            .await
    })
    .await;
    match result {
        Ok(Ok(answer)) => Called {
            reply: Some(reply(answer, &usage.secrets)),
            attempt: attempt(AttemptOutcome::Done, usage),
        },
        Ok(Err(failure)) => Called::failed(attempt(failed(failure, &usage.secrets), usage)),
        Err(error) => Called::failed(attempt(error.outcome(), usage)),
    }
}

fn reply(answer: Reply, secrets: &Secrets) -> ActionReply {
    ActionReply {
        message: answer.message.map(|message| sanitize(&secrets.scrub(&message))),
        // A link that a browser would run is none.
        open_url: answer
            .open_url
            .and_then(|url| Url::parse(&secrets.scrub(&url)).ok())
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .map(String::from),
    }
}
